import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { jsonSchema, SCHEMAS } from '../../src/cli/json-schemas.ts';
import { PACKAGE_ROOT } from '../../src/core/package-root.ts';

it.each(Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])(
  'schemas/%s.schema.json is current (else: npm run schemas)',
  (kind) => {
    expect(readFileSync(join(PACKAGE_ROOT, 'schemas', `${kind}.schema.json`), 'utf8')).toBe(jsonSchema(kind));
  },
);

it.each([
  ['suites', 'suite', '../schemas'],
  ['datasets', 'dataset', '../schemas'],
  ['models', 'model', '../schemas'],
  ['models/checkpoints', 'checkpoint', '../../schemas'],
  ['results/published', 'published', '../../schemas'],
])('every YAML file of %s names its schema on its first line', (folder, kind, place) => {
  const files = readdirSync(join(PACKAGE_ROOT, folder)).filter((name) => name.endsWith('.yaml'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files)
    expect(readFileSync(join(PACKAGE_ROOT, folder, file), 'utf8').split('\n')[0], file).toBe(
      `# yaml-language-server: $schema=${place}/${kind}.schema.json`,
    );
});

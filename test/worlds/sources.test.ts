import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/core/package-root.ts';

const folder = join(PACKAGE_ROOT, 'src', 'worlds');
const files = [
  ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')),
  '../core/random.ts',
];

/** Exact on every platform by the language's definition or by IEEE 754; all others differ between engines or CPUs. */
const SAME_EVERYWHERE = new Set(['sqrt', 'floor', 'round', 'fround', 'imul', 'abs', 'min', 'max']);

describe('what may decide a pixel', () => {
  it.each(files)('%s uses only arithmetic that is the same everywhere', (file) => {
    const code = readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    const used = [...code.matchAll(/Math\.(\w+)/g)].map(([, name]) => name);
    expect(used.filter((name) => !SAME_EVERYWHERE.has(name))).toEqual([]);
    expect(code).not.toMatch(/\*\*|Math\s*\[|\{[^}]*\}\s*=\s*Math\b/);
    expect(code).not.toMatch(/Date\b|performance\b|toFixed|parseFloat|\bsort\(\)/);
  });

  it('imports nothing but itself and its source of chance', () => {
    for (const file of files)
      for (const [, from] of readFileSync(join(folder, file), 'utf8').matchAll(/from '([^']+)'/g))
        expect(join('worlds', file, '..', from)).toMatch(/^worlds|^core.(taxonomies|random).ts$/);
  });
});

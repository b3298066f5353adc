import type { Command } from 'commander';
import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import { jsonSchema, SCHEMAS } from './json-schemas.ts';

export function registerSchema(program: Command): void {
  const names = Object.keys(SCHEMAS);
  program
    .command('schema')
    .description('Prints the JSON Schema of a kind of YAML file, so that editors complete and check its keys.')
    .argument('<kind>', names.join(', '))
    .addHelpText(
      'after',
      '\nExample:\n  densebench schema suite > suite.schema.json\nThen begin a suite file with: # yaml-language-server: $schema=suite.schema.json',
    )
    .action((kind: string) => {
      if (!Object.hasOwn(SCHEMAS, kind)) throw new UsageError(unknownName('kind of file', kind, names));
      process.stdout.write(jsonSchema(kind as keyof typeof SCHEMAS));
    });
}

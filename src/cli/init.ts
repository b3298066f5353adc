import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { LineCounter, parseDocument } from 'yaml';
import { UsageError } from '../core/errors.ts';
import { identifier } from '../core/identifier.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { readBytes } from '../formats/file.ts';
import { openQuestions } from '../formats/questions.ts';
import { modelFacts } from './init-facts.ts';
import { cardText, suiteText } from './init-files.ts';

export function registerInit(program: Command): void {
  program
    .command('init')
    .description(
      'Writes a model card and a suite for an ONNX file: what the file tells is filled in, what it cannot tell is asked.',
    )
    .argument('<model.onnx>', 'the network')
    .option('-o, --output <directory>', 'where models/ and suites/ are (default: the working directory)')
    .option('--id <id>', 'name of the card and the suite (default: the name of the file)')
    .addHelpText('after', '\nExamples:\n  densebench init mynet.onnx\n  densebench init weights/net-v3.onnx --id net')
    .action(initCommand);
}

async function initCommand(onnx: string, options: { output?: string; id?: string }): Promise<void> {
  const id = idOf(options.id ?? basename(onnx).replace(/\.onnx$/i, ''), options.id !== undefined);
  const root = options.output ?? '.';
  const card = join(root, 'models', `${id}.yaml`);
  const suite = join(root, 'suites', `${id}.yaml`);
  for (const path of [card, suite])
    if (existsSync(path)) throw new UsageError(`${path} is there already and is left alone; choose another --id or -o`);
  const facts = modelFacts(await readBytes(onnx), onnx);
  const path = relative(resolve(dirname(card)), resolve(onnx)).replaceAll('\\', '/');
  const files = [
    [card, cardText(id, path, facts)],
    [suite, suiteText(id, facts)],
  ] as const;
  for (const [name, text] of files) writeAtomically(name, text);
  const open = files.flatMap(([name, text]) => questionsOf(text, name));
  const where = options.output === undefined ? '' : ` in ${options.output}`;
  const next = open.length
    ? [`${open.length} questions are open:`, ...open.map((line) => `  ${line}`), '', `Answer them, then${where}:`]
    : [`Next${where}:`];
  process.stdout.write(
    [
      ...files.map(([name]) => `wrote ${name}`),
      '',
      ...next,
      `  densebench validate ${id}`,
      `  densebench run ${id}`,
      '',
    ].join('\n'),
  );
}

function idOf(name: string, isGiven: boolean): string {
  const id = isGiven ? name : name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const result = identifier.safeParse(id);
  if (!result.success) throw new UsageError(`--id ${JSON.stringify(id)}: ${result.error.issues[0].message}`);
  return id;
}

function questionsOf(text: string, file: string): string[] {
  const lines = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter: lines });
  return openQuestions(contents, text, lines, file);
}

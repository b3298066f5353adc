import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { UsageError } from '../core/errors.ts';
import { writable } from '../datasets/generated-folder.ts';
import { cacheDirectory } from '../download/cache-directory.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { makeFolders } from '../formats/folders.ts';
import { curvesPage } from '../reports/html/curves.ts';
import { figureWords } from '../reports/training.ts';
import { lockDirectory } from '../run/lock.ts';
import { progressTo, SILENT } from '../run/progress.ts';
import { checkpointOf } from '../training/checkpoint.ts';
import { AUTO, TRAINING_ENGINES, type TrainingEngineId } from '../training/engines.ts';
import { readLog } from '../training/log.ts';
import { findRecipe, type Recipe } from '../training/recipe.ts';
import type { Trained } from '../training/request.ts';
import { trainApart } from '../training/train-process.ts';
import { VALIDATION_PROTOCOL } from '../training/validate.ts';
import { onInterrupt } from './interrupt.ts';
import { wholeNumber } from './options.ts';

interface TrainOptions {
  readonly output?: string;
  readonly data?: string;
  readonly backend: TrainingEngineId | typeof AUTO;
  readonly threads: number;
  readonly seed?: number;
  readonly images?: number;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  densebench train small-joint                       results/train/small-joint/
  densebench train ./mine.yaml --data /data -o out
  densebench train ./mine.yaml -o out --resume       after a Ctrl-C, a crash or a kill: the weights of an undisturbed one
  densebench train small-joint --seed 2              the same from another seed: small-joint-seed2

The output folder holds weights (.safetensors, float16), model card, log.jsonl, curves.html and the checkpoint.`;

export function registerTrain(program: Command): void {
  program
    .command('train')
    .description('Trains a network by a recipe; writes its weights, its model card and the curves of its training.')
    .argument('<recipe>', 'id of a recipe (models/recipes/<id>.yaml), or a path to one')
    .option('-o, --output <directory>', 'where weights, card, log and checkpoint go (default: results/train/<recipe>)')
    .option('--data <directory>', 'where the data sets lie, or a folder that holds <data set id>/ of each')
    .addOption(
      new Option('--backend <id>', 'what computes; auto: tfjs-node where it is installed, else tfjs-wasm')
        .choices([AUTO, ...Object.keys(TRAINING_ENGINES)])
        .default(AUTO),
    )
    .option('--threads <count>', 'threads of each operator', wholeNumber('--threads', 1), 1)
    .option(
      '--seed <number>',
      "in place of the recipe's; the id gets -seed<number> behind it",
      wholeNumber('--seed', 0, 0x7fffffff),
    )
    .option('--images <count>', "images to see, in place of the recipe's", wholeNumber('--images', 1))
    .option('--resume', 'go on from the checkpoint in the output folder')
    .option('--json', 'print one JSON object and nothing else on standard output')
    .option('--quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(trainCommand);
}

async function trainCommand(reference: string, options: TrainOptions): Promise<void> {
  const found = findRecipe(reference);
  const recipe = changed(found, options);
  const name = recipe.seed === found.seed ? recipe.id : `${recipe.id}-seed${recipe.seed}`;
  const folder = options.output ?? join('results', 'train', name);
  const resume = options.resume ?? false;
  if (!resume && existsSync(checkpointOf(folder)))
    throw new UsageError(`${folder}: holds a training already; go on with --resume, or name another --output`);
  writable(folder, () => makeFolders(folder));
  const unlock = lockDirectory(folder);
  const progress = options.quiet ? SILENT : progressTo(process.stderr);
  const { signal, release } = onInterrupt();
  try {
    const before = JSON.stringify(readLog(folder));
    const draw = () => {
      const log = readLog(folder);
      if (log.length > 0) writeAtomically(join(folder, 'curves.html'), curvesPage(recipe, log));
    };
    const { backend, threads, data } = options;
    const command = commandOf(reference, options);
    const order = {
      recipe,
      name,
      command,
      backend,
      threads,
      folder,
      resume,
      dataDirectory: data,
      cacheDirectory: cacheDirectory(),
    };
    const trained = await trainApart(order, progress, signal).catch((error) => {
      // A log that is as it was may be of another recipe or seed, which is then why nothing was trained.
      if (JSON.stringify(readLog(folder)) !== before) draw();
      throw error;
    });
    draw();
    process.stdout.write(options.json ? `${JSON.stringify(trained, null, 1)}\n` : asText(name, trained));
  } finally {
    release();
    unlock();
  }
}

function changed(recipe: Recipe, { seed, images }: TrainOptions): Recipe {
  return {
    ...recipe,
    ...(images !== undefined && { images }),
    ...(seed !== undefined && { seed }),
  };
}

/** With what decides the weights, and without where things lie. */
function commandOf(reference: string, { seed, images, backend, threads }: TrainOptions): string {
  const given = { '--seed': seed, '--images': images, '--backend': backend === AUTO ? undefined : backend };
  const options = Object.entries({ ...given, '--threads': threads === 1 ? undefined : threads });
  const words = options.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  return ['densebench train', reference, ...words].join(' ');
}

function asText(name: string, { card, weights, figures, seconds, stoppedEarly }: Trained): string {
  const lines = Object.entries(figures).flatMap(([id, values]) => [
    `${id}, images held back, protocol ${VALIDATION_PROTOCOL}:`,
    `  ${figureWords(values)}`,
  ]);
  return [
    `${name}: trained in ${(seconds / 60).toFixed(1)} min${stoppedEarly ? ', stopped early' : ''}`,
    ...lines,
    `weights: ${weights}`,
    `card:    ${card}`,
    '',
  ].join('\n');
}

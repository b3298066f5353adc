import type { Command } from 'commander';
import { UsageError } from '../core/errors.ts';
import { TASKS } from '../core/tasks.ts';
import { renderDiagnosis } from '../reports/doctor.ts';
import { dataProgress } from '../run/data-progress.ts';
import { type DiagnoseSurroundings, diagnose } from '../run/doctor/diagnose.ts';
import { folderSubject } from '../run/doctor/folder-subject.ts';
import { INPUT_MISTAKES, MISTAKES } from '../run/doctor/mistakes/index.ts';
import { openRunSubjects, type RunSubjects } from '../run/doctor/run-subject.ts';
import type { Diagnosis } from '../run/doctor/verdict.ts';
import { progressTo, SILENT } from '../run/progress.ts';
import { onInterrupt } from './interrupt.ts';
import { addMapOptions } from './map-options.ts';
import { alternatives, wholeNumber } from './options.ts';
import { flagOf } from './protocol-options.ts';
import { type ScoreOptions, scoreRequest } from './score-options.ts';

interface DoctorOptions extends Partial<Omit<ScoreOptions, 'prediction'>> {
  readonly entry?: string;
  readonly data?: string;
  readonly limit: number;
  readonly quiet?: boolean;
}

const IMAGES = 50;
const BOTH = ['limit', 'json', 'quiet'];
const OF_RUNS = ['entry', 'data'];

const list = (what: string, mistakes: Readonly<Record<string, { readonly title: string }>>) =>
  `  ${what}: ${Object.values(mistakes)
    .map(({ title }) => title)
    .join('; ')}`;

const HELP = `
Looks for these mistakes, and exits with 0 whatever it finds (docs/doctor.md says how it decides):
${TASKS.map((task) => list(task, MISTAKES[task])).join('\n')}
${list('input, where the network of a run can be run again', INPUT_MISTAKES)}

Examples:
  densebench doctor latest
  densebench doctor nyud --entry mt-lw-refinenet --limit 100 --json
  densebench doctor pred/ --task depth --target truth/ --prediction-scale 0.001`;

export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('Tries the usual mistakes on a run or on predictions, and says how far each would move the figures.')
    .argument(
      '<subject>',
      'a run (its folder, suite/run, a suite id or "latest": its newest run that is not rescored); with --task a file or folder of predictions',
    )
    .option('--limit <images>', 'look at so many images, evenly spread', wholeNumber('--limit', 1), IMAGES)
    .option('--entry <id>', 'of a run: the entry to examine (default: all)')
    .option('--data <directory>', 'of a run: where its data set lies')
    .option('--task <task>', `of predictions: ${alternatives(TASKS)}`)
    .option('--target <path>', 'of predictions: file or folder of truth');
  addMapOptions(command)
    .option('--json', 'print JSON and nothing else')
    .option('--quiet', 'no progress')
    .addHelpText('after', HELP)
    .action(async (subject: string, options: DoctorOptions) => {
      const { signal, release } = onInterrupt();
      const progress = options.quiet ? SILENT : progressTo(process.stderr);
      const surroundings = { progress, signal };
      const { subjects, leftOut, close } = await subjectsOf(subject, options, surroundings).catch((error: unknown) => {
        release();
        throw error;
      });
      try {
        for (const line of leftOut) progress.note(line);
        const diagnoses: Diagnosis[] = [];
        for (const one of subjects) diagnoses.push(await diagnose(one, surroundings));
        process.stdout.write(
          options.json ? `${JSON.stringify(diagnoses, null, 1)}\n` : diagnoses.map(renderDiagnosis).join('\n'),
        );
      } finally {
        release();
        await close();
      }
    });
}

/** @throws UsageError for an option of the other kind of subject: it would change nothing. */
async function subjectsOf(
  subject: string,
  options: DoctorOptions,
  surroundings: DiagnoseSurroundings,
): Promise<RunSubjects> {
  const { task, target, limit, entry, data } = options;
  const given = Object.keys(options).filter((key) => !BOTH.includes(key));
  if (task === undefined) {
    const foreign = given.find((key) => !OF_RUNS.includes(key));
    if (foreign === undefined)
      return openRunSubjects(subject, { entry, limit, dataDirectory: data, onProgress: dataProgress(surroundings) });
    throw new UsageError(`${flagOf(foreign)} is for predictions: add --task, or leave it out for a run`);
  }
  const foreign = given.find((key) => OF_RUNS.includes(key));
  if (foreign !== undefined) throw new UsageError(`${flagOf(foreign)} is for a run, and --task for predictions`);
  if (target === undefined) throw new UsageError('--task needs --target <path>: predictions are held against truth');
  const { request } = scoreRequest({ ...options, task, target, prediction: subject });
  if (request.protocols.length > 1) throw new UsageError(`--protocol ${options.protocol}: name one`);
  return { subjects: [await folderSubject(request, limit)], leftOut: [], close: async () => {} };
}

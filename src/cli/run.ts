import { relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { backendOf } from '../backends/index.ts';
import { UsageError } from '../core/errors.ts';
import type { AnyRecord } from '../core/joint-record.ts';
import { newestUnfinishedRun } from '../run/directory.ts';
import { PREDICTION_FORMATS, type PredictionFormat } from '../run/predictions.ts';
import { progressTo, SILENT } from '../run/progress.ts';
import type { RunOptions as RequestOptions, RunSurroundings } from '../run/request.ts';
import { runJoint } from '../run/run-joint.ts';
import { runSuite } from '../run/run-suite.ts';
import { loadSuite } from '../suite/load.ts';
import { isJoint, type LoadedJoint, type LoadedSuite } from '../suite/loaded.ts';
import { overrideSuite, type SuiteOverrides } from '../suite/override.ts';
import { onInterrupt } from './interrupt.ts';
import { positiveNumber, wholeNumber } from './options.ts';
import { quoted, typedCommand } from './run-command.ts';
import { exitCodeOf, runAsJson, runAsText, writeFiles } from './run-output.ts';

interface RunOptions {
  readonly config?: string;
  readonly output?: string;
  readonly data?: string;
  readonly limit?: number;
  readonly backend?: string;
  readonly device?: string;
  readonly threads?: number;
  readonly warmup?: number;
  readonly duration?: number;
  readonly rate?: number;
  readonly latency: boolean;
  readonly resume?: string | true;
  readonly savePredictions?: PredictionFormat;
  readonly requireData?: boolean;
  readonly offline?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples (inside a clone: npm run bench nyud -- --limit 2):
  densebench run nyud                         NYUDv2 where it is found, else sample data, named on every output
  densebench run nyud --data /data/nyudv2 --require-data
  densebench run --config mine.yaml           your own suite
  densebench run nyud --resume                go on with the newest run that was interrupted

Writes results/<suite>/<run>/ (journal, record, suite as resolved) and reports/<suite>/<run>.* in the working directory;
a suite of several parts has a folder for each part in it.
"densebench list" names the suites.`;

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('Runs suites: accuracy over every image, then costs and latency; writes the record and its reports.')
    .argument('[suite...]', 'ids of suites, or paths of suite files')
    .option('-c, --config <file>', 'a suite file of your own')
    .option('-o, --output <directory>', "the run's directory (default: results/<suite>/<time>)")
    .option('--data <directory>', 'where the data set lies, or a folder that holds <data set id>/ of each')
    .option('--require-data', 'fail when the real data set is not there, instead of using sample data')
    .option('--offline', 'never download')
    .option('--limit <count>', 'only the first images; the results are branded "limited"', wholeNumber('--limit', 1))
    .option('--backend <id>', 'run every network on this backend')
    .option('--device <device>', 'device of every network; used, or it fails')
    .option('--threads <count>', 'threads of every network', wholeNumber('--threads', 1))
    .option('--warmup <seconds>', 'least warm-up before latency is measured', positiveNumber('--warmup', 'seconds'))
    .option(
      '--duration <seconds>',
      'minimum duration of the latency measurement, and duration of the open loop',
      positiveNumber('--duration', 'seconds'),
    )
    .option(
      '--rate <hz>',
      'also an open loop: frames at this rate, as from a camera; how many are missed, how late are the others',
      positiveNumber('--rate', 'frames a second'),
    )
    .option('--no-latency', 'do not measure latency')
    .addOption(
      new Option(
        '--save-predictions [format]',
        'keep every prediction in the run directory, to be scored again: npy (lossless, the default) or png (16-bit depth, rounded to 1/256 m)',
      )
        .preset('npy')
        .argParser(predictionFormat),
    )
    .option('--resume [directory]', "continue a run (default: the suite's newest unfinished one)")
    .option('--json', 'print one JSON object and nothing else on standard output')
    .option('--quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(runCommand);
}

async function runCommand(ids: readonly string[], options: RunOptions, command: Command): Promise<void> {
  refuseSwallowedFlags(ids, command);
  const suites = suitesOf(ids, options).map((loaded) => overrideSuite(loaded, overridesOf(options)));
  if (suites.length > 1 && (options.output !== undefined || typeof options.resume === 'string'))
    throw new UsageError('--output and --resume <directory> name one run: give one suite');
  const progress = options.quiet ? SILENT : progressTo(process.stderr);
  const { signal, release } = onInterrupt();
  const finished: unknown[] = [];
  try {
    for (const loaded of suites) {
      const { record, directory } = await runLoaded(loaded, options, { progress, signal, now: () => new Date() });
      const files = writeFiles(record, directory);
      if (options.json) finished.push(runAsJson(record, files));
      else process.stdout.write(runAsText(record, files));
      process.exitCode ||= exitCodeOf(record);
    }
  } finally {
    release();
    // Also when a later suite failed: what the earlier ones measured is not lost.
    if (options.json && finished.length)
      process.stdout.write(`${JSON.stringify(suites.length === 1 ? finished[0] : finished, null, 1)}\n`);
  }
}

function predictionFormat(typed: string): PredictionFormat {
  const format = PREDICTION_FORMATS.find((candidate) => candidate === typed);
  if (format) return format;
  throw new UsageError(
    `--save-predictions ${typed}: give ${PREDICTION_FORMATS.join(' or ')}; where a suite follows, write --save-predictions=npy`,
  );
}

function runLoaded(
  loaded: LoadedSuite | LoadedJoint,
  options: RunOptions,
  surroundings: RunSurroundings,
): Promise<{ readonly record: AnyRecord; readonly directory: string }> {
  const request = requestOf(loaded.suite.id, options);
  return isJoint(loaded)
    ? runJoint({ ...request, loaded }, surroundings)
    : runSuite({ ...request, loaded }, surroundings);
}

function requestOf(suite: string, options: RunOptions): RequestOptions {
  const typed = process.argv.slice(2);
  return {
    output: outputOf(suite, options),
    resume: options.resume !== undefined,
    dataDirectory: options.data,
    requireData: options.requireData ?? false,
    offline: options.offline ?? false,
    limit: options.limit,
    savePredictions: options.savePredictions,
    measureLatency: options.latency,
    command: typedCommand(),
    resumeCommand: (directory) => resumeCommand(typed, directory),
  };
}

/** What was typed, with the run to continue in place of --output and --resume. */
function resumeCommand(typed: readonly string[], directory: string): string {
  const kept = typed.filter(
    (arg, i) =>
      !/^(-o|--output|--resume)(=|$)/.test(arg) &&
      !/^(-o|--output)$/.test(typed[i - 1] ?? '') &&
      !(typed[i - 1] === '--resume' && resolve(arg) === resolve(directory)),
  );
  return `densebench ${[...kept, '--resume', relative('', directory) || '.'].map(quoted).join(' ')}`;
}

/** `npm run bench nyud --limit 2` gives --limit to npm and "2" to us: say what to type. */
function refuseSwallowedFlags(ids: readonly string[], command: Command): void {
  if (process.env.npm_lifecycle_event !== 'bench') return;
  const flag = command.options
    .map(({ long }) => long?.replace(/^--/, '') ?? '')
    // npm has an offline mode of its own, which users may well have set for good.
    .find((name) => name !== 'offline' && process.env[npmVariable(name)] !== undefined);
  if (flag !== undefined)
    throw new UsageError(
      `npm kept --${flag} for itself: put "--" before the flags, e.g. npm run bench ${ids[0] ?? 'nyud'} -- --${flag}`,
    );
}

const npmVariable = (flag: string) => `npm_config_${flag.replace(/^no-/, '').replaceAll('-', '_')}`;

function suitesOf(ids: readonly string[], { config }: RunOptions): (LoadedSuite | LoadedJoint)[] {
  const references = [...ids, ...(config === undefined ? [] : [config])];
  if (references.length === 0)
    throw new UsageError('name a suite, e.g. "densebench run nyud"; "densebench list" shows all');
  return references.map((reference) => loadSuite(reference));
}

function overridesOf({ backend, device, threads, warmup, duration, rate }: RunOptions): SuiteOverrides {
  if (backend !== undefined && backendOf(backend).kind !== 'runtime')
    throw new UsageError(`--backend ${backend}: executes no networks; entries with it stand in the suite`);
  return { backend, device, threads, warmupSeconds: warmup, durationSeconds: duration, rateHz: rate };
}

function outputOf(suite: string, { output, resume }: RunOptions): string | undefined {
  if (resume === undefined) return output;
  if (output !== undefined) throw new UsageError('--resume names the run to continue: leave out --output');
  return resume === true ? newestUnfinishedRun(suite) : resume;
}

import type { Command } from 'commander';
import { backendOf } from '../backends/index.ts';
import { UsageError } from '../core/errors.ts';
import type { RunRecord } from '../core/record.ts';
import { newestRunDirectory } from '../run/directory.ts';
import { progressTo, SILENT } from '../run/progress.ts';
import { runSuite } from '../run/run-suite.ts';
import { type LoadedSuite, loadSuite, overrideSuite } from '../suite/load.ts';
import { onInterrupt } from './interrupt.ts';
import { positiveNumber, wholeNumber } from './options.ts';
import { printRun, runAsJson } from './run-output.ts';

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
  readonly latency: boolean;
  readonly resume?: string | true;
  readonly savePredictions?: boolean;
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

Writes results/<suite>/<run>/ (journal, record, suite as resolved) and reports/<suite>/<run>.* in the working directory.
"densebench list" names the suites.`;

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('Runs suites: accuracy over every image, then costs and latency; writes the record and its reports.')
    .argument('[suite...]', 'ids of suites, or paths of suite files')
    .option('-c, --config <file>', 'a suite file of your own')
    .option('-o, --output <directory>', "the run's directory (default: results/<suite>/<time>)")
    .option('--data <directory>', 'where the data set lies')
    .option('--require-data', 'fail when the real data set is not there, instead of using sample data')
    .option('--offline', 'never download')
    .option('--limit <count>', 'only the first images; the results are branded "limited"', wholeNumber('--limit', 1))
    .option('--backend <id>', 'run every network on this backend')
    .option('--device <device>', 'device of every network; used, or it fails')
    .option('--threads <count>', 'threads of every network', wholeNumber('--threads', 1))
    .option('--warmup <seconds>', 'warm-up before latency is measured', positiveNumber('--warmup', 'seconds'))
    .option(
      '--duration <seconds>',
      'minimum duration of the latency measurement',
      positiveNumber('--duration', 'seconds'),
    )
    .option('--no-latency', 'do not measure latency')
    .option('--save-predictions', 'keep every prediction as lossless .npy in the run directory')
    .option('--resume [directory]', "continue a run (default: the suite's newest)")
    .option('--json', 'print one JSON object and nothing else on standard output')
    .option('--quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(runCommand);
}

async function runCommand(ids: readonly string[], options: RunOptions): Promise<void> {
  refuseSwallowedFlags(ids);
  const suites = suitesOf(ids, options).map((loaded) => overrideSuite(loaded, overridesOf(options, loaded)));
  if (suites.length > 1 && (options.output !== undefined || typeof options.resume === 'string'))
    throw new UsageError('--output and --resume <directory> name one run: give one suite');
  const progress = options.quiet ? SILENT : progressTo(process.stderr);
  const { signal, release } = onInterrupt();
  const records: unknown[] = [];
  try {
    for (const loaded of suites) {
      const { record, directory } = await runSuite(
        {
          loaded,
          output: outputOf(loaded, options),
          resume: options.resume !== undefined,
          dataDirectory: options.data,
          requireData: options.requireData ?? false,
          offline: options.offline ?? false,
          limit: options.limit,
          savePredictions: options.savePredictions ?? false,
          measureLatency: options.latency,
          command: `densebench ${process.argv.slice(2).join(' ')}`,
        },
        { progress, signal, now: () => new Date() },
      );
      if (options.json) records.push(runAsJson(record, directory));
      else printRun(record, directory);
      process.exitCode ||= exitCodeOf(record);
    }
  } finally {
    release();
  }
  if (options.json) process.stdout.write(`${JSON.stringify(records.length === 1 ? records[0] : records, null, 1)}\n`);
}

/** `npm run bench nyud --limit 2` gives --limit to npm and "2" to us: say what to type. */
function refuseSwallowedFlags(ids: readonly string[]): void {
  const swallowed = ['limit', 'data', 'backend', 'threads', 'output', 'config', 'resume'].find(
    (flag) => process.env[`npm_config_${flag}`] !== undefined && process.env.npm_lifecycle_event === 'bench',
  );
  if (swallowed)
    throw new UsageError(
      `npm kept --${swallowed} for itself: put "--" before the flags, e.g. npm run bench ${ids[0] ?? 'nyud'} -- --${swallowed} ${process.env[`npm_config_${swallowed}`]}`,
    );
}

function suitesOf(ids: readonly string[], { config }: RunOptions): LoadedSuite[] {
  const references = [...ids, ...(config === undefined ? [] : [config])];
  if (references.length === 0)
    throw new UsageError('name a suite, e.g. "densebench run nyud"; "densebench list" shows all');
  return references.map((reference) => loadSuite(reference));
}

function overridesOf({ backend, device, threads, warmup, duration }: RunOptions, { suite }: LoadedSuite) {
  const backendId = backend === undefined ? undefined : backend;
  if (backendId !== undefined && backendOf(backendId).kind !== 'runtime')
    throw new UsageError(`--backend ${backendId}: executes no networks; entries with it stand in the suite`);
  for (const entry of suite.entries) backendOf(entry.backend.id);
  return { backend: backendId, device, threads, warmupSeconds: warmup, minimumSeconds: duration };
}

function outputOf({ suite }: LoadedSuite, { output, resume }: RunOptions): string | undefined {
  if (resume === undefined) return output;
  if (output !== undefined) throw new UsageError('--resume names the run to continue: leave out --output');
  return resume === true ? newestRunDirectory(suite.id) : resume;
}

/** 5 when images failed: the table is there, but it is not the whole data. */
function exitCodeOf({ outcome }: RunRecord): number {
  return outcome === 'complete' ? 0 : 5;
}

import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { OpenedPredictor } from '../src/backends/open.ts';
import { wholeNumber } from '../src/cli/options.ts';
import { messageOf } from '../src/core/errors.ts';
import { callsOf } from '../src/run/latency-calls.ts';
import { alternate, type Comparison, type TimedCall } from '../src/run/latency-compare.ts';
import { median } from '../src/stats/quantile.ts';
import { noiseImage, openSmallNetwork, SIZE, smallNetworkFolder, spin } from './shared/small-network.ts';

const RULES = { halfWidth: 0.01, maximumSeconds: 8, warmupSeconds: 0.3 };
/** Of 40; a coverage of 95 % gives at least this in 99 of 100 trials. */
const WANTED = 35 / 40;
const CHILD = 'DENSEBENCH_AA_CHILD';

const HELP = `node scripts/bench.mjs aa [--repetitions 40] [--load] [--quiet] [--busy 0.03]
A/A test of latency comparisons: two sessions of the same network, each repetition in a process of its own. The 95 %
interval of the ratio must hold 1; with a busy loop of --busy of a call inside the timed call, it must not.
--quiet or --load runs only that half; --load has a spinning process beside it.`;

interface Trial {
  readonly folder: string;
  readonly built: OpenedPredictor['built'];
  readonly busy: number;
  readonly seed: number;
}

/** Prints one line for each setting, and ends with exit code 1 when a setting fails. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repetitions: { type: 'string', default: '40' },
      busy: { type: 'string', default: '0.03' },
      load: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const repetitions = wholeNumber('--repetitions', 1)(values.repetitions);
  const busy = Number(values.busy);
  const folder = smallNetworkFolder();
  const { predictor, built } = await openSmallNetwork(folder);
  await predictor.close();
  console.log(
    `${cpus()[0]?.model}, ${cpus().length} logical cores; two sessions of a ${SIZE.width}x${SIZE.height} network, one thread each\n` +
      'setting                      as wanted   ratio: median, range        half-width   1 % reached  pairs        seconds',
  );
  let failed = false;
  try {
    for (const load of [false, true]) {
      if (load ? values.quiet : values.load) continue;
      for (const fraction of [0, busy]) {
        const spinner = load ? spin() : undefined;
        try {
          failed = !(await setting({ load, fraction, repetitions, folder, built })) || failed;
        } finally {
          spinner?.kill();
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (failed) process.exitCode = 1;
}

async function setting({
  load,
  fraction,
  repetitions,
  folder,
  built,
}: {
  load: boolean;
  fraction: number;
  repetitions: number;
  folder: string;
  built: OpenedPredictor['built'];
}): Promise<boolean> {
  const startedMs = performance.now();
  const results: Comparison[] = [];
  for (let i = 0; i < repetitions; i++) {
    const result = await repetition({ folder, built, busy: fraction, seed: i });
    // One that failed is missed: it counts among the repetitions.
    if (result) results.push(result);
  }
  if (results.length === 0) return false;
  const wanted = results.filter(({ verdict }) => verdict === (fraction > 0 ? 'slower' : 'undecided')).length;
  const ratios = results.map(({ ratio }) => ratio);
  const widths = results.map(({ low, high, ratio }) => (high - low) / 2 / ratio);
  const pairs = results.map((result) => result.pairs);
  const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
  console.log(
    [
      `${load ? 'load' : 'quiet'}, ${fraction > 0 ? `${percent(fraction)} busy loop` : 'A/A'}`.padEnd(28),
      `${wanted}/${repetitions}`.padEnd(11),
      `${median(ratios).toFixed(4)}, ${Math.min(...ratios).toFixed(4)} to ${Math.max(...ratios).toFixed(4)}`.padEnd(27),
      percent(median(widths)).padEnd(12),
      `${widths.filter((width) => width <= RULES.halfWidth).length}/${repetitions}`.padEnd(12),
      `${Math.min(...pairs)} to ${Math.max(...pairs)}`.padEnd(12),
      ((performance.now() - startedMs) / 1000).toFixed(0),
    ].join(' '),
  );
  return wanted >= WANTED * repetitions;
}

/** In a process of its own: sessions of one repetition lie elsewhere in memory than those of the next. */
function repetition(trial: Trial): Promise<Comparison | undefined> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(import.meta.url), { env: { ...process.env, [CHILD]: '1' } });
    let answer: Answer = { error: 'its process ended early' };
    child.once('message', (message: Answer) => {
      answer = message;
    });
    child.once('exit', () => {
      if ('error' in answer) console.error(`repetition ${trial.seed}: ${answer.error}`);
      resolve('error' in answer ? undefined : answer);
    });
    child.send(trial);
  });
}

type Answer = Comparison | { readonly error: string };

if (process.env[CHILD] && process.send)
  process.once('message', async (trial: Trial) => {
    const answer: Answer = await compareOnce(trial).catch((error) => ({ error: messageOf(error) }));
    process.send?.(answer, () => process.disconnect());
  });

async function compareOnce({ folder, built, busy, seed }: Trial): Promise<Comparison> {
  const image = noiseImage(seed);
  const sit = async () => {
    const { predictor } = await openSmallNetwork(folder, built);
    const call = callsOf(predictor, image, () => performance.now());
    return { predictor, call: async () => (await call()).total };
  };
  let [own, reference] = [await sit(), await sit()];
  const reopen = async (ownFirst: boolean) => {
    await own.predictor.close();
    await reference.predictor.close();
    if (ownFirst) own = await sit();
    reference = await sit();
    if (!ownFirst) own = await sit();
  };
  const call: TimedCall = () => own.call();
  const result = await alternate(busy > 0 ? await slowed(call, busy) : call, () => reference.call(), RULES, { reopen });
  await own.predictor.close();
  await reference.predictor.close();
  return { ...result, ownMs: [], referenceMs: [] };
}

/** The same call with a busy loop inside what is timed, as a slower implementation would have. */
async function slowed(call: TimedCall, fraction: number): Promise<TimedCall> {
  const pilot: number[] = [];
  for (let i = 0; i < 60; i++) pilot.push(await call());
  // The first calls are slow: they would make the loop longer than it should be.
  const busyMs = fraction * median(pilot.slice(30));
  return async () => {
    const ms = await call();
    const startedMs = performance.now();
    while (performance.now() - startedMs < busyMs);
    return ms + (performance.now() - startedMs);
  };
}

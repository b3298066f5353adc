import { parseArgs } from 'node:util';
import { fakeClock, fakePredictor } from '../src/backends/fake.ts';
import { wholeNumber } from '../src/cli/options.ts';
import { Random } from '../src/core/random.ts';
import { measureLatency } from '../src/run/latency.ts';
import { quantile } from '../src/stats/quantile.ts';

const HELP = `node scripts/bench.mjs attempts [--repetitions 4000]
What it does to a latency that an invalid series is measured again, on a simulated host that changes between two speeds
for ever and of which the operating system tells nothing: how often no figure is given, and of the medians that are given the
mean, 5th and 95th percentile, as a ratio to the fast speed. The peer is one attempt, the floor a series that nobody judges.`;

/** Seconds that a host stays fast and slow on average, and how much slower slow is. */
const HOSTS = [
  { fast: 8, slow: 8, factor: 1.6 },
  { fast: 20, slow: 5, factor: 1.6 },
  { fast: 5, slow: 20, factor: 1.6 },
  { fast: 3, slow: 3, factor: 1.6 },
];
/** Of a call on the fast host. */
const CALLS_MS = [70, 319];
const NOISE = 0.06;
const IMAGE = { height: 1, width: 1, channels: 3, data: new Uint8Array(3) };

type Host = (typeof HOSTS)[number];

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { repetitions: { type: 'string', default: '4000' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return console.log(HELP);
  const repetitions = wholeNumber('--repetitions', 1)(values.repetitions);
  console.log(
    `64 calls, ${100 * NOISE} % noise each, ${repetitions} measurements; mean [5 %, 95 %] of the medians (no figure)`,
  );
  for (const host of HOSTS)
    for (const callMs of CALLS_MS) {
      const shown: string[] = [];
      for (const attempts of [1, 5]) {
        const medians: number[] = [];
        const unjudged: number[] = [];
        for (let seed = 0; seed < repetitions; seed++) {
          const { stability, stages, rejectedAttempts } = await measureOn(host, callMs, attempts, seed);
          if (stability?.verdict === 'stable') medians.push(stages.total.medianMs);
          if (!rejectedAttempts) unjudged.push(stages.total.medianMs);
        }
        if (attempts === 1) shown.push(`unjudged ${summary(unjudged, callMs)}`);
        const none = (100 * (repetitions - medians.length)) / repetitions;
        shown.push(`${attempts} attempt${attempts > 1 ? 's' : ''} ${summary(medians, callMs)} (${none.toFixed(0)} %)`);
      }
      console.log(
        `fast ${host.fast} s, slow ${host.slow} s, x ${host.factor}, calls of ${callMs} ms: ${shown.join(', ')}`,
      );
    }
}

function summary(valuesMs: readonly number[], callMs: number): string {
  const mean = valuesMs.reduce((sum, value) => sum + value, 0) / valuesMs.length;
  const [low, high] = [0.05, 0.95].map((p) => (quantile(valuesMs, p) / callMs).toFixed(2));
  return `${(mean / callMs).toFixed(3)} [${low}, ${high}]`;
}

function measureOn({ fast, slow, factor }: Host, callMs: number, attempts: number, seed: number) {
  const random = new Random(seed);
  const { now, advance } = fakeClock();
  const stay = (seconds: number) => -1000 * seconds * Math.log(1 - random.uniform());
  let isSlow = random.uniform() < slow / (fast + slow);
  let untilMs = stay(isSlow ? slow : fast);
  const timesMs = () => {
    while (untilMs <= now()) {
      isSlow = !isSlow;
      untilMs += stay(isSlow ? slow : fast);
    }
    const infer = callMs * (isSlow ? factor : 1) * Math.exp(NOISE * normal(random));
    return { prepare: 0, infer, postprocess: 0 };
  };
  const predictor = fakePredictor({ tasks: [], maps: () => ({}), timesMs, advance });
  const rules = { minimumSeconds: 3, minimumCount: 64, warmupSeconds: 1, attempts };
  return measureLatency(predictor, IMAGE, rules, 0, {
    now,
    sleepUntil: async (atMs) => advance(Math.max(0, atMs - now())),
    watch: () => {
      const startedMs = now();
      return () => {
        const wallMs = now() - startedMs;
        return { conditions: { wallMs, cpuMs: wallMs, involuntarySwitches: 0, cores: 2 } };
      };
    },
  });
}

/** Box and Muller. */
const normal = (random: Random) =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

import { MeasurementError } from '../core/errors.ts';
import type { LatencyRatioRecord } from '../core/latency-record.ts';
import { Random } from '../core/random.ts';
import { type BlockCount, groupedMedianInterval, type Interval } from '../stats/bootstrap.ts';
import { median, robustDeviation } from '../stats/quantile.ts';
import { warmUp } from './latency-warmup.ts';

export interface CompareRules {
  /** Of the interval, relative: 0.01 = 1 %. */
  readonly halfWidth: number;
  /** Cap on the alternation, pilot included; the warm-up comes before. */
  readonly maximumSeconds: number;
  readonly warmupSeconds: number;
}

export type Comparison = Omit<LatencyRatioRecord, 'to' | 'processes'>;

/** One call; answers with its time, ms. */
export type TimedCall = () => Promise<number>;

/** Opens both anew, own first or reference first. */
export type Reopen = (ownFirst: boolean) => Promise<void>;

/** Two calls of each, in the order of time. */
interface Round {
  readonly ownMs: readonly [number, number];
  readonly referenceMs: readonly [number, number];
}

const CALLS_PER_ROUND = 4;
/** What has not settled by then weighs on both alike. */
const WARMUP_LONGER_MS = 2000;
const PILOT_ROUNDS = 30;
/** A pilot of slow calls must leave most of the time to what is counted. */
const PILOT_SHARE = 0.25;
const FEWEST_PILOT_ROUNDS = 2;
/** From here on the interval covers as it should (docs/latency.md). */
const USUAL_ROUNDS = 24;
/**
 * Two sessions of one network differ by some half percent to two percent for as long as they live, by where they lie in
 * memory: so both are opened anew for each block of rounds, in the opposite order each time, and the interval rests on
 * the blocks. The first of these numbers that fits into the time: twice as many make the interval a third narrower.
 */
const BLOCK_COUNTS = [16, 8] as const satisfies readonly BlockCount[];
/** The first calls of a new session are slow. */
const CALLS_AFTER_OPENING = 2;
/** Half-width of a 95 % interval of a median, in standard deviations of one value over sqrt(count): 1.96 sqrt(pi / 2). */
const MEDIAN_FACTOR = 1.96 * Math.sqrt(Math.PI / 2);
/** The pilot's spread is an estimate of few rounds: so many more rounds than it asks for. */
const SAFETY = 3;
const SEED = 1;

/**
 * Compares by alternation. A round is own, reference, reference, own, so that a drift of the machine and the place in a
 * pair weigh on both alike; or its mirror image, by a seeded draw, so that what comes back every few calls (a garbage
 * collection) does not always meet the same one. The value of a round is the geometric mean of its two ratios own /
 * reference. The number of rounds is fixed by a pilot, whose rounds are not counted, and not by looking at the result.
 * They come in sixteen blocks (eight where time is short), each with sessions of its own. Reported is the median round with a bootstrap interval over
 * blocks; times of a busy machine widen it and do not shift it.
 * @throws MeasurementError when not even one round of each block fits into the time.
 */
export async function alternate(
  own: TimedCall,
  reference: TimedCall,
  rules: CompareRules,
  {
    now = () => performance.now(),
    onCall,
    reopen,
  }: { now?: () => number; onCall?: (done: number, planned: number) => void; reopen?: Reopen } = {},
): Promise<Comparison> {
  const mirror = new Random(SEED);
  let last: TimedCall | undefined;
  const round = async (): Promise<Round> => {
    const mirrored = mirror.chance(0.5);
    const [outer, inner] = mirrored ? [reference, own] : [own, reference];
    // The first call of a round follows one of the same predictor, as the third one does.
    if (last !== outer) await outer();
    last = outer;
    const first = await outer();
    const innerMs = [await inner(), await inner()] as const;
    const outerMs = [first, await outer()] as const;
    return mirrored ? { ownMs: innerMs, referenceMs: outerMs } : { ownMs: outerMs, referenceMs: innerMs };
  };
  const openAgain = async (block: number) => {
    if (!reopen) return;
    await reopen(block % 2 === 0);
    last = undefined;
    for (let i = 0; i < CALLS_AFTER_OPENING; i++) {
      await own();
      await reference();
    }
  };
  await own();
  await reference();
  await warmUp(async () => durationOf(await round()), rules.warmupSeconds * 1000, now, WARMUP_LONGER_MS);
  const capMs = rules.maximumSeconds * 1000;
  const startedMs = now();
  const pilot: Round[] = [];
  while (pilot.length < FEWEST_PILOT_ROUNDS || (pilot.length < PILOT_ROUNDS && now() - startedMs < PILOT_SHARE * capMs))
    pilot.push(await round());
  const pilotedMs = now();
  const roundMs = (pilotedMs - startedMs) / pilot.length;
  await openAgain(1);
  const openingMs = now() - pilotedMs;
  const leftMs = capMs - (now() - startedMs);
  const fittingIn = (blocks: number) => blocks * Math.floor((leftMs - (blocks - 1) * openingMs) / roundMs / blocks);
  const blocks = BLOCK_COUNTS.find((count) => fittingIn(count) >= count);
  if (blocks === undefined)
    throw new MeasurementError(
      `a round of ${CALLS_PER_ROUND} calls takes ${(roundMs / 1000).toFixed(1)} s, opening again ${(openingMs / 1000).toFixed(1)} s: ${BLOCK_COUNTS.at(-1)} of both after the pilot do not fit into ${rules.maximumSeconds} s; raise latency.maximumSeconds`,
    );
  const wanted = Math.max(USUAL_ROUNDS, roundsFor(pilot, rules.halfWidth));
  const count = Math.min(fittingIn(blocks), blocks * Math.ceil(wanted / blocks));
  const blockLength = count / blocks;
  const rounds: Round[] = [];
  while (rounds.length < count) {
    if (rounds.length > 0 && rounds.length % blockLength === 0) await openAgain(rounds.length / blockLength);
    rounds.push(await round());
    onCall?.(rounds.length * CALLS_PER_ROUND, count * CALLS_PER_ROUND);
  }
  return conclude(rounds, blocks, rules, roundMs);
}

const durationOf = ({ ownMs, referenceMs }: Round) => ownMs[0] + ownMs[1] + referenceMs[0] + referenceMs[1];

function ratiosOf(rounds: readonly Round[]): number[] {
  const ratios = rounds.map(({ ownMs, referenceMs }) =>
    Math.sqrt((ownMs[0] * ownMs[1]) / (referenceMs[0] * referenceMs[1])),
  );
  if (ratios.every((ratio) => Number.isFinite(ratio) && ratio > 0)) return ratios;
  throw new MeasurementError('some calls took 0 ms by the clock: these times cannot be compared');
}

function roundsFor(pilot: readonly Round[], halfWidth: number): number {
  const spread = robustDeviation(ratiosOf(pilot).map(Math.log));
  return Math.ceil(SAFETY * ((MEDIAN_FACTOR * spread) / halfWidth) ** 2);
}

/** What the rounds say; pure, and the same for the same rounds. */
function conclude(
  rounds: readonly Round[],
  count: BlockCount,
  { halfWidth }: CompareRules,
  roundMs: number,
): Comparison {
  const ratios = ratiosOf(rounds);
  const ratio = median(ratios);
  const random = new Random(SEED);
  const blockLength = ratios.length / count;
  const blocks = Array.from({ length: count }, (_, i) => ratios.slice(i * blockLength, (i + 1) * blockLength));
  const interval = groupedMedianInterval(blocks, count, () => random.uniform());
  const verdict = interval.high < 1 ? 'faster' : interval.low > 1 ? 'slower' : 'undecided';
  return {
    pairs: 2 * rounds.length,
    ratio,
    ...interval,
    verdict,
    ...(verdict === 'undecided' && { reason: whyUndecided(ratio, interval, rounds.length, halfWidth, roundMs) }),
    ownMs: rounds.flatMap(({ ownMs }) => ownMs),
    referenceMs: rounds.flatMap(({ referenceMs }) => referenceMs),
  };
}

function whyUndecided(
  ratio: number,
  { low, high }: Interval,
  rounds: number,
  halfWidth: number,
  roundMs: number,
): string {
  const reached = (high - low) / 2 / ratio;
  if (reached <= halfWidth)
    return `the interval holds 1: a difference, if there is one, is within ${percent(Math.max(1 - low, high - 1))}`;
  const needed = Math.ceil(rounds * (reached / halfWidth) ** 2);
  return (
    `half-width ${percent(reached)} after ${2 * rounds} pairs; ${percent(halfWidth)} would take about ${2 * needed} ` +
    `(${Math.ceil((needed * roundMs) / 1000)} s): raise latency.maximumSeconds, or quiet the machine`
  );
}

const percent = (fraction: number) => `${Number((100 * fraction).toPrecision(2))} %`;

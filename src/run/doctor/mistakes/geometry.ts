import { Random } from '../../../core/random.ts';
import type { Raster } from '../../../core/raster.ts';
import type { Task, TaskRasters } from '../../../core/tasks.ts';
import { bootstrapInterval, type Interval } from '../../../stats/bootstrap.ts';
import { SHIFTS_PX, type ShiftSums } from '../evidence/shifts.ts';
import type { Mistake, Try } from '../mistake.ts';
import { resampled } from './resampled.ts';

/** Mirrored or upside down. A network that saw a mirrored picture gives normals whose x is mirrored, too. */
export function flipped<T extends Task>(task: T): Mistake<T> {
  return {
    title: 'predictions mirrored or upside down',
    least: task === 'segmentation' ? 0.1 : 0.3,
    tries: () => [
      { words: 'left and right exchanged', mend: ({ prediction }) => ({ prediction: flip(prediction, 0) }) },
      { words: 'top and bottom exchanged', mend: ({ prediction }) => ({ prediction: flip(prediction, 1) }) },
      ...(task === 'normals'
        ? [0, 1].map(
            (axis): Try<T> => ({
              words: axis ? 'top and bottom exchanged, and -y' : 'left and right exchanged, and -x',
              mend: ({ prediction }) => ({ prediction: negated(flip(prediction, axis), axis) }),
            }),
          )
        : []),
    ],
  };
}

function flip<R extends Raster>(raster: R, axis: number): R {
  const { height, width, channels, data } = raster;
  const result = data.slice();
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++) {
      const from = axis ? (height - 1 - row) * width + column : row * width + width - 1 - column;
      for (let c = 0; c < channels; c++) result[i * channels + c] = data[from * channels + c];
    }
  return { ...raster, data: result };
}

function negated<R extends Raster>(raster: R, channel: number): R {
  for (let i = channel; i < raster.data.length; i += raster.channels) raster.data[i] = -raster.data[i];
  return raster;
}

/** Smaller displacements are not told from none. Pixels. */
const SMALLEST_PX = 0.25;
/** How much worse the largest displacements must be than the best: a map of few or faint edges fits anywhere. */
const SHARPNESS = 0.02;
const RESAMPLES = 200;
const SEED = 0x5417;

/** A resize with other pixel centres: everything displaced by some pixels, or stretched about the middle (align_corners). */
export function displaced<T extends Task>(): Mistake<T> {
  return {
    title: 'half-pixel shift or align_corners',
    least: 0.005,
    tries({ shifts, groups, width, height }) {
      const { estimate, intervals } = displacements(shifts, groups);
      if (estimate === undefined)
        return { reason: 'displacing these predictions changes their error by too little to tell where they belong' };
      const [left, right, top, bottom] = estimate;
      const shift = [(left + right) / 2, (top + bottom) / 2];
      // At the border; the mean of a half is half of it.
      const stretch = (right - left + bottom - top) / 2;
      const shiftOf =
        (sign: number): Try<T>['mend'] =>
        ({ prediction }) => ({
          prediction: resampled<TaskRasters[T]>(
            prediction,
            (x) => x + sign * shift[0],
            (y) => y + sign * shift[1],
          ),
        });
      const stretchOf =
        (sign: number): Try<T>['mend'] =>
        ({ prediction }) => ({
          prediction: resampled<TaskRasters[T]>(
            prediction,
            (x) => x + sign * stretch * ((2 * x + 1) / width - 1),
            (y) => y + sign * stretch * ((2 * y + 1) / height - 1),
          ),
        });
      return [
        {
          words: `taken ${inWords(shift[0])} px to the right, ${inWords(shift[1])} px further down`,
          mend: shiftOf(1),
          contrary: shiftOf(-1),
          doubt: Math.max(...shift.map(Math.abs)) >= SMALLEST_PX && isSure(intervals.shift) ? undefined : TOO_SMALL,
        },
        {
          words: `stretched by ${inWords(stretch)} px at the border`,
          mend: stretchOf(1),
          contrary: stretchOf(-1),
          doubt: Math.abs(stretch) >= 2 * SMALLEST_PX && isSure(intervals.stretch) ? undefined : TOO_SMALL,
        },
      ];
    },
  };
}

const TOO_SMALL = `no displacement of ${SMALLEST_PX} px or more that holds on other images`;
const inWords = (px: number) => px.toFixed(1).replace('-0.0', '0.0');

/** An interval that holds on other images, and no displacement too small to see. */
const isSure = ({ low, high }: Interval) => low * high > 0 && Math.min(Math.abs(low), Math.abs(high)) > SMALLEST_PX / 2;

/**
 * Displacement of left, right, top and bottom half, and intervals of shift and stretch. What displaces one axis displaces the
 * other alike, so that the mean of both is asked.
 */
function displacements(shifts: readonly ShiftSums[], groups: readonly string[]) {
  const units = [...new Set(groups)].map((group) => total(shifts.filter((_, i) => groups[i] === group)));
  const interval = (of: (halves: readonly number[]) => number) => {
    const random = new Random(SEED);
    const statistic = (drawn: Int32Array) => of(halves(total(Array.from(drawn, (i) => units[i]))) ?? [0, 0, 0, 0]);
    return bootstrapInterval(units.length, statistic, { random: () => random.uniform(), resamples: RESAMPLES });
  };
  return {
    estimate: halves(total(units)),
    intervals: {
      shift: interval(([left, right, top, bottom]) => (left + right + top + bottom) / 4),
      stretch: interval(([left, right, top, bottom]) => (right - left + bottom - top) / 2),
    },
  };
}

function total(sums: readonly ShiftSums[]): ShiftSums {
  const result = new Float64Array(4 * SHIFTS_PX.length);
  for (const one of sums) for (let i = 0; i < result.length; i++) result[i] += one[i];
  return result;
}

function halves(sums: ShiftSums): number[] | undefined {
  const found = [0, 1, 2, 3].map((k) => lowest(sums.subarray(k * SHIFTS_PX.length, (k + 1) * SHIFTS_PX.length)));
  return found.every((at) => at !== undefined) ? found : undefined;
}

/** Where the parabola through the smallest error and its neighbours is lowest; undefined where there is no such place. */
function lowest(errors: Float64Array): number | undefined {
  let k = 0;
  for (let i = 1; i < errors.length; i++) if (errors[i] < errors[k]) k = i;
  if (k === 0 || k === errors.length - 1) return undefined;
  if (Math.min(errors[0], errors[errors.length - 1]) < (1 + SHARPNESS) * errors[k]) return undefined;
  const [a, b, c] = [SHIFTS_PX[k - 1], SHIFTS_PX[k], SHIFTS_PX[k + 1]];
  const [down, up] = [(errors[k] - errors[k - 1]) / (b - a), (errors[k + 1] - errors[k]) / (c - b)];
  const curvature = (up - down) / (c - a);
  return curvature > 0 ? (a + b) / 2 - down / (2 * curvature) : b;
}

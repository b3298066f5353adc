import type { NormalsRaster } from '../../../core/raster.ts';
import { median } from '../../../stats/quantile.ts';
import type { NormalPixels } from '../evidence/normals.ts';
import type { Mistake, Try } from '../mistake.ts';

type Normals = Mistake<'normals'>;
type Vector = readonly [number, number, number];

/** Each axis of the camera out of one axis of the prediction, with its sign. */
interface Turn {
  readonly from: readonly [number, number, number];
  readonly sign: Vector;
}

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;
const SIGNS = Array.from({ length: 8 }, (_, bits): Vector => [bits & 1 ? -1 : 1, bits & 2 ? -1 : 1, bits & 4 ? -1 : 1]);
const AXES = ['x', 'y', 'z'];
/** Mean cosine with the truth that the mended normals must reach. */
const AGREE = 0.6;

/** Axes in the camera's order, some of them the other way round: towards or away from the camera, y up or down. */
export const flippedAxes: Normals = {
  title: 'normals with axes of the other sign',
  least: 0.3,
  tries: ({ images }) => [
    bestTurn(
      images,
      SIGNS.slice(1).map((sign) => ({ from: ORDERS[0], sign })),
    ),
  ],
};

export const permutedAxes: Normals = {
  title: 'normals with axes in another order',
  least: 0.3,
  tries: ({ images }) => [
    bestTurn(
      images,
      ORDERS.slice(1).flatMap((from) => SIGNS.map((sign) => ({ from, sign }))),
    ),
  ],
};

/** The sum of cosines under a turn needs nothing but the sums of products of axes: one of all 48 is found at once. */
function bestTurn(images: readonly NormalPixels[], turns: readonly Turn[]): Try<'normals'> {
  const products = new Float64Array(9);
  let pixels = 0;
  for (const { truth, prediction } of images)
    for (let i = 0; i < truth.length; i += 3) {
      const length = Math.hypot(prediction[i], prediction[i + 1], prediction[i + 2]);
      pixels++;
      if (length > 0)
        for (let k = 0; k < 9; k++) products[k] += (truth[i + Math.floor(k / 3)] * prediction[i + (k % 3)]) / length;
    }
  const cosine = ({ from, sign }: Turn) =>
    from.reduce((total, axis, k) => total + sign[k] * products[3 * k + axis], 0) / pixels;
  const best = turns.reduce((a, b) => (cosine(b) > cosine(a) ? b : a));
  const { from, sign } = best;
  return {
    words: `x, y, z = ${from.map((axis, k) => `${sign[k] < 0 ? '-' : ''}${AXES[axis]}`).join(', ')}`,
    mend: turned((v) => [sign[0] * v[from[0]], sign[1] * v[from[1]], sign[2] * v[from[2]]]),
    doubt: cosine(best) >= AGREE ? undefined : `mean cosine with the truth would be ${cosine(best).toFixed(2)}`,
  };
}

/** 0..1 or 0..255, as pictures of normals hold them, taken for -1..1; and the other way round. */
export const encoding: Normals = {
  title: 'normals of 0..1 taken for -1..1, or the reverse',
  least: 0.3,
  tries: ({ images }) => [
    { words: '2 x prediction - 1', mend: turned(fromUnit), doubt: isUnit(images, fromUnit) },
    { words: 'prediction / 127.5 - 1', mend: turned(fromByte), doubt: isUnit(images, fromByte) },
    {
      words: '2 x prediction - 1, before it was brought to length 1',
      mend: turned(fromUnitOfLostLength),
      doubt: isUnit(images, plain) ?? isNeverNegative(images),
    },
    { words: '(prediction + 1) / 2', mend: turned(toUnit), doubt: isUnit(images, toUnit) },
    {
      words: '(prediction + 1) / 2, before it was brought to length 1',
      mend: turned(toUnitOfLostLength),
      doubt: isUnit(images, plain),
    },
  ],
};

const plain = (v: Vector): Vector => v;
const fromUnit = ([x, y, z]: Vector): Vector => [2 * x - 1, 2 * y - 1, 2 * z - 1];
const fromByte = ([x, y, z]: Vector): Vector => [x / 127.5 - 1, y / 127.5 - 1, z / 127.5 - 1];
const toUnit = ([x, y, z]: Vector): Vector => [(x + 1) / 2, (y + 1) / 2, (z + 1) / 2];

/** v = (n + 1) / 2 / k: |2 k v - 1| = 1 has two solutions; the normal that faces the camera is taken, else the larger k. */
function fromUnitOfLostLength([x, y, z]: Vector): Vector {
  const sum = x + y + z;
  const root = Math.sqrt(Math.max(0, sum * sum - 2));
  const [larger, smaller] = [(sum + root) / 2, (sum - root) / 2];
  const k = 2 * larger * z - 1 >= 0 && 2 * smaller * z - 1 < 0 ? smaller : larger;
  return [2 * k * x - 1, 2 * k * y - 1, 2 * k * z - 1];
}

/** v = (2 n - 1) / k: |k v + 1| = 2 has one positive solution. */
function toUnitOfLostLength([x, y, z]: Vector): Vector {
  const sum = x + y + z;
  const k = Math.sqrt(sum * sum + 1) - sum;
  return [(k * x + 1) / 2, (k * y + 1) / 2, (k * z + 1) / 2];
}

/** Undefined where most vectors have length 1 once they are mapped, else the doubt. */
function isUnit(images: readonly NormalPixels[], map: (v: Vector) => Vector): string | undefined {
  const off = images.flatMap(({ prediction }) =>
    Array.from({ length: prediction.length / 3 }, (_, i) =>
      Math.abs(Math.hypot(...map([prediction[3 * i], prediction[3 * i + 1], prediction[3 * i + 2]])) - 1),
    ),
  );
  if (off.length > 0 && median(off) < 0.05) return undefined;
  return off.length > 0 ? `lengths would be off 1 by ${median(off).toFixed(2)}` : 'no pixel to look at';
}

/** All of a 0..1 picture is, and about no map of normals. */
function isNeverNegative(images: readonly NormalPixels[]): string | undefined {
  const values = images.flatMap(({ prediction }) => Array.from(prediction));
  const negative = values.filter((value) => value < -0.01).length / values.length;
  return negative < 0.01 ? undefined : `${Math.round(100 * negative)} % of the components are negative`;
}

function turned(map: (v: Vector) => Vector): Try<'normals'>['mend'] {
  return ({ prediction: { height, width, data } }) => {
    const result = new Float64Array(data.length);
    for (let i = 0; i < data.length; i += 3)
      [result[i], result[i + 1], result[i + 2]] = map([data[i], data[i + 1], data[i + 2]]);
    const prediction: NormalsRaster = { height, width, channels: 3, data: result };
    return { prediction };
  };
}

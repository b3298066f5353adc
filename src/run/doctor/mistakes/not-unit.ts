import { median } from '../../../stats/quantile.ts';
import { countedNormals } from '../evidence/counted.ts';
import type { Mistake } from '../mistake.ts';
import { measure } from '../yardstick.ts';

const DEG = 180 / Math.PI;
/** Float32 and 8-bit pictures round lengths by less. */
const OFF = 0.02;

/**
 * Vectors that were not brought to length 1 after a resize. The angle of this project does not hang on the length: what
 * moves is the figure of programs that take the arc cosine of the plain product.
 */
export const notUnit: Mistake<'normals'> = {
  title: 'normals not brought to length 1',
  figure: 'meanDeg by the arc cosine of the plain product',
  least: 0.05,
  tries({ images }) {
    const off = images.flatMap(({ prediction }) =>
      Array.from({ length: prediction.length / 3 }, (_, i) =>
        Math.abs(Math.hypot(prediction[3 * i], prediction[3 * i + 1], prediction[3 * i + 2]) - 1),
      ),
    );
    const isUnit = off.length === 0 || median(off) < OFF;
    return [
      {
        words: 'lengths brought to 1 (as the figures here are anyway)',
        mend: () => ({}),
        measures(given, protocol) {
          const { data: g } = given.truth;
          const { data: p } = given.prediction;
          const sums = Float64Array.of(0, 0);
          for (const i of countedNormals(given, protocol, Infinity)) {
            const product = g[3 * i] * p[3 * i] + g[3 * i + 1] * p[3 * i + 1] + g[3 * i + 2] * p[3 * i + 2];
            if (!Number.isFinite(product)) continue;
            sums[0] += DEG * Math.acos(Math.min(1, Math.max(-1, product)));
            sums[1]++;
          }
          return { now: sums, after: measure('normals', given, protocol).sums };
        },
        doubt: isUnit ? `half of the lengths are off 1 by less than ${OFF}` : undefined,
      },
    ];
  },
};

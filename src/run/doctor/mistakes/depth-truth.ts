import { CROPS } from '../../../core/protocol.ts';
import { cropBox } from '../../../metrics/crop.ts';
import { median } from '../../../stats/quantile.ts';
import type { Evidence } from '../evidence/index.ts';
import type { Mistake } from '../mistake.ts';

/** Outside the right crop, half of the predictions must be off by this share of the truth, and this many times as far as inside. */
const GARBAGE = 0.5;
const TIMES_AS_FAR = 4;

/** Pixels scored that the network never learned. */
export const wrongCrop: Mistake<'depth'> = {
  title: 'another crop belongs to these predictions',
  least: 0.2,
  tries(evidence, protocol) {
    const { height, width } = evidence;
    const fitting = CROPS.filter((crop) => crop !== protocol.crop && !('problem' in cropBox(crop, height, width)));
    return fitting.map((crop) => ({
      words: crop === 'none' ? 'no crop' : `the crop ${crop}`,
      mend: () => ({ protocol: { ...protocol, crop } }),
      doubt: likeOutside(evidence, crop),
    }));
  },
};

function likeOutside({ images, height, width }: Evidence['depth'], crop: (typeof CROPS)[number]): string | undefined {
  const box = cropBox(crop, height, width);
  if ('problem' in box) return box.problem;
  const inside: number[] = [];
  const outside: number[] = [];
  for (const { pixel, truthM, prediction } of images)
    pixel.forEach((at, i) => {
      const [row, column] = [Math.floor(at / width), at % width];
      const isInside = row >= box.top && row < box.bottom && column >= box.left && column < box.right;
      (isInside ? inside : outside).push(Math.abs(prediction[i] - truthM[i]) / truthM[i]);
    });
  if (inside.length === 0 || outside.length === 0) return 'it leaves out nothing that was scored';
  const [near, far] = [median(inside), median(outside)];
  return far >= GARBAGE && far >= TIMES_AS_FAR * near
    ? undefined
    : `predictions are off by ${Math.round(100 * far)} % outside of it, by ${Math.round(100 * near)} % inside`;
}

/** Raw depth has holes; filled depth has a guess in them. */
export const otherTruth: Mistake<'depth'> = {
  title: 'filled depth and raw depth mixed up',
  least: 0.25,
  tries: ({ hasOtherTruth }) =>
    hasOtherTruth
      ? [{ words: "the data set's other depth", mend: ({ otherTruth }) => ({ truth: otherTruth }) }]
      : { reason: 'only one depth of these images is at hand' },
};

import type { InputMistake } from '../mistake.ts';

type Change = ReturnType<InputMistake['changes']>[number];

const BYTE = 1 / 255;
const NONE = { mean: [0, 0, 0], std: [1, 1, 1] } satisfies Change['input'];
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } satisfies Change['input'];

/** What a network may have been trained on instead. */
const NORMALISATIONS: readonly Change[] = [
  { words: 'values of 0..1, ImageNet mean and std', input: { scale: BYTE, ...IMAGENET } },
  { words: 'values of 0..1, no mean and std', input: { scale: BYTE, ...NONE } },
  { words: 'values of 0..1, ImageNet mean, no std', input: { scale: BYTE, mean: IMAGENET.mean, std: NONE.std } },
  { words: 'values of -1..1', input: { scale: BYTE, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } },
];
const BYTES: readonly Change[] = [
  { words: 'values of 0..255, no mean and std', input: { scale: 1, ...NONE } },
  {
    words: 'values of 0..255, ImageNet mean x 255, no std',
    input: { scale: 1, mean: [123.675, 116.28, 103.53], std: NONE.std },
  },
];

/** Red and blue exchanged; mean and std either belong to the place or to the colour. */
export const colourOrder: InputMistake = {
  title: 'red and blue exchanged (BGR for RGB)',
  least: 0.05,
  changes({ colourOrder: order, mean, std }) {
    const other = order === 'rgb' ? 'bgr' : 'rgb';
    const turned: Change['input'] = {
      colourOrder: other,
      mean: [mean[2], mean[1], mean[0]],
      std: [std[2], std[1], std[0]],
    };
    const isTurned = mean[0] !== mean[2] || std[0] !== std[2];
    return [
      { words: `colourOrder: ${other}`, input: { colourOrder: other } },
      ...(isTurned ? [{ words: `colourOrder: ${other}, mean and std turned round too`, input: turned }] : []),
    ];
  },
};

export const normalisation: InputMistake = {
  title: 'mean and std of the input',
  least: 0.05,
  changes: (input) => NORMALISATIONS.filter((change) => isOther(change, input)),
};

export const valueRange: InputMistake = {
  title: 'range of the input values (0..1 or 0..255)',
  least: 0.05,
  changes: (input) => {
    const other = input.scale > 2 * BYTE ? BYTE : 1;
    return [
      { words: `scale: ${other === 1 ? '1' : '1/255'}, mean and std as they are`, input: { scale: other } },
      ...BYTES,
    ].filter((change) => isOther(change, input));
  },
};

/** Per channel (byte x scale - mean) / std: the same numbers in other words are no change. */
function isOther(change: Change, input: Parameters<InputMistake['changes']>[0]): boolean {
  const line = ({ scale, mean, std }: typeof input) => [0, 1, 2].flatMap((c) => [scale / std[c], mean[c] / std[c]]);
  const [now, then] = [line(input), line({ ...input, ...change.input })];
  return now.some((value, i) => Math.abs(value - then[i]) > 1e-3 * Math.max(1e-3, Math.abs(value)));
}

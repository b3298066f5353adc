import type { InputMistake } from '../mistake.ts';

type Change = ReturnType<InputMistake['changes']>[number];
type Input = Parameters<InputMistake['changes']>[0];
type Triple = Input['mean'];

const BYTE = 1 / 255;
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } satisfies Change['input'];
const NONE = { mean: [0, 0, 0], std: [1, 1, 1] } satisfies Change['input'];

/** What a network may have been trained on, as mean and std of values of 0..1. */
const NORMALISATIONS: readonly (readonly [words: string, mean: Triple, std: Triple])[] = [
  ['ImageNet mean and std', IMAGENET.mean, IMAGENET.std],
  ['no mean and std', NONE.mean, NONE.std],
  ['ImageNet mean, no std', IMAGENET.mean, NONE.std],
  ['values of -1..1', [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]],
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
  changes: (input) =>
    NORMALISATIONS.map(([words, mean, std]) => ({ words, input: inRange(input.scale, mean, std) })).filter((change) =>
      isOther(change, input),
    ),
};

export const valueRange: InputMistake = {
  title: 'range of the input values (0..1 or 0..255)',
  least: 0.05,
  changes: (input) => {
    const [scale, range] = input.scale > 2 * BYTE ? [BYTE, 'values of 0..1'] : [1, 'values of 0..255'];
    return [
      { words: `${range}, mean and std as they are`, input: { scale } },
      { words: `${range}, ImageNet mean and std of that range`, input: inRange(scale, IMAGENET.mean, IMAGENET.std) },
      { words: `${range}, no mean and std`, input: { scale, ...NONE } },
    ].filter((change) => isOtherRange({ ...input, ...change.input }, input));
  },
};

/** Whether the numbers that go in are larger or smaller by more than any mean and std make them. */
function isOtherRange(a: Input, b: Input): boolean {
  const ratio = a.scale / a.std[1] / (b.scale / b.std[1]);
  return Math.max(ratio, 1 / ratio) > 25;
}

/** Mean and std of values of 0..1 as a card of that scale gives them. */
function inRange(scale: number, mean: Triple, std: Triple): Change['input'] {
  const factor = 255 * scale;
  const times = ([a, b, c]: Triple): Triple => [a * factor, b * factor, c * factor];
  return { scale, mean: times(mean), std: times(std) };
}

/** Per channel (byte x scale - mean) / std: the same numbers in other words are no change. */
function isOther(change: Change, input: Input): boolean {
  const line = ({ scale, mean, std }: typeof input) => [0, 1, 2].flatMap((c) => [scale / std[c], mean[c] / std[c]]);
  const [now, then] = [line(input), line({ ...input, ...change.input })];
  return now.some((value, i) => Math.abs(value - then[i]) > 1e-3 * Math.max(1e-3, Math.abs(value)));
}

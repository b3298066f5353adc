import type { LabelRaster } from '../../../core/raster.ts';
import { NYUD40_TO_13, TAXONOMIES } from '../../../core/taxonomies.ts';
import type { Evidence } from '../evidence/index.ts';
import { type Cell, pooledCells } from '../evidence/labels.ts';
import type { Mistake, Try } from '../mistake.ts';

type Labels = Mistake<'segmentation'>;
type LabelMap = (value: number) => number;

/** Of counted pixels; rarer classes say too little about where their predictions went. */
const COMMON = 0.005;
/** Share of the common classes whose predictions must gather where the mistake would put them. */
const MOST = 0.5;

/** Predictions numbered one higher (step 1) or lower (step -1) than the truth. */
export function offByOne(step: 1 | -1): Labels {
  return {
    title: step === 1 ? 'labels numbered one too high' : 'labels numbered one too low',
    least: 0.1,
    tries(evidence, { classes }) {
      // An 8-bit 0 that was lowered is stored as 255.
      const map: LabelMap = (value) => (step === -1 && value === 255 ? 0 : value - step);
      const doubt = doubtOf(map, evidence, classes);
      return [{ words: step === 1 ? 'prediction - 1' : 'prediction + 1', mend: through(map), doubt }];
    },
  };
}

/** The 13 classes of NYUDv2 and its 40, one taken for the other. */
export const otherTaxonomy: Labels = {
  title: 'classes of NYUDv2-40 and NYUDv2-13 mixed up',
  least: 0.1,
  tries(evidence, protocol) {
    const to13: LabelMap = (value) => NYUD40_TO_13[value] ?? 255;
    if (protocol.classes === TAXONOMIES.nyud13.length)
      return [
        { words: '40 classes brought to 13', mend: through(to13), doubt: doubtOf(to13, evidence, protocol.classes) },
      ];
    if (protocol.classes !== TAXONOMIES.nyud40.length)
      return { reason: `the truth has ${protocol.classes} classes, neither 13 nor 40` };
    const cells = pooledCells(evidence.images);
    const used = new Set(cells.map(({ value }) => value));
    const translated = cells.map((cell) => ({ ...cell, truth: to13(cell.truth) }));
    return [
      {
        words: 'truth brought to 13 classes, which is another figure',
        mend: ({ truth }) => ({
          truth: mapped(truth, (label) => (label === protocol.ignore ? label : to13(label))),
          protocol: { ...protocol, classes: TAXONOMIES.nyud13.length, taxonomy: 'nyud13' },
        }),
        doubt: [...used].some((value) => value >= TAXONOMIES.nyud13.length)
          ? 'classes above 12 are predicted'
          : (gathered(translated, same, 13) ?? 0) < MOST
            ? 'most classes are not predicted where the 13 classes would be'
            : undefined,
      },
    ];
  },
};

/** Truth that says "no label" with a class id, which is then scored. */
export const ignoreAsClass: Labels = {
  title: 'the label for "none" scored as a class',
  least: 0.01,
  tries(evidence, { classes, ignore }) {
    const cells = pooledCells(evidence.images);
    const total = sum(cells);
    return [0, classes - 1].map((suspect): Try<'segmentation'> => {
      const truth = sum(cells.filter((cell) => cell.truth === suspect)) / total;
      const predicted = sum(cells.filter((cell) => cell.value === suspect)) / total;
      const right = sum(cells.filter((cell) => cell.truth === cell.value)) / (total * (1 - truth));
      return {
        words: `truth of class ${suspect} left out`,
        mend: ({ truth }) => ({ truth: mapped(truth, (label) => (label === suspect ? ignore : label)) }),
        doubt:
          truth < 0.02
            ? `class ${suspect} makes up ${(100 * truth).toFixed(1)} % of the truth`
            : predicted > 0.0005
              ? `class ${suspect} is predicted, too`
              : right < 0.5
                ? 'the other classes are not predicted well enough to tell'
                : undefined,
      };
    });
  },
};

const same: LabelMap = (value) => value;

function doubtOf(map: LabelMap, { images }: Evidence['segmentation'], classes: number): string | undefined {
  const cells = pooledCells(images);
  const [mended, now] = [gathered(cells, map, classes) ?? 0, gathered(cells, same, classes) ?? 0];
  if (mended >= MOST && mended > now + 0.2) return undefined;
  return `of ${Math.round(100 * mended)} % of the classes most pixels would be right, now of ${Math.round(100 * now)} %`;
}

/** Share of the common classes whose most frequent prediction, mapped, is themselves. */
function gathered(cells: readonly Cell[], map: LabelMap, classes: number): number | undefined {
  const total = sum(cells);
  const rows = new Map<number, Map<number, number>>();
  for (const { truth, value, pixels } of cells) {
    const row = rows.get(truth) ?? new Map<number, number>();
    const label = map(value);
    rows.set(truth, row.set(label, (row.get(label) ?? 0) + pixels));
  }
  let common = 0;
  let right = 0;
  for (const [truth, row] of rows) {
    const pixels = [...row.values()].reduce((a, b) => a + b, 0);
    if (truth >= classes || pixels < COMMON * total) continue;
    common++;
    if ((row.get(truth) ?? 0) === Math.max(...row.values())) right++;
  }
  return common === 0 ? undefined : right / common;
}

function sum(cells: readonly Cell[]): number {
  let total = 0;
  for (const { pixels } of cells) total += pixels;
  return total;
}

export const through =
  (map: LabelMap): Try<'segmentation'>['mend'] =>
  ({ prediction }) => ({ prediction: mapped(prediction, map) });

function mapped({ height, width, data }: LabelRaster, map: LabelMap): LabelRaster {
  const labels = new Int32Array(data.length);
  for (let i = 0; i < labels.length; i++) labels[i] = map(data[i]);
  return { height, width, channels: 1, data: labels };
}

import { describe, expect, it } from 'vitest';
import { chooseLargest } from '../../src/experts/annotate.ts';
import { chosenScores, SCORE_IDS, SCORES } from '../../src/experts/scores/index.ts';
import type { PixelRow } from '../../src/experts/scores/score.ts';
import { seededRandom } from '../helpers/workspace.ts';

/** [expert][pixel][class], and optionally the same for the mirrored image, as a row. */
function rowOf(experts: number[][][], mirror?: number[][]): PixelRow {
  const [width, classes] = [experts[0].length, experts[0][0].length];
  const planar = (pixels: number[][]) =>
    Float64Array.from({ length: classes * width }, (_, i) => pixels[i % width][Math.floor(i / width)]);
  const mean = planar(
    experts[0].map((pixel, x) => pixel.map((_, c) => experts.reduce((sum, p) => sum + p[x][c], 0) / experts.length)),
  );
  const labels = new Uint8Array(width);
  chooseLargest(mean, width, classes, labels);
  return { width, classes, mean, experts: experts.map(planar), labels, mirrored: planar(mirror ?? experts[0]) };
}

const softmax = (logits: number[]) => {
  const exponentials = logits.map((z) => Math.exp(z));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((e) => e / sum);
};

function scored(id: keyof typeof SCORES, row: PixelRow): number[] {
  const out = new Float64Array(row.width).fill(Number.NaN);
  SCORES[id].row(row, out);
  return [...out];
}

// numpy 2.4: softmax of these logits, and each formula written out once more there.
const P = [
  [2, -1, 0.5],
  [0.1, 0.2, 0.3],
  [5, 5, -3],
].map(softmax);
const Q = [
  [0, 1.5, 0.5],
  [0, 0, 3],
  [5, 4, -3],
].map(softmax);

describe('scores', () => {
  it.each([
    ['max-probability', [P], [0.7855970345892759, 0.3671654011109255, 0.49991614840756216]],
    ['margin', [P], [0.6103066424492392, 0.034940407577578214, 0]],
    ['entropy', [P], [0.43420931015358877, 0.003026563646413072, 0.3676963834714273]],
    ['flip-agreement', [P], [0, 0.6383041998118337, 0.6153977420597361]],
    ['ensemble-vote', [P, Q], [0.5, 1, 1]],
    ['ensemble-information', [P, Q], [0.7425228720398596, 0.8417913860762359, 0.9740281625584293]],
  ] as const)('%s equals numpy', (id, experts, expected) => {
    const values = scored(id, rowOf([...experts], Q));
    for (const [x, value] of values.entries()) expect(value).toBeCloseTo(expected[x], 12);
  });

  it('of an ensemble are of the mean probability', () => {
    const mean = P.map((pixel, x) => pixel.map((p, c) => (p + Q[x][c]) / 2));
    for (const id of ['max-probability', 'margin', 'entropy'] as const)
      expect(scored(id, rowOf([P, Q]))).toEqual(scored(id, rowOf([mean])));
  });

  describe.each(SCORE_IDS)('%s', (id) => {
    const random = seededRandom(3);
    const pixels = (count: number, classes: number) =>
      Array.from({ length: count }, () => softmax(Array.from({ length: classes }, () => 8 * random())));

    it('lies in 0..1 for every pixel', () => {
      for (const classes of [1, 2, 6, 40]) {
        const row = rowOf([pixels(50, classes), pixels(50, classes), pixels(50, classes)], pixels(50, classes));
        for (const value of scored(id, row)) expect(value >= 0 && value <= 1, String(value)).toBe(true);
      }
    });

    it('is 1 where all are sure of one class, and never larger where they are not', () => {
      const sure = [
        [0, 1, 0],
        [1, 0, 0],
      ];
      expect(scored(id, rowOf([sure, sure, sure], sure))).toEqual([1, 1]);
    });

    it('does not depend on the order of the classes', () => {
      const turned = (all: number[][]) => all.map((pixel) => [...pixel].reverse());
      const [a, b, c] = [pixels(30, 5), pixels(30, 5), pixels(30, 5)];
      const values = scored(id, rowOf([a, b], c));
      for (const [x, value] of scored(id, rowOf([turned(a), turned(b)], turned(c))).entries())
        expect(value).toBeCloseTo(values[x], 12);
    });

    it('says what it is', () => {
      expect(SCORES[id].title).not.toBe('');
    });
  });

  it('are low where the experts contradict each other, but not where they doubt alike', () => {
    const sure = [[1, 0]];
    const contrary = [[0, 1]];
    const doubt = [[0.5, 0.5]];
    expect(scored('ensemble-information', rowOf([sure, contrary]))[0]).toBeCloseTo(0, 6);
    expect(scored('ensemble-information', rowOf([doubt, doubt]))[0]).toBeCloseTo(1, 6);
    expect(scored('ensemble-vote', rowOf([sure, contrary]))).toEqual([0.5]);
  });

  it('are chosen by id, in the order of the registry', () => {
    expect(chosenScores(undefined, 1)).toEqual(['max-probability', 'margin', 'entropy', 'flip-agreement']);
    expect(chosenScores(undefined, 2)).toEqual(SCORE_IDS);
    expect(chosenScores(['entropy', 'margin'], 1)).toEqual(['margin', 'entropy']);
    expect(() => chosenScores(['entrpy'], 1)).toThrow('did you mean "entropy"');
    expect(() => chosenScores(['ensemble-vote'], 1)).toThrow('--score ensemble-vote compares several experts');
  });
});

import { describe, expect, it } from 'vitest';
import { chooseLargest } from '../../src/experts/annotate.ts';
import { addRow, emptyJudgeTally, judgementOf, mergeJudgeTally } from '../../src/experts/quality/confident-learning.ts';
import { seededRandom } from '../helpers/workspace.ts';

/** Labels, of which a fifth is drawn anew among three classes, and a judge's probabilities; made likewise in Python. */
function judged(count: number, classes: number) {
  const random = seededRandom(5);
  const [labels, truth] = [new Uint8Array(count), new Uint8Array(count)];
  const probabilities = new Float64Array(classes * count);
  for (let i = 0; i < count; i++) {
    truth[i] = Math.floor(random() * classes);
    labels[i] = random() < 0.8 ? truth[i] : Math.floor(random() * 3);
    const logits = Array.from({ length: classes }, () => 2 * random());
    logits[truth[i]] += 4 * random();
    const sum = logits.reduce((all, z) => all + Math.exp(z), 0);
    for (const [c, z] of logits.entries()) probabilities[c * count + i] = Math.exp(z) / sum;
  }
  const best = new Uint8Array(count);
  chooseLargest(probabilities, count, classes, best);
  return { labels, truth, probabilities, best };
}

describe('confident learning', () => {
  it('equals numpy: thresholds, flagged labels, and how many of them are wrong', () => {
    const { labels, truth, probabilities, best } = judged(3000, 4);
    const tally = emptyJudgeTally(4);
    addRow(tally, 0, 3000, { labels, truth }, probabilities, best);
    const { thresholds, ...counted } = judgementOf(tally);
    const expected = [0.565587250061743, 0.5575939476326465, 0.5456195640232235, 0.634781678419754];
    for (const [k, threshold] of thresholds.entries()) expect(threshold).toBeCloseTo(expected[k], 10);
    expect(counted).toEqual({ labelled: 3000, flagged: 288, flaggedJudged: 288, flaggedWrong: 283, wrong: 440 });
  });

  it('by hand: a label is doubted only where another class reaches its own threshold', () => {
    // t_0 = (0.9 + 0.3 + 0.4) / 3 = 0.533; t_1 = 0.65. Of the two disputed labels 0, p_1 = 0.7 reaches t_1, 0.6 does not.
    const probabilities = Float64Array.of(0.9, 0.3, 0.4, 0.35, 0.1, 0.7, 0.6, 0.65);
    const best = Uint8Array.of(0, 1, 1, 1);
    const tally = emptyJudgeTally(2);
    addRow(tally, 0, 4, { labels: Uint8Array.of(0, 0, 0, 1) }, probabilities, best);
    const { thresholds, flagged, flaggedJudged } = judgementOf(tally);
    expect(thresholds[0]).toBeCloseTo(1.6 / 3, 12);
    expect(thresholds[1]).toBeCloseTo(0.65, 12);
    expect({ flagged, flaggedJudged }).toEqual({ flagged: 1, flaggedJudged: 0 });
  });

  it('a class that no pixel is labelled with has no threshold and flags nothing; pixels without a label do not count', () => {
    const tally = emptyJudgeTally(2);
    addRow(tally, 0, 2, { labels: Uint8Array.of(0, 255) }, Float64Array.of(0.1, 0.1, 0.9, 0.9), Uint8Array.of(1, 1));
    expect(judgementOf(tally)).toMatchObject({ thresholds: [0.1, null], labelled: 1, flagged: 0 });
  });

  it('an expert judged by itself is never doubted', () => {
    const { probabilities, best } = judged(500, 4);
    const tally = emptyJudgeTally(4);
    addRow(tally, 0, 500, { labels: best }, probabilities, best);
    expect(judgementOf(tally).flagged).toBe(0);
  });

  it('does not depend on how the pixels come in parts', () => {
    const { labels, truth, probabilities, best } = judged(600, 4);
    const whole = emptyJudgeTally(4);
    addRow(whole, 0, 600, { labels, truth }, probabilities, best);
    const sum = emptyJudgeTally(4);
    for (const [from, to] of [
      [200, 600],
      [0, 200],
    ]) {
      const part = emptyJudgeTally(4);
      const width = to - from;
      const own = Float64Array.from(
        { length: 4 * width },
        (_, i) => probabilities[Math.floor(i / width) * 600 + from + (i % width)],
      );
      addRow(part, from, width, { labels, truth }, own, best.subarray(from, to));
      mergeJudgeTally(sum, part);
    }
    const { thresholds, ...counted } = judgementOf(sum);
    const { thresholds: expected, ...rest } = judgementOf(whole);
    expect(counted).toEqual(rest);
    for (const [k, threshold] of thresholds.entries()) expect(threshold).toBeCloseTo(expected[k] as number, 12);
  });
});

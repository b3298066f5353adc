import { describe, expect, it } from 'vitest';
import { recoveredShare } from '../../src/stats/recovered-share.ts';

const of = (mean: number, deviation?: number) => ({ mean, ...(deviation !== undefined && { deviation }) });

describe('recoveredShare', () => {
  it('is the share of the gap, with the spread of one training each', () => {
    // By hand: r = 0.1 / 0.2, s = sqrt(0.01^2 + 0.5^2 0.02^2 + 0.5^2 0.01^2) / 0.2 = 0.015 / 0.2.
    const share = recoveredShare(of(0.6, 0.01), of(0.5, 0.02), of(0.7, 0.01));
    expect(share).toEqual({ value: expect.closeTo(0.5, 12), deviation: expect.closeTo(0.075, 12) });
  });

  it('has the spread that drawn trainings have, to first order', () => {
    // numpy 2: standard deviation of (M - F) / (C - F) over 4 000 000 normal draws whose deviations are those below / 1000,
    // times 1000.
    const share = recoveredShare(of(0.61, 0.004), of(0.546, 0.006), of(0.63, 0.005));
    expect(share).toEqual({ value: expect.closeTo(0.7619, 4), deviation: expect.closeTo(0.0679, 3) });
  });

  it('may lie outside 0 to 1: worse than the floor, better than the ceiling', () => {
    expect(recoveredShare(of(0.45), of(0.5, 0.01), of(0.7))).toEqual({ value: expect.closeTo(-0.25, 12) });
    expect(recoveredShare(of(0.8), of(0.5), of(0.7, 0.01))).toEqual({ value: expect.closeTo(1.5, 12) });
  });

  it('has no spread where one of the three has a single seed', () => {
    expect(recoveredShare(of(0.6, 0.01), of(0.5), of(0.7, 0.01))).toEqual({ value: expect.closeTo(0.5, 12) });
  });

  it('is undefined without a gap, and within the deviation of the gap', () => {
    expect(recoveredShare(of(0.6), of(0.7), of(0.7))).toEqual({ reason: expect.stringMatching(/no gap/) });
    expect(recoveredShare(of(0.6), of(0.8), of(0.7))).toEqual({ reason: expect.stringMatching(/no gap/) });
    // Of single trainings nobody knows how far they fall apart; of one deviation the gap must exceed that.
    expect(recoveredShare(of(0.6), of(0.5), of(0.7))).toEqual({ reason: expect.stringMatching(/one training each/) });
    expect(recoveredShare(of(0.6), of(0.5), of(0.5001, 0.02))).toEqual({
      reason: expect.stringMatching(/no larger than its own deviation/),
    });
    expect(recoveredShare(of(0.51, 0.01), of(0.5, 0.03), of(0.549, 0.04))).toEqual({
      reason: expect.stringMatching(/no larger than its own deviation/),
    });
  });
});

import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { roomsSchema } from '../../src/datasets/generate-schema.ts';
import { planFrames } from '../../src/datasets/rooms/index.ts';
import { type RoomFrame, renderRoom } from '../../src/worlds/rooms/index.ts';
import { labelClasses } from '../../src/worlds/rooms/labels.ts';

// The frames of the shipped sample, smaller.
const WIDTH = 120;
const HEIGHT = 90;
const OPTIONS = roomsSchema.parse({ world: 'rooms', train: 24, test: 24, width: WIDTH, height: HEIGHT, seed: 1 });
const frames = planFrames(OPTIONS).map(({ job }) => renderRoom(job));
const train = frames.slice(0, 24);
const test = frames.slice(24);
/** 1..40, 0 = unlabelled. */
const classOf = (frame: RoomFrame, i: number) =>
  frame.drawnLabels[i] === 0 ? 0 : labelClasses[frame.drawnLabels[i] - 1];

function mIoU(predict: (frame: RoomFrame, i: number) => number, sampled: (i: number) => boolean): number {
  const hit = new Float64Array(41);
  const either = new Float64Array(41);
  for (const frame of test)
    for (let i = 0; i < frame.labels.length; i++) {
      const truth = classOf(frame, i);
      if (truth === 0 || !sampled(i)) continue;
      const predicted = predict(frame, i);
      if (predicted === truth) hit[truth]++;
      else either[predicted]++;
      either[truth]++;
    }
  const ious = [...either].flatMap((n, c) => (n > 0 ? [hit[c] / n] : []));
  return ious.reduce((a, b) => a + b) / ious.length;
}

describe('the sample is no toy', () => {
  it('covers at least 12 classes with 1 % of all pixels each, in both splits', () => {
    for (const split of [train, test]) {
      const counts = new Float64Array(41);
      for (const frame of split) for (let i = 0; i < frame.labels.length; i++) counts[classOf(frame, i)]++;
      const total = counts.reduce((a, b) => a + b);
      expect([...counts.subarray(1)].filter((n) => n >= total / 100).length).toBeGreaterThanOrEqual(12);
      expect(counts[0] / total).toBeGreaterThan(0.01);
      expect(counts[0] / total).toBeLessThan(0.2);
    }
  });

  it('leaves 5 to 40 % of the raw depth unmeasured in every frame; what is measured is near the truth', () => {
    for (const { rawDepthM, depthM } of frames) {
      let holes = 0;
      let worst = 0;
      for (let i = 0; i < rawDepthM.length; i++) {
        if (rawDepthM[i] === 0) holes++;
        else worst = Math.max(worst, Math.abs(rawDepthM[i] - depthM[i]) / (depthM[i] * depthM[i]));
      }
      expect(holes / rawDepthM.length).toBeGreaterThan(0.05);
      expect(holes / rawDepthM.length).toBeLessThan(0.4);
      // A pixel of disparity, in a camera of 7.5 cm baseline and 519 px, is z²/39 m.
      expect(worst).toBeLessThan(0.5 / 39);
    }
  });

  it('does not give classes away by colour and position: a joint histogram stays under 35 % mIoU', () => {
    // Cells from fine to coarse; a test pixel takes the majority of the finest cell that the train split filled.
    const keys = (frame: RoomFrame, i: number): number[] => {
      const [r, g, b] = frame.rgb.subarray(3 * i, 3 * i + 3);
      const x = (i % WIDTH) / WIDTH;
      const y = Math.floor(i / WIDTH) / HEIGHT;
      const cell = (bins: number, places: number) =>
        [r / 256, g / 256, b / 256].reduce((key, v) => key * bins + Math.floor(v * bins), 0) * places * places +
        Math.floor(y * places) * places +
        Math.floor(x * places);
      return [cell(16, 8), cell(8, 6), cell(4, 4), cell(1, 1)];
    };
    const tables = [0, 1, 2, 3].map(() => new Map<number, Float64Array>());
    for (const frame of train)
      for (let i = 0; i < frame.labels.length; i++) {
        const truth = classOf(frame, i);
        if (truth === 0) continue;
        keys(frame, i).forEach((key, level) => {
          const counts = tables[level].get(key) ?? new Float64Array(41);
          counts[truth]++;
          tables[level].set(key, counts);
        });
      }
    const score = mIoU(
      (frame, i) => {
        const counts = keys(frame, i)
          .map((key, level) => tables[level].get(key))
          .find((found) => found)!;
        return counts.indexOf(Math.max(...counts));
      },
      () => true,
    );
    expect(score).toBeLessThan(0.35);
  });

  it('nor to 15 nearest neighbours in colour and position', () => {
    const random = new Random(1);
    const feature = (frame: RoomFrame, i: number) => [
      ...[0, 1, 2].map((c) => frame.rgb[3 * i + c] / 255),
      (i % WIDTH) / WIDTH,
      Math.floor(i / WIDTH) / HEIGHT,
    ];
    const points: number[] = [];
    const classes: number[] = [];
    for (const frame of train)
      for (let n = 0; n < 250; n++) {
        const i = random.integer(0, WIDTH * HEIGHT - 1);
        if (classOf(frame, i) === 0) continue;
        points.push(...feature(frame, i));
        classes.push(classOf(frame, i));
      }
    const known = Float64Array.from(points);
    const score = mIoU(
      (frame, i) => {
        const p = feature(frame, i);
        const nearest: { d: number; c: number }[] = [];
        for (let k = 0; k < classes.length; k++) {
          let d = 0;
          for (let a = 0; a < 5; a++) d += (known[5 * k + a] - p[a]) * (known[5 * k + a] - p[a]);
          if (nearest.length === 15 && d >= nearest[14].d) continue;
          const at = nearest.findIndex((other) => other.d > d);
          nearest.splice(at < 0 ? nearest.length : at, 0, { d, c: classes[k] });
          nearest.length = Math.min(nearest.length, 15);
        }
        const votes = new Float64Array(41);
        for (const { c } of nearest) votes[c]++;
        return votes.indexOf(Math.max(...votes));
      },
      (i) => i % 61 === 0,
    );
    expect(score).toBeLessThan(0.35);
  });
});

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/network/random.ts';
import { berHu, berHuLimit, cosineLoss, crossEntropy } from '../../src/training/losses.ts';
import { type LossWeights, objective } from '../../src/training/objective.ts';
import { expectClose } from './every-engine.ts';
import { numericGradient } from './reference.ts';
import * as reference from './reference-losses.ts';

const { NaN: none } = Number;

function draw(length: number, name: string, scale = 1): Float32Array {
  const { normal } = randomStream(3, name);
  return Float32Array.from({ length }, () => scale * normal());
}

const unitVectors = (cells: number): Float32Array => {
  const vectors = draw(3 * cells, 'normals');
  for (let at = 0; at < vectors.length; at += 3) {
    const length = Math.hypot(...vectors.subarray(at, at + 3));
    for (let i = at; i < at + 3; i++) vectors[i] /= length;
  }
  return vectors;
};

describe('cross-entropy', () => {
  const LOGITS = Float32Array.of(1, -0.5, 2, 0.25, 0.75, -1, 3, -2, 0.5, 0, 0, 0);
  const LABELS = Uint8Array.of(2, 0, 255, 1);

  // PyTorch 2.13, float64: F.cross_entropy(..., ignore_index=255, reduction='sum'), without and with weight.
  it.each([
    [
      undefined,
      2.5469357955570264,
      [0.253716182, 0.056611732, -0.310327914, -0.659310739, 0.561701631, 0.097609108, 0, 0, 0, 1 / 3, -2 / 3, 1 / 3],
      3,
    ],
    [
      Float32Array.of(0.5, 2, 1),
      3.1071558467070193,
      [0.253716182, 0.056611732, -0.310327914, -0.329655369, 0.280850816, 0.048804554, 0, 0, 0, 2 / 3, -4 / 3, 2 / 3],
      3.5,
    ],
  ])('is that of PyTorch, weights %j', (weights, sum, wanted, count) => {
    const gradient = new Float32Array(12).fill(9);
    const loss = crossEntropy(LOGITS, 3, LABELS, gradient, weights);
    expect(loss.sum).toBeCloseTo(sum, 12);
    expect(loss.count).toBe(count);
    expectClose(gradient, wanted, 1e-7);
  });

  it.each([undefined, draw(5, 'weights').map(Math.abs)])(
    'has the gradient of its differences, weights %j',
    (weights) => {
      const logits = draw(5 * 20, 'logits', 2);
      const labels = Uint8Array.from({ length: 20 }, (_, i) => (i % 7 === 3 ? 255 : (i * 3) % 5));
      const gradient = new Float32Array(logits.length);
      const loss = crossEntropy(logits, 5, labels, gradient, weights);
      const of = (values: Float64Array) => reference.crossEntropy(values, 5, labels, weights);
      expect(loss.sum).toBeCloseTo(of(Float64Array.from(logits)).sum, 9);
      expect(loss.count).toBeCloseTo(of(Float64Array.from(logits)).count, 9);
      expectClose(
        gradient,
        numericGradient((values) => of(values).sum, Float64Array.from(logits)),
        1e-6,
      );
    },
  );

  it('stays finite for logits whose powers are not', () => {
    const gradient = new Float32Array(4);
    const loss = crossEntropy(Float32Array.of(1000, -1000, -500, 500), 2, Uint8Array.of(1, 1), gradient);
    expect(loss.sum).toBe(2000);
    expect([...gradient]).toEqual([1, -1, 0, 0]);
  });
});

describe('berHu', () => {
  // By hand: limit 2; |0.5|, |-2| at the limit, (9 + 4) / 4 and (16 + 4) / 4 beyond it, none, 0.
  it('is linear up to the limit, quadratic beyond, and both meet there', () => {
    const target = Float32Array.of(1, 2, 0, 5, none, 3);
    const prediction = Float32Array.of(1.5, 0, 3, 1, 7, 3);
    const gradient = new Float32Array(6).fill(9);
    expect(berHu(prediction, target, 2, gradient)).toEqual({ sum: 0.5 + 2 + 3.25 + 5, count: 5 });
    expect([...gradient]).toEqual([1, -1, 1.5, -2, 0, 0]);
  });

  it('has the gradient of its differences, which does not jump at the limit', () => {
    const target = draw(40, 'target').map((value, i) => (i % 6 === 5 ? none : value));
    const prediction = draw(40, 'prediction', 2);
    const limit = berHuLimit([prediction], [target]);
    // On the limit itself, from both sides.
    prediction[0] = target[0] + limit;
    prediction[1] = target[1] - limit;
    const gradient = new Float32Array(40);
    const loss = berHu(prediction, target, limit, gradient);
    const of = (values: Float64Array) => reference.berHu(values, target, limit);
    expect(loss.sum).toBeCloseTo(of(Float64Array.from(prediction)).sum, 9);
    expect(loss.count).toBe(34);
    expectClose(
      gradient,
      numericGradient((values) => of(values).sum, Float64Array.from(prediction), 1e-6),
      1e-5,
    );
  });

  it('takes its limit from the largest error of all groups, whatever has no target', () => {
    const groups = [Float32Array.of(1, 2, 100), Float32Array.of(-4)];
    expect(berHuLimit(groups, [Float32Array.of(1, 0, none), Float32Array.of(1)])).toBe(1);
    expect(berHuLimit(groups, [new Float32Array(3).fill(none), Float32Array.of(none)])).toBe(0);
  });

  it('is the absolute error where the limit is 0, and finite', () => {
    const gradient = new Float32Array(3);
    expect(berHu(Float32Array.of(1, 1, -3), Float32Array.of(1, none, 0), 0, gradient)).toEqual({ sum: 3, count: 2 });
    expect([...gradient]).toEqual([0, 0, -1]);
  });
});

describe('cosine loss', () => {
  // PyTorch 2.13, float64: (1 - F.cosine_similarity(p, F.normalize(n))).sum().
  it('is that of PyTorch', () => {
    const normals = [0.1, 0.2, -0.9, -0.5, 0.5, -0.7];
    const lengths = [0, 3].map((at) => Math.hypot(...normals.slice(at, at + 3)));
    const target = Float32Array.from(normals, (value, i) => value / lengths[Math.floor(i / 3)]);
    const gradient = new Float32Array(6);
    const loss = cosineLoss(Float32Array.of(0.5, -0.25, -2, 1, 2, 3), target, gradient);
    expect(loss.sum).toBeCloseTo(1.495101339205788, 6);
    expectClose(gradient, [0.05644148, -0.158036144, 0.033864888, 0.10360581, -0.195699863, 0.095931305], 1e-6);
  });

  it('has the gradient of its differences, and none where there is no normal', () => {
    const target = unitVectors(15);
    target.fill(none, 12, 18);
    const prediction = draw(45, 'prediction');
    const gradient = new Float32Array(45);
    const loss = cosineLoss(prediction, target, gradient);
    const of = (values: Float64Array) => reference.cosine(values, target);
    expect(loss.sum).toBeCloseTo(of(Float64Array.from(prediction)).sum, 5);
    expect(loss.count).toBe(13);
    expect([...gradient.subarray(12, 18)]).toEqual([0, 0, 0, 0, 0, 0]);
    expectClose(
      gradient,
      numericGradient((values) => of(values).sum, Float64Array.from(prediction)),
      1e-6,
    );
  });

  it('stays finite for an output without length', () => {
    const gradient = new Float32Array(3);
    expect(cosineLoss(new Float32Array(3), Float32Array.of(0, 0, -1), gradient)).toEqual({ sum: 1, count: 1 });
    expect([...gradient].every(Number.isFinite)).toBe(true);
  });
});

describe('objective', () => {
  const WEIGHTS: LossWeights = { segmentation: 1, depth: 0.5, normals: 2 };
  const raw = (cells: number, channels: number, name: string) => ({
    images: 1,
    height: 1,
    width: cells,
    channels,
    data: draw(cells * channels, name),
  });
  const outputsOf = (cells: number) => ({
    segmentation: raw(cells, 3, `logits${cells}`),
    depth: raw(cells, 1, `depth${cells}`),
    normals: raw(cells, 3, `directions${cells}`),
  });
  const targetsOf = (cells: number) => ({
    labels: Uint8Array.from({ length: cells }, (_, i) => (i % 4 === 1 ? 255 : i % 3)),
    logDepth: draw(cells, `targets${cells}`).map((value, i) => (i % 5 === 0 ? none : value)),
    normals: unitVectors(cells).map((value, i) => (Math.floor(i / 3) % 3 === 0 ? none : value)),
  });
  const outputs = [6, 11].map(outputsOf);
  const targets = [6, 11].map(targetsOf);
  const classWeights = Float32Array.of(1, 3, 0.5);

  it('is the mean over the annotated cells of all groups, and its gradient that of its differences', () => {
    const { losses, gradients } = objective(outputs, targets, WEIGHTS, classWeights);
    const limit = berHuLimit(
      outputs.map(({ depth }) => depth.data),
      targets.map(({ logDepth }) => logDepth),
    );
    const totals = { segmentation: 0, depth: 0, normals: 0 };
    const ofTask = {
      segmentation: (values: Float64Array, group: number) =>
        reference.crossEntropy(values, 3, targets[group].labels, classWeights),
      depth: (values: Float64Array, group: number) => reference.berHu(values, targets[group].logDepth, limit),
      normals: (values: Float64Array, group: number) => reference.cosine(values, targets[group].normals),
    };
    for (const task of ['segmentation', 'depth', 'normals'] as const) {
      const sums = outputs.map((output, group) => ofTask[task](Float64Array.from(output[task].data), group));
      totals[task] = sums[0].count + sums[1].count;
      expect(losses[task]).toBeCloseTo((sums[0].sum + sums[1].sum) / totals[task], 5);
      for (const group of [0, 1]) {
        const numeric = numericGradient(
          (values) => (WEIGHTS[task] * ofTask[task](values, group).sum) / totals[task],
          Float64Array.from(outputs[group][task].data),
          1e-6,
        );
        expectClose(gradients[group][task]!, numeric, 1e-5);
      }
    }
  });

  it('leaves out a task that nothing annotates, with a gradient of 0', () => {
    const nothing = targets.map(({ labels, logDepth, normals }) => ({
      labels: labels.map(() => 255),
      logDepth: logDepth.map(() => none),
      normals: normals.map(() => none),
    }));
    const { losses, gradients } = objective(outputs, nothing, WEIGHTS, undefined);
    expect(losses).toEqual({});
    for (const group of gradients)
      for (const gradient of Object.values(group)) expect(gradient.every((value) => value === 0)).toBe(true);
    const mixed = objective(outputs, [nothing[0], targets[1]], WEIGHTS, undefined);
    const alone = objective([outputs[1]], [targets[1]], WEIGHTS, undefined);
    expect(mixed.losses).toEqual(alone.losses);
    expect(mixed.gradients[1]).toEqual(alone.gradients[0]);
  });
});

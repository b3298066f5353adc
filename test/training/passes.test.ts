import { beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/tasks.ts';
import { type NetworkConfig, refinenet, seededWeights } from '../../src/network/index.ts';
import { randomStream } from '../../src/network/random.ts';
import { berHuLimit } from '../../src/training/losses.ts';
import { objective } from '../../src/training/objective.ts';
import { Parameters } from '../../src/training/parameters.ts';
import { type RawOutputs, trainingPass } from '../../src/training/passes.ts';
import { relativeL2 } from '../network/execute.ts';
import { onEveryEngine } from './every-engine.ts';
import { dot } from './reference.ts';
import * as reference from './reference-losses.ts';
import { type ReferenceOutputs, referenceForward } from './reference-pass.ts';
import { GROUPS, TINY } from './tiny-network.ts';

const WEIGHTS = { segmentation: 1, depth: 0.5, normals: 2 };

/** A part of the cells without truth, another part in each task. */
const TARGETS = GROUPS.map(({ images, height, width }, group) => {
  const cells = images * Math.ceil(height / 4) * Math.ceil(width / 4);
  const { normal } = randomStream(9, `targets ${group}`);
  return {
    labels: Uint8Array.from({ length: cells }, (_, i) => (i % 7 === 2 ? 255 : (i * i) % 5)),
    logDepth: Float32Array.from({ length: cells }, (_, i) => (i % 5 === 1 ? Number.NaN : 1 + normal())),
    normals: Float32Array.from({ length: cells }, (_, i) => i).reduce(
      (all, i) => {
        const vector = [normal(), normal(), -2].map((v) => (i % 3 === 0 ? Number.NaN : v));
        all.set(
          vector.map((v) => v / Math.hypot(...vector)),
          3 * i,
        );
        return all;
      },
      new Float32Array(3 * cells),
    ),
  };
});
const CLASS_WEIGHTS = Float32Array.of(1, 0.5, 2, 3, 1);

/** The objective in double precision, with the limit of berHu held. */
function lossOf(outputs: ReferenceOutputs, limit: number): number {
  const ofTask = {
    segmentation: (data: Float64Array, group: number) =>
      reference.crossEntropy(data, 5, TARGETS[group].labels, CLASS_WEIGHTS),
    depth: (data: Float64Array, group: number) => reference.berHu(data, TARGETS[group].logDepth, limit),
    normals: (data: Float64Array, group: number) => reference.cosine(data, TARGETS[group].normals),
  };
  return (Object.keys(outputs[0]) as Task[]).reduce((total, task) => {
    const sums = outputs.map((output, group) => ofTask[task](output[task].data, group));
    const [sum, count] = [
      sums.reduce((all, each) => all + each.sum, 0),
      sums.reduce((all, each) => all + each.count, 0),
    ];
    return total + (WEIGHTS[task] * sum) / count;
  }, 0);
}

interface Probe {
  readonly name: string;
  readonly direction: Float64Array;
  /** Of the loss, by central differences along `direction`. */
  readonly slope: number;
}

/** Each tensor moved as a whole along a random direction: one number that all its values have a part in. */
function probe(config: NetworkConfig, every: number) {
  const graph = refinenet(config);
  const weights = seededWeights(graph, 4);
  const parameters = new Parameters(graph, weights);
  const values = Float64Array.from(parameters.values);
  const base = referenceForward(graph, parameters, values, GROUPS);
  const limit = berHuLimit(
    base.map(({ depth }) => Float32Array.from(depth.data)),
    TARGETS.map(({ logDepth }) => logDepth),
  );
  const step = 1e-7;
  const probes = parameters.learnable
    .filter((_, i) => i % every === 0)
    .map(({ name, offset, length }): Probe => {
      const { normal } = randomStream(1, name);
      const direction = Float64Array.from({ length }, normal);
      const along = (distance: number) => {
        const moved = values.slice();
        for (let i = 0; i < length; i++) moved[offset + i] += distance * direction[i];
        return lossOf(referenceForward(graph, parameters, moved, GROUPS), limit);
      };
      return { name, direction, slope: (along(step) - along(-step)) / (2 * step) };
    });
  return { graph, weights, base, probes, loss: lossOf(base, limit) };
}

/** The number: of how many tensors one is tried. */
const NETWORKS: [string, NetworkConfig, number][] = [
  ['head and crp1 depthwise', TINY, 2],
  ['head and crp1 dense', { ...TINY, head: 'dense', crp1: 'dense' }, 4],
  ['no head', { ...TINY, head: 'none' }, 5],
  ['separate trunks', { ...TINY, trunk: 'separate' }, 11],
];

describe.each(NETWORKS)('the whole pass, %s', (_, config, every) => {
  let wanted: ReturnType<typeof probe>;
  beforeAll(() => {
    wanted = probe(config, every);
  });

  onEveryEngine('gradient', ({ run, started }) => {
    it('is that of finite differences in double precision, for images of two sizes', async () => {
      const { graph, weights, base, probes, loss } = wanted;
      const parameters = new Parameters(graph, weights);
      const seen: { outputs?: RawOutputs; loss: number } = { loss: 0 };
      const gradient = await run((kernels) =>
        trainingPass(started().engine, kernels, { graph, parameters }, GROUPS, (outputs) => {
          const { losses, gradients } = objective(outputs, TARGETS, WEIGHTS, CLASS_WEIGHTS);
          seen.outputs = outputs.map((group) =>
            Object.fromEntries(
              Object.entries(group).map(([task, raw]) => [task, { ...raw, data: Float32Array.from(raw.data) }]),
            ),
          );
          for (const [task, value] of Object.entries(losses)) seen.loss += WEIGHTS[task as Task] * value;
          return gradients;
        }),
      );
      for (const [group, outputs] of seen.outputs!.entries())
        for (const [task, { data }] of Object.entries(outputs))
          expect(relativeL2(data, base[group][task].data), `${task} of group ${group}`).toBeLessThan(2e-5);
      expect(seen.loss).toBeCloseTo(loss, 4);
      expect(probes.length).toBeGreaterThan(15);
      for (const { name, direction, slope } of probes) {
        const own = parameters.within(gradient, name);
        const length = Math.sqrt(dot(own, own));
        expect(Math.abs(dot(own, direction) - slope), name).toBeLessThan(2e-4 * length + 1e-6);
        expect(length, name).toBeGreaterThan(0);
      }
    });

    it('comes out the same twice, and leaves no tensor behind', async () => {
      const { graph, weights } = wanted;
      const pass = () =>
        run((kernels, tf) => {
          const before = tf.memory().numTensors;
          const parameters = new Parameters(graph, weights);
          const gradient = trainingPass(
            started().engine,
            kernels,
            { graph, parameters },
            GROUPS,
            (outputs) => objective(outputs, TARGETS, WEIGHTS, undefined).gradients,
          );
          expect(tf.memory().numTensors).toBe(before);
          return { gradient, running: parameters.running };
        });
      expect(await pass()).toEqual(await pass());
    });
  });
});

onEveryEngine('running statistics', ({ run, started }) => {
  // By hand, of one normalisation of the stem: mean m and variance v of the batch move 0 and 1 by a hundredth.
  it('move towards those of the batch', async () => {
    const graph = refinenet(TINY);
    const parameters = new Parameters(graph, seededWeights(graph, 4));
    const node = graph.nodes.find(({ op }) => op === 'batchnorm')!;
    const of = (field: string) => parameters.of(`${node.name}.running_${field}`);
    of('mean').fill(0);
    of('var').fill(1);
    const moments: { mean: Float32Array; variance: Float32Array }[] = [];
    await run((kernels) => {
      const watched = {
        ...kernels,
        batchNorm: (...inputs: Inputs<typeof kernels.batchNorm>) => {
          const made = kernels.batchNorm(...inputs);
          moments.push({ mean: Float32Array.from(made.mean), variance: Float32Array.from(made.variance) });
          return made;
        },
      };
      trainingPass(
        started().engine,
        watched,
        { graph, parameters },
        GROUPS,
        (outputs) => objective(outputs, TARGETS, WEIGHTS, undefined).gradients,
      );
    });
    const [{ mean, variance }] = moments;
    for (let c = 0; c < mean.length; c++) {
      const newMean = 0.01 * mean[c];
      expect(of('mean')[c]).toBeCloseTo(newMean, 6);
      const second = 1 + 0.01 * (variance[c] + mean[c] ** 2 - 1);
      expect(of('var')[c]).toBeCloseTo(second - newMean ** 2, 6);
    }
  });
});

type Inputs<F extends (...inputs: never[]) => unknown> = F extends (...inputs: infer I) => unknown ? I : never;

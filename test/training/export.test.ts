import { describe, expect, it } from 'vitest';
import { tfjsNode } from '../../src/backends/tfjs-node.ts';
import { tfjsWasm } from '../../src/backends/tfjs-wasm.ts';
import { sha256 } from '../../src/core/canonical.ts';
import type { Tensor } from '../../src/core/predictor.ts';
import { type NetworkConfig, refinenet, seededWeights, toOnnx } from '../../src/network/index.ts';
import type { TrainingKernels } from '../../src/training/kernels/kernels.ts';
import { Parameters } from '../../src/training/parameters.ts';
import { type RawOutputs, trainingPass } from '../../src/training/passes.ts';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';
import { execute, OUTPUT_TOLERANCE, relativeL2 } from '../network/execute.ts';
import { onEveryEngine } from './every-engine.ts';
import { GROUPS, TINY } from './tiny-network.ts';

type Run = (onnx: Uint8Array, image: Tensor) => Promise<Record<string, Tensor>>;

const onBackend =
  ({ open, parseOptions }: typeof tfjsWasm | typeof tfjsNode): Run =>
  async (bytes, image) => {
    const model = { name: 'exported.onnx', bytes, sha256: sha256(bytes) };
    const runtime = await open({ model, options: parseOptions({}) as never });
    try {
      return await runtime.run({ image });
    } finally {
      await runtime.close();
    }
  };

const RUNTIMES: [string, Run, boolean][] = [
  ['onnxruntime-node', execute, false],
  ['tfjs-wasm', onBackend(tfjsWasm), false],
  ['tfjs-node', onBackend(tfjsNode), needsTfjsNode().skip],
];

const NETWORKS: [string, NetworkConfig][] = [
  ['head and crp1 depthwise', TINY],
  ['head and crp1 dense', { ...TINY, head: 'dense', crp1: 'dense' }],
  ['no head', { ...TINY, head: 'none' }],
  ['separate trunks', { ...TINY, trunk: 'separate' }],
];

describe.each(NETWORKS)('the training graph, %s', (_, config) => {
  const graph = refinenet(config);
  const weights = seededWeights(graph, 8);

  onEveryEngine('forward', ({ run, started }) => {
    /** Outputs of a training pass, and its parameters with the statistics of just that batch as the running ones. */
    const frozen = () =>
      run((kernels) => {
        const parameters = new Parameters(graph, weights);
        const moments: { mean: Float32Array; variance: Float32Array }[] = [];
        const watched: TrainingKernels = {
          ...kernels,
          batchNorm(input, gamma, beta) {
            const made = kernels.batchNorm(input, gamma, beta);
            moments.push({ mean: Float32Array.from(made.mean), variance: Float32Array.from(made.variance) });
            return made;
          },
        };
        let seen: RawOutputs = [];
        trainingPass(started().engine, watched, { graph, parameters }, GROUPS, (outputs) => {
          seen = outputs.map((group) =>
            Object.fromEntries(
              Object.entries(group).map(([task, raw]) => [task, { ...raw, data: Float32Array.from(raw.data) }]),
            ),
          );
          return outputs.map((group) =>
            Object.fromEntries(Object.entries(group).map(([task, { data }]) => [task, new Float32Array(data.length)])),
          );
        });
        const normalisations = graph.nodes.filter(({ op }) => op === 'batchnorm');
        expect(moments).toHaveLength(normalisations.length);
        normalisations.forEach(({ name }, i) => {
          parameters.of(`${name}.running_mean`).set(moments[i].mean);
          parameters.of(`${name}.running_var`).set(moments[i].variance);
        });
        return { outputs: seen, weights: parameters.toWeights() };
      });

    for (const [runtime, execute, skip] of RUNTIMES)
      it.skipIf(skip)(`equals the ONNX export on ${runtime}`, async () => {
        const { outputs, weights: trained } = await frozen();
        for (const [group, { images, height, width, data }] of GROUPS.entries()) {
          const onnx = toOnnx(graph, trained, { width, height });
          for (let image = 0; image < images; image++) {
            const area = height * width;
            const pixels = data.subarray(3 * area * image, 3 * area * (image + 1));
            const results = await execute(onnx, { shape: [1, 3, height, width], data: toPlanes(pixels, 3) });
            expect(Object.keys(results).sort()).toEqual(Object.keys(outputs[group]).sort());
            for (const [task, raw] of Object.entries(outputs[group])) {
              const cells = raw.height * raw.width * raw.channels;
              expect(results[task].shape).toEqual([1, raw.channels, raw.height, raw.width]);
              const wanted = toPlanes(raw.data.subarray(cells * image, cells * (image + 1)), raw.channels);
              expect(relativeL2(results[task].data, wanted), `${task}, image ${image} of group ${group}`).toBeLessThan(
                OUTPUT_TOLERANCE,
              );
            }
          }
        }
      });
  });
});

function toPlanes(interleaved: Float32Array, channels: number): Float32Array {
  const area = interleaved.length / channels;
  return interleaved.map((_, i) => interleaved[(i % area) * channels + Math.floor(i / area)]);
}

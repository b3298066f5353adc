import { describe, expect, it } from 'vitest';
import { BACKENDS } from '../../src/backends/index.ts';
import type { Runtime } from '../../src/core/predictor.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';
import { relativeL2 } from '../network/execute.ts';
import { exportedNetwork, type GoldenNetwork, goldenFolders, goldenNetwork } from './golden-networks.ts';

/** What golden/forward/README.md accepts of raw outputs. */
const RELATIVE_L2 = 2e-5;
const LARGEST = 1e-3;

const IDS = ['onnxruntime-node', 'onnxruntime-web', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'] as const;
const noNative = needsTfjsNode().skip;
const checkpoints = [sharedPath('golden', 'checkpoints')];
const { skip } = needsShared('golden', 'forward');
const folders = goldenFolders(checkpoints);

async function expectGolden(id: (typeof IDS)[number], { model, inputName, image, raw }: GoldenNetwork) {
  const backend = BACKENDS[id];
  // Each backend's options have a type of their own.
  const runtime: Runtime = await backend.open({ model, options: backend.parseOptions({}) as never });
  try {
    expect(runtime.inputs.map(({ name, shape }) => [name, shape])).toEqual([[inputName, image.shape]]);
    const results = await runtime.run({ [inputName]: image });
    expect(Object.keys(results).sort()).toEqual([...raw.keys()].sort());
    for (const [output, { shape, data }] of raw) {
      expect(results[output].shape).toEqual(shape);
      expect(relativeL2(results[output].data, data), output).toBeLessThanOrEqual(RELATIVE_L2);
      const differences = results[output].data.map((value, i) => Math.abs(value - data[i]));
      expect(
        differences.reduce((a, b) => Math.max(a, b)),
        output,
      ).toBeLessThanOrEqual(LARGEST);
    }
  } finally {
    await runtime.close();
  }
}

for (const id of IDS)
  describe.skipIf(skip || (id === 'tfjs-node' && noNative))(`${id} against PyTorch`, () => {
    it('has networks to run', () => expect(folders.length).toBeGreaterThan(0));

    it.each(folders)('%s: raw outputs', async (folder) => expectGolden(id, await goldenNetwork(folder, checkpoints)));

    it('a file exported by PyTorch: raw outputs', async () => {
      await expectGolden(id, await exportedNetwork('tiny40t3__nyud_000433_crop131x97'));
    });
  });

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { PredictorContext } from '../../src/backends/backend.ts';
import { BACKEND_IDS, BACKENDS, type BackendId, backendOf } from '../../src/backends/index.ts';
import { networkPredictor } from '../../src/backends/network-predictor.ts';
import { sha256 } from '../../src/core/canonical.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { Predictor } from '../../src/core/predictor.ts';
import { TASKS } from '../../src/core/tasks.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { datasetOf, halves, noise } from '../backends/maps.ts';
import { tinyCard, tinyOnnx } from '../backends/tiny-onnx.ts';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';

type Size = readonly [height: number, width: number];
const SIZES: readonly Size[] = [
  [8, 8],
  [12, 20],
  [13, 7],
];

const PROGRAM = fileURLToPath(new URL('../fixtures/process/program.mjs', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'densebench-backends-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Options with which each predictor that is no runtime answers for images of a size. A new backend needs a line here. */
const OPTIONS: { [B in BackendId]: (typeof BACKENDS)[B]['kind'] extends 'runtime' ? null : (size: Size) => unknown } = {
  'onnxruntime-node': null,
  'onnxruntime-web': null,
  'tfjs-node': null,
  'tfjs-wasm': null,
  'tfjs-cpu': null,
  prior: () => ({ images: 2 }),
  process: () => ({ command: [process.execPath, PROGRAM, 'good'], device: 'cpu' }),
  replay: (size) => ({ directory: storedMaps(size) }),
  fake: () => ({ label: 3, depthM: 2 }),
};

function mapsOf([height, width]: Size) {
  const pixels = height * width;
  return {
    segmentation: { height, width, channels: 1, data: Uint8Array.from({ length: pixels }, (_, i) => i % 3) },
    depth: { height, width, channels: 1, data: Float32Array.from({ length: pixels }, (_, i) => 1 + (i % 7)) },
    normals: {
      height,
      width,
      channels: 3,
      data: Float32Array.from({ length: 3 * pixels }, (_, i) => [0, 0, -1][i % 3]),
    },
  };
}

function storedMaps(size: Size): string {
  const directory = join(scratch, size.join('x'));
  for (const [task, { height, width, channels, data }] of Object.entries(mapsOf(size))) {
    mkdirSync(join(directory, task), { recursive: true });
    const shape = channels === 1 ? [height, width] : [height, width, channels];
    writeFileSync(join(directory, task, 'a.npy'), encodeNpy({ shape, data }));
  }
  return directory;
}

const context = (size: Size): PredictorContext => ({
  tasks: TASKS,
  openTrain: async () => datasetOf([mapsOf(size), mapsOf(size)], ['a', 'b', 'c'], TASKS),
});

async function openFor(id: BackendId, size: Size): Promise<Predictor> {
  const backend = backendOf(id);
  if (backend.kind === 'predictor')
    return backend.open({ options: backend.parseOptions(OPTIONS[id]?.(size)), context: context(size) });
  const [height, width] = size;
  const bytes = tinyOnnx({ height, width });
  const model = { name: 'tiny.onnx', bytes, sha256: sha256(bytes) };
  const runtime = await backend.open({ model, options: backend.parseOptions({}) });
  return networkPredictor({ runtime, card: tinyCard() });
}

/** tfjs-node has a native part that is not everywhere. */
const absent = needsTfjsNode().skip;
const HERE = BACKEND_IDS.filter((id) => id !== 'tfjs-node' || !absent);
it.skipIf(absent)('tfjs-node is among them', () => expect(HERE).toContain('tfjs-node'));

describe.each(HERE)('backend %s', (id) => {
  const backend = backendOf(id);
  const image = ([height, width]: Size) => ({ id: 'a', image: async () => noise(height, width) });

  it('rejects unknown options and names a valid one where it is near', () => {
    const example = Object.keys(backend.parseOptions(OPTIONS[id]?.([8, 8])) as object)[0];
    expect(() => backend.parseOptions({ [`${example}x`]: 1 })).toThrow(UsageError);
    expect(() => backend.parseOptions({ [`${example}x`]: 1 })).toThrow(`did you mean "${example}"?`);
    expect(() => backend.parseOptions('nonsense')).toThrow(UsageError);
  });

  it('fills in its options the same way twice', () => {
    const options = backend.parseOptions(OPTIONS[id]?.([8, 8]));
    expect(backend.parseOptions(options)).toEqual(options);
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  });

  it.each(SIZES)('gives finite maps of the size of the image, %i x %i, the same ones twice', async (height, width) => {
    const size: Size = [height, width];
    const predictor = await openFor(id, size);
    expect(predictor.tasks).toEqual(TASKS);
    const first = await predictor.predict(image(size));
    const second = await predictor.predict(image(size));
    expect(second.maps).toEqual(first.maps);
    for (const task of TASKS) {
      const map = first.maps[task];
      expect(map).toMatchObject({ height, width, channels: task === 'normals' ? 3 : 1 });
      expect(map?.data.length).toBe(height * width * (task === 'normals' ? 3 : 1));
      expect(map?.data.every(Number.isFinite)).toBe(true);
    }
    const lengths = Array.from({ length: height * width }, (_, i) =>
      Math.hypot(...Array.from(first.maps.normals?.data.subarray(3 * i, 3 * i + 3) ?? [])),
    );
    for (const length of lengths) expect(length).toBeCloseTo(1, 5);
    for (const ms of Object.values(first.timesMs)) expect(ms).toBeGreaterThanOrEqual(0);
    await predictor.close();
  });

  it('says what ran, in a card that survives JSON', async () => {
    const predictor = await openFor(id, [8, 8]);
    expect(predictor.card.id).toBe(id);
    expect(predictor.card.version).toMatch(/^\d/);
    expect(JSON.parse(JSON.stringify(predictor.card))).toEqual(predictor.card);
    expect(predictor.card.device).toBe((predictor.card.options as { device?: string }).device ?? 'none');
    if (id !== 'fake') expect(predictor.card.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    await predictor.close();
  });

  it('may be closed twice, and is not used afterwards', async () => {
    const predictor = await openFor(id, [8, 8]);
    await predictor.close();
    await predictor.close();
    await expect(predictor.predict(image([8, 8]))).rejects.toThrow('after close()');
  });
});

describe.each(HERE.filter((id) => BACKENDS[id].kind === 'runtime'))('runtime %s', (id) => {
  it('gives through the whole chain what can be computed by hand', async () => {
    const [height, width] = [16, 32];
    const predictor = await openFor(id, [height, width]);
    const red = [255, 51, 0];
    const green = [0, 204, 102];
    const { maps } = await predictor.predict({ id: 'a', image: async () => halves(height, width, red, green) });
    await predictor.close();
    // Normalised: (v / 255 - 0.5) / 0.25. Red half: 2, -1.2, -2; green half: -2, 1.2, -0.4.
    // The logits are +-(R - G), so the border of the classes is the border of the halves.
    expect(maps.segmentation?.data).toEqual(
      Uint8Array.from({ length: height * width }, (_, i) => (i % width < width / 2 ? 0 : 1)),
    );
    // |0.5 R + 0.25 B - 3|: |1 - 0.5 - 3| = 2.5 and |-1 - 0.1 - 3| = 4.1, away from the border, where the cubic mixes.
    for (let row = 0; row < height; row++) {
      expect(maps.depth?.data[row * width]).toBeCloseTo(2.5, 5);
      expect(maps.depth?.data[row * width + width - 1]).toBeCloseTo(4.1, 5);
    }
    // Raw (0.6, -1.6, 0) in the channels x, z, y: the unit vector is not raw / 1, for the length is 1.7088.
    const length = Math.hypot(0.6, 1.6);
    expect(maps.normals?.data[0]).toBeCloseTo(0.6 / length, 6);
    expect(maps.normals?.data[1]).toBeCloseTo(0, 6);
    expect(maps.normals?.data[2]).toBeCloseTo(-1.6 / length, 6);
  });
});

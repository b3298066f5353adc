import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { modelCardSchema } from '../../src/backends/model-card.ts';
import { type OpenContext, openPredictor } from '../../src/backends/open.ts';
import { sha256 } from '../../src/core/canonical.ts';
import type { Dataset } from '../../src/core/dataset.ts';
import { ResourceError } from '../../src/core/errors.ts';
import { datasetOf, noise } from './maps.ts';

const work = mkdtempSync(join(tmpdir(), 'densebench-bytes-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A train split of `count` images of noise; `opened` says how often it was asked for. */
function context(count = 3): OpenContext & { opened: number } {
  const train = datasetOf(
    Array.from({ length: count }, () => ({})),
    ['a'],
    ['depth'],
  );
  const withImages: Dataset = {
    ...train,
    async *load(indices) {
      for await (const sample of train.load(indices)) yield { ...sample, image: async () => noise(48, 64) };
    },
  };
  const made: OpenContext & { opened: number } = {
    cacheDirectory: join(work, 'cache'),
    tasks: ['depth'],
    opened: 0,
    async openTrain() {
      made.opened++;
      return withImages;
    },
  };
  return made;
}

function entry(id: string, extra: string) {
  const path = join(work, `${id}.yaml`);
  const network = 'network: { tasks: [depth], width: 0.25, decoderWidth: 16 }\nweights: { seed: 1 }\n';
  const rest =
    'outputs: { depth: { name: depth, unit: m } }\ninput: { width: 64, height: 48, mean: [0, 0, 0], std: [1, 1, 1] }\n';
  writeFileSync(path, `id: ${id}\ntitle: T\nlicence: MIT\n${network}${rest}${extra}`);
  return { id: 'e', model: path, backend: { id: 'onnxruntime-node' } };
}
const INT8 = 'precision: int8\ncalibration: { images: 2 }\n';

describe('networks in another precision', () => {
  it('are built from the card, kept in the cache, and each is what ran', async () => {
    const hashes = new Set<string>();
    const depths: Float32Array[] = [];
    for (const [id, extra] of [
      ['f32', ''],
      ['f16', 'precision: float16\n'],
      ['i8', INT8],
    ]) {
      const { predictor, built, cost } = await openPredictor(entry(id, extra), context());
      expect(built?.sha256).toBe(predictor.card.weightsSha256);
      expect(sha256(readFileSync(built?.name as string))).toBe(built?.sha256);
      expect(cost?.inputSize).toBe('64x48');
      hashes.add(built?.sha256 as string);
      depths.push(
        (await predictor.predict({ id: 'a', image: async () => noise(48, 64) })).maps.depth?.data as Float32Array,
      );
      await predictor.close();
    }
    expect(hashes.size).toBe(3);
    const [f32, f16, i8] = depths;
    const worst = (other: Float32Array) => Math.max(...other.map((value, i) => Math.abs(value - f32[i])));
    expect(worst(f16)).toBeGreaterThan(0);
    expect(worst(f16)).toBeLessThan(0.1 * worst(i8));
  });

  it('are calibrated the same way twice, and only for int8', async () => {
    const [first, second, half] = [context(), context(), context()];
    const a = await openPredictor(entry('twice', INT8), first);
    const b = await openPredictor(entry('twice', INT8), second);
    const c = await openPredictor(entry('half', 'precision: float16\n'), half);
    for (const { predictor } of [a, b, c]) await predictor.close();
    expect(a.built).toEqual(b.built);
    expect([first.opened, second.opened, half.opened]).toEqual([1, 1, 0]);
  });

  it('are opened again as the very same bytes, without data', async () => {
    const { predictor, built } = await openPredictor(entry('again', INT8), context());
    await predictor.close();
    const bare = { ...context(), built, openTrain: () => Promise.reject(new Error('no data here')) };
    const again = await openPredictor(entry('again', INT8), bare);
    expect(again.predictor.card).toEqual(predictor.card);
    await again.predictor.close();
    writeFileSync(built?.name as string, 'another file');
    await expect(openPredictor(entry('again', INT8), bare)).rejects.toThrow(ResourceError);
    await expect(openPredictor(entry('again', INT8), bare)).rejects.toThrow(/its SHA-256 is .* was built there/);
  });

  it('are not calibrated on fewer images than the card asks for', async () => {
    await expect(openPredictor(entry('few', INT8), context(1))).rejects.toThrow(
      /model few: calibration asks for 2 images, memory train has 1/,
    );
  });

  it('are asked for in words that are checked', () => {
    const card = { id: 'c', title: 'c', licence: 'MIT', onnx: 'c.onnx', input: { mean: [0, 0, 0], std: [1, 1, 1] } };
    const problems = (extra: object) => {
      const outputs = { depth: { name: 'depth', unit: 'm' } };
      const result = modelCardSchema.safeParse({ ...card, outputs, ...extra });
      return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    };
    expect(problems({ precision: 'int8', calibration: { images: 4 } })).toEqual([]);
    expect(problems({ precision: 'float16' })).toEqual([]);
    expect(problems({ precision: 'int8' }).join()).toMatch(/calibration: precision: int8 needs calibration/);
    expect(problems({ precision: 'float16', calibration: { images: 4 } }).join()).toMatch(/nothing else takes it/);
    expect(problems({ precision: 'int4' }).join()).toMatch(/precision: /);
    expect(problems({ onnx: undefined, savedModel: 'x', precision: 'float16' }).join()).toMatch(
      /precision is for onnx/,
    );
  });
});

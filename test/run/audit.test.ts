import { describe, expect, it } from 'vitest';
import { MeasurementError } from '../../src/core/errors.ts';
import type { Predictor } from '../../src/core/predictor.ts';
import type { Maps } from '../../src/core/tasks.ts';
import { type AuditCase, auditOutputs, hashOutputs } from '../../src/run/audit.ts';

const depth = (...values: number[]): Maps => ({
  depth: { height: 1, width: values.length, channels: 1, data: Float32Array.from(values) },
});
const image = (value: number) => ({ height: 1, width: 1, channels: 3, data: new Uint8Array(3).fill(value) });

/** Answers with the red of the image plus `off` in metres. */
const predictor = (off = 0): Predictor => ({
  card: { id: 'test', version: '1', device: 'cpu', options: {} },
  tasks: ['depth'],
  predict: async (input) => ({
    maps: depth((await input.image()).data[0] + off),
    timesMs: { prepare: 0, infer: 0, postprocess: 0 },
  }),
  close: async () => {},
});
const cases: AuditCase[] = [3, 4].map((value) => ({
  sample: `img_${value}`,
  image: image(value),
  sha256: hashOutputs(depth(value)),
}));

/** The last timed call, of the first image. */
const timed = (value: number) => ({ sample: 'img_3', maps: depth(value) });

describe('audit of the timed run', () => {
  it('passes when every output is that of the accuracy run', async () => {
    await expect(auditOutputs(predictor(), cases, timed(3))).resolves.toBeUndefined();
  });

  it('fails, naming the image, when an input run again gives something else by a single bit', async () => {
    const bit = 2 ** -22;
    await expect(auditOutputs(predictor(bit), cases, timed(3))).rejects.toThrow(MeasurementError);
    await expect(auditOutputs(predictor(bit), cases, timed(3))).rejects.toThrow('image img_3');
    const [first, second] = cases;
    await expect(auditOutputs(predictor(), [first, { ...second, image: image(5) }], timed(3))).rejects.toThrow('img_4');
  });

  it('fails when the last timed call gave something else, though a later one is right', async () => {
    await expect(auditOutputs(predictor(), cases, timed(0))).rejects.toThrow('image img_3');
    await expect(auditOutputs(predictor(), cases, { sample: 'img_3', maps: {} })).rejects.toThrow('image img_3');
  });

  it('gives each image its own camera', async () => {
    const seeing: Predictor = {
      ...predictor(),
      predict: async (input) => ({
        maps: depth((await input.intrinsics?.())?.fxPx ?? Number.NaN),
        timesMs: { prepare: 0, infer: 0, postprocess: 0 },
      }),
    };
    const cameras = cases.map((one, k) => ({ ...one, intrinsics: { fxPx: 3 + k, fyPx: 1, cxPx: 0, cyPx: 0 } }));
    await expect(auditOutputs(seeing, cameras, timed(3))).resolves.toBeUndefined();
  });

  it('hashes tell tasks, sizes and types apart', () => {
    const data = new Float32Array(6);
    const map = { height: 2, width: 3, channels: 1, data };
    const hashes = [
      { depth: map },
      { depth: { ...map, height: 3, width: 2 } },
      { depth: { ...map, data: new Float64Array(3) } },
      { normals: { ...map, channels: 3, width: 1 } },
      {},
    ].map(hashOutputs);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

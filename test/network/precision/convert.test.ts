import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { modelCardSchema } from '../../../src/backends/model-card.ts';
import { prepareInput } from '../../../src/backends/network-predictor.ts';
import { calibratedInt8 } from '../../../src/backends/precision.ts';
import { ResourceError } from '../../../src/core/errors.ts';
import type { RgbRaster } from '../../../src/core/raster.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
} from '../../../src/formats/generated/onnx_pb.ts';
import { decodeOnnx, encodeOnnx, floatTensor } from '../../../src/formats/onnx.ts';
import { refinenet, seededWeights, toFloat16, toInt8, toOnnx, valuesToCalibrate } from '../../../src/network/index.ts';
import { seededRandom } from '../../helpers/workspace.ts';
import { execute, relativeL2 } from '../execute.ts';

const work = mkdtempSync(join(tmpdir(), 'densebench-precision-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const SIZE = { width: 96, height: 64 };
const graph = refinenet({ classes: 6, tasks: ['segmentation', 'depth', 'normals'], width: 0.5, decoderWidth: 32 });
const reference = toOnnx(graph, seededWeights(graph, 1), SIZE);
const card = modelCardSchema.parse({
  id: 'small',
  title: 'small',
  licence: 'MIT',
  onnx: 'small.onnx',
  input: { ...SIZE, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  outputs: { depth: { name: 'depth', unit: 'm' } },
});

/** Smooth patches of colour under a little noise, another picture for each seed. */
function picture(seed: number): RgbRaster {
  const random = seededRandom(seed);
  const waves = Array.from({ length: 9 }, () => [random() * 0.2, random() * 0.2, random() * 6]);
  const data = Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIZE.width, Math.floor(i / 3 / SIZE.width)];
    const wave = waves
      .slice(3 * (i % 3), 3 * (i % 3) + 3)
      .reduce((sum, [a, b, c]) => sum + Math.sin(a * x + b * y + c), 0);
    return Math.max(0, Math.min(255, 128 + 36 * wave + 20 * random()));
  });
  return { ...SIZE, channels: 3, data };
}

async function* pictures(seeds: readonly number[]) {
  for (const seed of seeds) yield picture(seed);
}
const calibrated = (seeds: readonly number[], bytes = reference) =>
  calibratedInt8(bytes, 'small.onnx', card, { count: seeds.length, images: pictures(seeds) });

/** The operators that ONNX Runtime really runs, by count. */
async function operatorsRun(bytes: Uint8Array): Promise<Map<string, number>> {
  const path = join(work, 'optimised.onnx');
  const session = await ort.InferenceSession.create(bytes, {
    optimizedModelFilePath: path,
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  await session.release();
  const counts = new Map<string, number>();
  for (const { opType } of decodeOnnx(readFileSync(path), path).graph?.node ?? [])
    counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return counts;
}

async function agreement(converted: Uint8Array) {
  const figures = { segmentation: 0, depth: 0, normals: 0, labels: 0 };
  const seeds = [101, 102, 103];
  for (const seed of seeds) {
    const image = prepareInput(picture(seed), card);
    const [is, should] = [await execute(converted, image), await execute(reference, image)];
    for (const task of ['segmentation', 'depth', 'normals'] as const)
      figures[task] += relativeL2(is[task].data, should[task].data) / seeds.length;
    figures.labels += sameLabels(is.segmentation.data, should.segmentation.data, 6) / seeds.length;
  }
  return figures;
}

function sameLabels(a: Float32Array, b: Float32Array, classes: number): number {
  const pixels = a.length / classes;
  const label = (logits: Float32Array, pixel: number) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[c * pixels + pixel] > logits[best * pixels + pixel]) best = c;
    return best;
  };
  let same = 0;
  for (let i = 0; i < pixels; i++) if (label(a, i) === label(b, i)) same++;
  return same / pixels;
}

/** image [1, 1, 1, n] -> Conv 1x1 with one weight and bias per channel -> Clip 0..6 -> Conv 1x1 that adds -> "sum". */
function twoLayers(weights: readonly number[], biases: readonly number[], n: number, opset = 17n): Uint8Array {
  const channels = weights.length;
  const value = (name: string) => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: DataType.FLOAT,
          shape: { dim: [1, 1, 1, n].map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })) },
        },
      },
    },
  });
  const kernel = { name: 'kernel_shape', type: AttributeType.INTS, ints: [1n, 1n] };
  return encodeOnnx(
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: opset }],
      graph: {
        name: 'two',
        input: [value('image')],
        output: [value('sum')],
        node: [
          { name: 'a', opType: 'Conv', input: ['image', 'w', 'b'], output: ['a'], attribute: [kernel] },
          { name: 'c', opType: 'Clip', input: ['a', 'low', 'high'], output: ['c'] },
          { name: 'sum', opType: 'Conv', input: ['c', 'ones'], output: ['sum'], attribute: [kernel] },
        ],
        initializer: [
          floatTensor('w', [channels, 1, 1, 1], Float32Array.from(weights)),
          floatTensor('b', [channels], Float32Array.from(biases)),
          floatTensor('low', [], Float32Array.of(0)),
          floatTensor('high', [], Float32Array.of(6)),
          floatTensor('ones', [1, channels, 1, 1], new Float32Array(channels).fill(1)),
        ],
      },
    }),
  );
}

describe('int8', () => {
  it('computes what can be computed by hand', async () => {
    const bytes = twoLayers([0.1, -0.02, 0], [0, 3, 1.5], 4);
    const ranges = new Map([
      ['image', { low: -32, high: 32 }],
      ['c', { low: 0, high: 6 }],
    ]);
    const { bytes: quantised, convolutions, float } = toInt8(bytes, ranges, 'two');
    expect(convolutions).toEqual({ int8: 1, all: 2 });
    expect([...float]).toEqual([['Conv', 1]]);
    const pixels = [0, 10, 31.9, -20];
    const { sum } = await execute(quantised, { data: Float32Array.from(pixels), shape: [1, 1, 1, 4] });
    // One step of the image is 64/255, one step of the result 6/255; weights are exact, for each is its channel's largest.
    const steps = (v: number, step: number) => Math.round(v / step) * step;
    const clip = (v: number) => steps(Math.max(0, Math.min(6, v)), 6 / 255);
    const byHand = pixels.map((x) => {
      const seen = steps(x, 64 / 255);
      return clip(0.1 * seen) + clip(3 - 0.02 * seen) + clip(1.5);
    });
    // A value that lies between two steps may fall to either in float32.
    byHand.forEach((value, i) => {
      expect(Math.abs(sum.data[i] - value)).toBeLessThan(0.025);
    });
    expect(sum.data[0]).toBeCloseTo(4.5, 1);
  });

  it('runs in integers: ONNX Runtime fuses every convolution, sum and pooling that it was asked to', async () => {
    const { bytes, convolutions, others, float } = await calibrated([1, 2, 3, 4]);
    const counts = await operatorsRun(bytes);
    console.log(
      `int8: ${convolutions.int8} of ${convolutions.all} convolutions, ${others} others; runs ${[...counts].map(([op, n]) => `${n} ${op}`).join(', ')}`,
    );
    expect(counts.get('QLinearConv')).toBe(convolutions.int8);
    expect(counts.get('Conv')).toBe(convolutions.all - convolutions.int8);
    expect(
      (counts.get('QLinearAdd') ?? 0) +
        (counts.get('NhwcMaxPool') ?? counts.get('MaxPool') ?? 0) +
        (counts.get('Resize') ?? 0),
    ).toBe(others);
    expect(counts.has('Clip')).toBe(false);
    // The three heads end in float32.
    expect([...float]).toEqual([['Conv', 3]]);
  });

  it('stays near float32, on pictures that it was not calibrated on', async () => {
    const figures = await agreement((await calibrated([1, 2, 3, 4, 5, 6, 7, 8])).bytes);
    console.log(`int8 against float32: ${JSON.stringify(figures)}`);
    for (const task of ['segmentation', 'depth', 'normals'] as const) expect(figures[task]).toBeLessThan(0.15);
    expect(figures.labels).toBeGreaterThan(0.8);
    // And it is no copy.
    expect(figures.depth).toBeGreaterThan(1e-3);
  });

  it('gives the same bytes for the same images, other bytes for others', async () => {
    const [a, b, c] = [await calibrated([1, 2]), await calibrated([1, 2]), await calibrated([1, 3])];
    expect(Buffer.compare(a.bytes, b.bytes)).toBe(0);
    expect(Buffer.compare(a.bytes, c.bytes)).not.toBe(0);
    expect(a.bytes.length).toBeLessThan(0.5 * reference.length);
  });

  it('needs images, finite weights, an opset with per-channel scales, and a network that is not quantised yet', async () => {
    await expect(calibrated([])).rejects.toThrow(/small\.onnx: int8 needs images to calibrate on/);
    const ranges = new Map(['image', 'c'].map((value) => [value, { low: 0, high: 1 }]));
    expect(() => toInt8(twoLayers([Number.NaN], [0], 4), ranges, 'm')).toThrow('m: "w" holds NaN');
    expect(() => toInt8(twoLayers([1], [0], 4, 12n), ranges, 'm')).toThrow('m: it is of opset 12');
    const once = toInt8(twoLayers([1], [0], 4), ranges, 'm').bytes;
    expect(() => valuesToCalibrate(once, 'm')).toThrow(/quantised already/);
    expect(() => valuesToCalibrate(once, 'm')).toThrow(ResourceError);
  });

  it('refuses to calibrate a network whose values are not finite', async () => {
    // A copy: what is decoded are views of the file.
    const bytes = decodeOnnx(reference.slice(), 'm');
    const bias = bytes.graph?.initializer.find(({ name }) => name.endsWith('.bias'));
    new DataView((bias as { rawData: Uint8Array }).rawData.buffer, bias?.rawData.byteOffset).setFloat32(
      0,
      Number.NaN,
      true,
    );
    await expect(calibrated([1], encodeOnnx(bytes))).rejects.toThrow(ResourceError);
    await expect(calibrated([1], encodeOnnx(bytes))).rejects.toThrow(/NaN/);
  });
});

describe('float16', () => {
  it('stays much nearer', async () => {
    const { bytes, values, vanished } = toFloat16(reference, 'small.onnx');
    const figures = await agreement(bytes);
    console.log(`float16 against float32: ${JSON.stringify(figures)}, ${vanished} of ${values} values vanished`);
    for (const task of ['segmentation', 'depth', 'normals'] as const) expect(figures[task]).toBeLessThan(3e-3);
    expect(figures.labels).toBeGreaterThan(0.99);
    expect(figures.depth).toBeGreaterThan(1e-6);
    expect(bytes.length).toBeLessThan(0.55 * reference.length);
    expect(Buffer.compare(bytes, toFloat16(reference, 'small.onnx').bytes)).toBe(0);
  });

  it('takes and gives float32', async () => {
    const session = await ort.InferenceSession.create(toFloat16(twoLayers([0.5], [0], 4), 'm').bytes);
    expect(session.inputMetadata).toMatchObject([{ name: 'image', type: 'float32' }]);
    expect(session.outputMetadata).toMatchObject([{ name: 'sum', type: 'float32' }]);
    const feeds = { image: new ort.Tensor('float32', Float32Array.of(1, 2, 4, 100), [1, 1, 1, 4]) };
    expect([...((await session.run(feeds)).sum.data as Float32Array)]).toEqual([0.5, 1, 2, 6]);
    await session.release();
  });

  it('refuses a weight that would become an infinity, and quantised networks', () => {
    expect(() => toFloat16(twoLayers([70_000], [0], 4), 'm')).toThrow(
      'm: "w" holds 70000, the largest float16 is 65504; this network cannot be float16',
    );
    expect(() => toFloat16(twoLayers([70_000], [0], 4), 'm')).toThrow(ResourceError);
    const ranges = new Map(['image', 'c'].map((value) => [value, { low: 0, high: 1 }]));
    const int8 = toInt8(twoLayers([1], [0], 4), ranges, 'm').bytes;
    expect(() => toFloat16(int8, 'm')).toThrow(/QuantizeLinear; only a plain float32 network/);
  });

  it('counts what vanishes', () => {
    expect(toFloat16(twoLayers([1e-9, 1], [0, 0], 4), 'm').vanished).toBe(1);
  });
});

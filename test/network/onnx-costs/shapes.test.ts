import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeOnnx } from '../../../src/formats/onnx.ts';
import { onnxCosts } from '../../../src/network/onnx-costs/index.ts';
import { DataType, model } from './build.ts';
import { DATA_DEPENDENT_CASES, PLAIN_CASES } from './plain-cases.ts';
import { SHAPE_CASES, type ShapeCase } from './shape-cases.ts';

/** What the graph's values are when ONNX Runtime runs it with everything as an output. */
async function ran({ x, nodes, stored, opset, type = DataType.FLOAT }: ShapeCase) {
  const built = model({ inputs: { x }, inputTypes: { x: type }, stored, nodes, opset });
  const session = await ort.InferenceSession.create(encodeOnnx(built), {
    logSeverityLevel: 4,
    graphOptimizationLevel: 'disabled',
  });
  const count = x.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: count }, (_, i) => i % 4);
  const data =
    type === DataType.FLOAT
      ? new ort.Tensor('float32', Float32Array.from(values), [...x])
      : type === DataType.INT64
        ? new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [...x])
        : new ort.Tensor('uint8', Uint8Array.from(values), [...x]);
  const results = await session.run({ x: data });
  await session.release();
  return {
    built,
    results: Object.entries(results).map(([name, value]) => ({ name, shape: value.dims, type: value.type })),
  };
}

describe('shapes and types against ONNX Runtime', () => {
  it.each(Object.entries({ ...SHAPE_CASES, ...PLAIN_CASES }))('%s', async (_, given) => {
    const { built, results } = await ran(given);
    const { outputs, uncounted } = onnxCosts(built);
    expect(uncounted).toEqual([]);
    const byName = new Map(outputs.map(({ name, shape, type }) => [name, { shape, type }]));
    for (const { name, shape, type } of results) expect({ name, ...byName.get(name) }).toEqual({ name, shape, type });
  });

  it.each(Object.entries(DATA_DEPENDENT_CASES))(
    '%s: the type alone, for the image decides the size',
    async (_, given) => {
      const { built, results } = await ran(given);
      const { outputs } = onnxCosts(built);
      expect(outputs.map(({ shape }) => shape)).toEqual([undefined]);
      expect(outputs[0].type).toBe(results[0].type);
    },
  );
});

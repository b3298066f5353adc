import { describe, expect, it } from 'vitest';
import type { OnnxModel, RuntimeBackend } from '../../../src/backends/backend.ts';
import { onnxruntimeNode } from '../../../src/backends/onnxruntime-node.ts';
import { OPERATORS } from '../../../src/backends/tfjs/ops/index.ts';
import { tfjsCpu } from '../../../src/backends/tfjs-cpu.ts';
import { tfjsNode } from '../../../src/backends/tfjs-node.ts';
import { tfjsWasm } from '../../../src/backends/tfjs-wasm.ts';
import type { Tensor } from '../../../src/core/predictor.ts';
import { needsTfjsNode } from '../../helpers/tfjs-node.ts';
import { modelOf, size, wave } from '../onnx-case.ts';
import { OP_CASES, type OpCase } from './op-cases.ts';

/** Of float32 arithmetic in another order, relative to values above 1. */
const TOLERANCE = 1e-5;

const BACKENDS: readonly RuntimeBackend[] = [tfjsCpu, tfjsWasm, ...(needsTfjsNode().skip ? [] : [tfjsNode])];

async function execute<O>(backend: RuntimeBackend<O>, model: OnnxModel, inputs: Record<string, Tensor>) {
  const runtime = await backend.open({ model, options: backend.parseOptions({}) });
  try {
    return await runtime.run(inputs);
  } finally {
    await runtime.close();
  }
}

function inputsOf({ inputs, times = 1, plus = 0 }: OpCase): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, shape], i) => [
      name,
      { shape, data: wave(size(shape), 11 + i).map((value) => value * times + plus) },
    ]),
  );
}

describe('TensorFlow.js against ONNX Runtime, operator by operator', () => {
  it.each(OP_CASES.map((each) => [each.name, each] as const))('%s', async (name, given) => {
    const bytes = modelOf({ ...given, outputs: given.outputs ?? { y: undefined } });
    const model = { name, bytes, sha256: '' };
    const inputs = inputsOf(given);
    const wanted = await execute(onnxruntimeNode, model, inputs);
    for (const backend of BACKENDS) {
      const actual = await execute(backend, model, inputs);
      expect(Object.keys(actual)).toEqual(Object.keys(wanted));
      for (const [output, { data, shape }] of Object.entries(wanted)) {
        expect(actual[output].shape, backend.title).toEqual(shape);
        const differences = actual[output].data.map(
          (value, i) => Math.abs(value - data[i]) / Math.max(1, Math.abs(data[i])),
        );
        // NaN is not below anything.
        expect(
          differences.every((difference) => difference <= TOLERANCE),
          `${backend.title}: ${Math.max(...differences)}`,
        ).toBe(true);
      }
    }
  });

  it('has a case for every operator', () => {
    const covered = new Set(OP_CASES.flatMap(({ nodes }) => nodes.map(({ opType }) => opType)));
    expect(Object.keys(OPERATORS).filter((op) => !covered.has(op))).toEqual([]);
  });
});

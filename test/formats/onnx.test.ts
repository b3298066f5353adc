import { readFileSync } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { TensorProto_DataType as DataType, ModelProtoSchema } from '../../src/formats/generated/onnx_pb.ts';
import { decodeOnnx, encodeOnnx, floatTensor, int64Tensor, tensorValues } from '../../src/formats/onnx.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

const weights = Float32Array.of(1, -2.5, 3e-8, 4);
const model = () =>
  create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ version: 17n }],
    graph: {
      node: [{ opType: 'Add', input: ['x', 'w'], output: ['y'] }],
      initializer: [
        floatTensor('w', [2, 2], weights),
        int64Tensor('sizes', [1, 2 ** 40]),
        floatTensor('six', [], Float32Array.of(6)),
      ],
      output: [{ name: 'y' }],
    },
  });

describe('ONNX files', () => {
  it('return as they were written, in the same bytes', () => {
    const bytes = encodeOnnx(model());
    const read = decodeOnnx(bytes, 'm.onnx');
    const [w, sizes] = read.graph!.initializer;
    expect(tensorValues(w, 'm.onnx')).toEqual(weights);
    expect(w.dims).toEqual([2n, 2n]);
    expect(tensorValues(sizes, 'm.onnx')).toEqual(BigInt64Array.of(1n, 2n ** 40n));
    expect(Buffer.compare(encodeOnnx(read), bytes)).toBe(0);
  });

  it('written by others are read too, with values outside rawData', () => {
    const given = model();
    const [w, sizes] = given.graph!.initializer;
    Object.assign(w, { rawData: new Uint8Array(), floatData: [...weights] });
    Object.assign(sizes, { rawData: new Uint8Array(), int64Data: [5n] });
    const read = decodeOnnx(encodeOnnx(given), 'm.onnx').graph!.initializer;
    expect(tensorValues(read[0], 'm.onnx')).toEqual(weights);
    expect(tensorValues(read[1], 'm.onnx')).toEqual(BigInt64Array.of(5n));
  });

  it.skipIf(needsShared('golden', 'forward').skip)('made by PyTorch return byte for byte', () => {
    const path = sharedPath('golden', 'forward', 'tiny40t3__nyud_000433_crop131x97', 'model.onnx');
    const bytes = readFileSync(path);
    const read = decodeOnnx(bytes, path);
    expect(read.producerName).toBe('pytorch');
    expect(Buffer.compare(encodeOnnx(read), bytes)).toBe(0);
  });

  it('that are damaged are refused by name, never with another error', () => {
    const bytes = encodeOnnx(model());
    for (let length = 0; length < bytes.length; length++) {
      // A cut between two fields leaves a smaller model; it may be whole only if nothing that counts is missing.
      const outcome = attempt(bytes.subarray(0, length));
      if (outcome instanceof Error) expect(outcome.message).toMatch(/^m\.onnx: /);
      else expect(outcome.graph!.initializer).toHaveLength(3);
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at] ^= flip;
        attempt(damaged);
      }),
      { seed: 1 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => void attempt(noise)),
      { seed: 1 },
    );
  });

  it('that are something else are refused', () => {
    for (const other of ['', 'PK\x03\x04 a zip', '<html>404</html>', 'version https://git-lfs.github.com/spec/v1\n'])
      expect(() => decodeOnnx(new TextEncoder().encode(other), 'm.onnx'), other).toThrow(ResourceError);
  });

  it('whose weights are cut, elsewhere or of another type are refused with the tensor', () => {
    const cut = model();
    cut.graph!.initializer[0].rawData = new Uint8Array(12);
    expect(() => decodeOnnx(encodeOnnx(cut), 'm.onnx')).toThrow(
      'm.onnx: "w" of shape 2x2 holds 12 bytes instead of 16',
    );
    const elsewhere = model();
    elsewhere.graph!.initializer[0].dataLocation = 1;
    expect(() => decodeOnnx(encodeOnnx(elsewhere), 'm.onnx')).toThrow('the weights of "w" lie in another file');
    const half = model().graph!.initializer[0];
    half.dataType = DataType.FLOAT16;
    expect(() => tensorValues(half, 'm.onnx')).toThrow('"w" has the ONNX element type float16');
  });
});

/** The model, or the ResourceError; anything else that is thrown fails the test. */
function attempt(bytes: Uint8Array) {
  try {
    return decodeOnnx(bytes, 'm.onnx');
  } catch (error) {
    if (error instanceof ResourceError) return error;
    throw error;
  }
}

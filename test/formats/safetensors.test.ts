import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import type { Tensor } from '../../src/core/predictor.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.ts';
import { mutations, seededRandom, survives } from './hostile.ts';

/** A file around any header, as a hostile writer could make it. */
function file(header: unknown, dataBytes = 0, length?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([start, text, Buffer.alloc(dataBytes)]);
}
const tensor = (shape: number[], values: ArrayLike<number>): Tensor => ({ shape, data: Float32Array.from(values) });
const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

// Made by safetensors.numpy.save of the format's own library (safetensors 0.8.0 for Python): one float16 file
// {b.weight: [[1, -2], [0.1, 65504]], s: 0.25} with metadata {recipe: r}, and one of both types with an empty tensor.
const OF_LIBRARY =
  '98000000000000007b225f5f6d657461646174615f5f223a7b22726563697065223a2272227d2c22622e776569676874223a7b226474797065223a22463136222c227368617065223a5b322c325d2c22646174615f6f666673657473223a5b302c385d7d2c2273223a7b226474797065223a22463136222c227368617065223a5b5d2c22646174615f6f666673657473223a5b382c31305d7d7d202020202020003c00c0662eff7b0034';
const MIXED_OF_LIBRARY =
  '18010000000000007b225f5f6d657461646174615f5f223a7b22726563697065223a2272222c2273656564223a2231227d2c2261223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b302c345d7d2c22622e776569676874223a7b226474797065223a22463136222c227368617065223a5b322c325d2c22646174615f6f666673657473223a5b342c31325d7d2c22656d707479223a7b226474797065223a22463136222c227368617065223a5b302c335d2c22646174615f6f666673657473223a5b31322c31325d7d2c2273223a7b226474797065223a22463136222c227368617065223a5b5d2c22646174615f6f666673657473223a5b31322c31345d7d7d202020202020200000c03f003c00c0662eff7b0034';

describe('encodeSafetensors', () => {
  it("writes the bytes that the format's own library writes", () => {
    const tensors = new Map([
      ['s', tensor([], [0.25])],
      ['b.weight', tensor([2, 2], [1, -2, 0.1, 65504])],
    ]);
    const bytes = encodeSafetensors(tensors, { dtype: 'float16', metadata: { recipe: 'r' } });
    expect(Buffer.from(bytes).toString('hex')).toBe(OF_LIBRARY);
  });

  it('writes the bytes of the specification, by hand', () => {
    const bytes = Buffer.from(encodeSafetensors(new Map([['a', tensor([1, 2], [1, -2.5])]]), { dtype: 'float32' }));
    const json = '{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}'; // 56 bytes, a multiple of 8
    const floats = [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0];
    expect(bytes).toEqual(Buffer.from([56, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(json), ...floats]));
  });

  it('gives equal bytes for equal tensors in any order', () => {
    const entries: [string, Tensor][] = ['c', 'a', 'b'].map((name, i) => [name, tensor([1], [i])]);
    const bytes = encodeSafetensors(new Map(entries), { dtype: 'float32' });
    expect(encodeSafetensors(new Map(entries.toReversed()), { dtype: 'float32' })).toEqual(bytes);
  });

  it('refuses what float16 cannot hold, and keeps infinities that were there', () => {
    const tensors = (value: number) => new Map([['depth.bias', tensor([2], [1, value])]]);
    expect(() => encodeSafetensors(tensors(65520), { dtype: 'float16' })).toThrow(
      new ResourceError('tensor "depth.bias" holds 65520, the largest float16 is 65504; store it as float32'),
    );
    const bytes = encodeSafetensors(tensors(-Infinity), { dtype: 'float16' });
    expect(decodeSafetensors(bytes, 'x').tensors.get('depth.bias')?.data).toEqual(Float32Array.of(1, -Infinity));
    expect(() => encodeSafetensors(new Map([['a', tensor([3], [1])]]), { dtype: 'float32' })).toThrow(RangeError);
  });
});

describe('decodeSafetensors', () => {
  it("reads a file of the format's own library", () => {
    const bytes = Buffer.from(MIXED_OF_LIBRARY, 'hex');
    const { tensors, metadata } = decodeSafetensors(bytes, 'x.safetensors');
    expect(metadata).toEqual({ recipe: 'r', seed: '1' });
    expect([...tensors]).toEqual([
      ['a', tensor([1], [1.5])],
      ['b.weight', tensor([2, 2], [1, -2, 0.0999755859375, 65504])],
      ['empty', tensor([0, 3], [])],
      ['s', tensor([], [0.25])],
    ]);
  });

  it('reads bytes that begin anywhere in their buffer', () => {
    const shifted = Buffer.concat([Buffer.alloc(3), Buffer.from(OF_LIBRARY, 'hex')]).subarray(3);
    expect(decodeSafetensors(shifted, 'x').tensors.get('s')).toEqual(tensor([], [0.25]));
  });

  it('gives back what was written', () => {
    const names = fc.uniqueArray(
      fc.string({ unit: 'grapheme', maxLength: 8 }).filter((name) => name !== '__metadata__'),
      { maxLength: 5 },
    );
    const metadata = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
    fc.assert(
      fc.property(names, metadata, fc.array(fc.float({ noNaN: true })), (all, words, values) => {
        const tensors = new Map(
          all.map((name, i) => [
            name,
            tensor(
              [1, values.length],
              values.map((v) => v * i),
            ),
          ]),
        );
        const back = decodeSafetensors(encodeSafetensors(tensors, { dtype: 'float32', metadata: words }), 'x');
        expect(back.tensors).toEqual(tensors);
        expect(back.metadata).toEqual(words);
      }),
    );
  });

  it('keeps a tensor called __proto__', () => {
    const tensors = new Map([['__proto__', tensor([1], [2])]]);
    expect(decodeSafetensors(encodeSafetensors(tensors, { dtype: 'float16' }), 'x').tensors).toEqual(tensors);
  });

  const two = (first: unknown, second: unknown) => ({ a: entry('F16', [2], first), b: entry('F16', [2], second) });
  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), '0 bytes are no safetensors file'],
    ['a huge header', file('{}', 0, 2n ** 63n), 'give its header 9223372036854775808 bytes, 100000000 is the limit'],
    ['a header longer than the file', file('{}', 0, 9n), 'truncated: its header takes 9 bytes, the file holds 2'],
    ['no UTF-8', file('{"\u0000', 0, 3n).fill(0xff, 9), 'its header (bytes 8 to 10) is not UTF-8'],
    ['no JSON', file('{"a": '), 'its header is not JSON'],
    ['no object', file('[]'), 'its header is not a JSON object'],
    ['a space before it', file(' {}'), 'its header is not a JSON object'],
    ['a name twice', file('{"a":{},"\\u0061" :{}}'), 'its header has the key "a" twice'],
    ['a field twice', file('{"a":{"dtype":"F16","x":"\\"","dtype":"F32"}}'), 'its header has the key "dtype" twice'],
    [
      'metadata of numbers',
      file({ __metadata__: { seed: 1 } }),
      '__metadata__ is not an object of strings: { seed: 1 }',
    ],
    ['metadata of text', file({ __metadata__: 'x' }), "__metadata__ is not an object of strings: 'x'"],
    ['no description', file({ a: 1 }), 'tensor "a": 1 is no description of a tensor'],
    [
      'another type',
      file({ a: entry('BF16', [1], [0, 2]) }, 2),
      `tensor "a": its dtype is 'BF16'; F16 and F32 are read`,
    ],
    ['no type', file({ a: {} }), 'tensor "a": its dtype is undefined'],
    ['a negative size', file({ a: entry('F16', [-1], [0, 2]) }, 2), 'tensor "a": its shape is [ -1 ], not a list'],
    ['half a size', file({ a: entry('F16', [0.5], [0, 1]) }, 1), 'tensor "a": its shape is [ 0.5 ], not a list'],
    ['one offset', file({ a: entry('F16', [1], [2]) }, 2), 'tensor "a": its data_offsets are [ 2 ], not [begin, end]'],
    ['backwards', file({ a: entry('F16', [1], [2, 0]) }, 2), 'tensor "a": its data_offsets are [ 2, 0 ], not'],
    [
      'a wrong size',
      file({ a: entry('F32', [2, 3], [0, 12]) }, 12),
      '2x3 of F32 takes 24 bytes, its data_offsets [ 0, 12 ] give 12',
    ],
    ['an impossible size', file({ a: entry('F32', [2 ** 40, 2 ** 40], [0, 8]) }, 8), 'takes 4.8'],
    ['an overlap', file(two([0, 4], [2, 6]), 6), 'tensor "b" begins at byte 2 of the data, within another: 4 is next'],
    ['one place twice', file(two([0, 4], [0, 4]), 4), 'tensor "b" begins at byte 0 of the data, within another'],
    ['a gap', file(two([0, 4], [6, 10]), 10), 'tensor "b" begins at byte 6 of the data, behind a gap: 4 is next'],
    ['too few bytes', file(two([0, 4], [4, 8]), 7), 'truncated: its tensors take 8 bytes, the file holds 7'],
    ['too many bytes', file(two([0, 4], [4, 8]), 9), 'has bytes left over: its tensors take 8 bytes, the file holds 9'],
    ['great depth', file(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`), 'is no description of a tensor'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'x.safetensors')).toThrow(ResourceError);
    expect(() => decodeSafetensors(bytes, 'x.safetensors')).toThrow(message);
    expect(() => decodeSafetensors(bytes, 'x.safetensors')).toThrow(/^x\.safetensors: /);
  });

  it('survives damage', () => {
    for (const bytes of mutations(Buffer.from(MIXED_OF_LIBRARY, 'hex'), 2000, seededRandom(5)))
      survives(() => decodeSafetensors(bytes, 'x'));
  });
});

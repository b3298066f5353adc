import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import type { NumericArray } from '../../src/formats/array.ts';
import { decodeNpy, encodeNpy, readNpy } from '../../src/formats/npy.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { mutations, seededRandom, survives } from './hostile.ts';

/** A .npy file around any header text, as a hostile writer could make it. */
function npy(header: string, data: Uint8Array = new Uint8Array(0), version = 1): Uint8Array {
  const text = Buffer.from(header, 'utf8');
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, 0, 0, ...(version > 1 ? [0, 0] : [])]);
  if (version > 1) start.writeUInt32LE(text.length, 8);
  else start.writeUInt16LE(text.length, 8);
  return Buffer.concat([start, text, data]);
}
const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

const folder = mkdtempSync(join(tmpdir(), 'densebench-npy-'));
function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('decodeNpy', () => {
  it('reads every numeric type in both byte orders', () => {
    const cases: [string, number[], ArrayLike<number | bigint>][] = [
      ["'|b1'", [0, 1, 7], [0, 1, 1]],
      ["'|i1'", [255, 2], [-1, 2]],
      ["'|u1'", [255, 2], [255, 2]],
      ["'<i2'", [0xfe, 0xff], [-2]],
      ["'>i2'", [0xff, 0xfe], [-2]],
      ["'>u2'", [0x01, 0x02], [258]],
      ["'<i4'", [0, 0, 0, 0x80], [-(2 ** 31)]],
      ["'>u4'", [0x80, 0, 0, 1], [2 ** 31 + 1]],
      ["'<i8'", [255, 255, 255, 255, 255, 255, 255, 255], [-1n]],
      ["'>u8'", [0x80, 0, 0, 0, 0, 0, 0, 0], [2n ** 63n]],
      ["'<f4'", [0, 0, 0x20, 0x40], [2.5]],
      ["'>f8'", [0x40, 4, 0, 0, 0, 0, 0, 0], [2.5]],
      ["'=f4'", [0, 0, 0x20, 0x40], [2.5]],
      // binary16: 1, -2, largest, smallest subnormal, +0, -0, Inf, NaN
      [
        "'>f2'",
        [0x3c, 0, 0xc0, 0, 0x7b, 0xff, 0, 1, 0, 0, 0x80, 0, 0x7c, 0, 0x7e, 0],
        [1, -2, 65504, 2 ** -24, 0, -0, Infinity, NaN],
      ],
    ];
    for (const [descr, bytes, expected] of cases) {
      const array = decodeNpy(npy(header(descr, `(${expected.length},)`), Uint8Array.from(bytes)), 'x.npy');
      expect(array.shape).toEqual([expected.length]);
      expect([...array.data], descr).toEqual([...(expected as number[])]);
    }
  });

  it('reads versions 1 to 3, rank 0, empty arrays, Python 2 integers and double quotes', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    for (const version of [1, 2, 3])
      expect(decodeNpy(npy(header("'|u1'", '(2, 3)'), data, version), 'x')).toEqual({ shape: [2, 3], data });
    expect(decodeNpy(npy(header("'|u1'", '()'), data.subarray(0, 1)), 'x').shape).toEqual([]);
    expect(decodeNpy(npy(header("'<f8'", '(0, 5)')), 'x')).toEqual({ shape: [0, 5], data: new Float64Array(0) });
    expect(decodeNpy(npy(header("'|u1'", '(2L, 3L)'), data), 'x').shape).toEqual([2, 3]);
    const doubleQuoted = `{"shape": (6,), "fortran_order": False, "descr": "|u1"}`;
    expect(decodeNpy(npy(doubleQuoted, data), 'x').data).toEqual(data);
  });

  it('turns Fortran order into C order', () => {
    // element [i][j][k] = 100 i + 10 j + k, first index fastest in the file
    const columnMajor: number[] = [];
    for (let k = 0; k < 4; k++)
      for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) columnMajor.push(100 * i + 10 * j + k);
    const { data } = decodeNpy(npy(header("'|u1'", '(2, 3, 4)', 'True'), Uint8Array.from(columnMajor)), 'x');
    const rowMajor: number[] = [];
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) rowMajor.push(100 * i + 10 * j + k);
    expect([...data]).toEqual(rowMajor);
  });

  it('is not disturbed by where the bytes lie in their buffer', () => {
    const bytes = npy(header("'<f8'", '(1,)'), new Uint8Array(new Float64Array([Math.PI]).buffer));
    const shifted = Buffer.concat([Buffer.from([9, 9, 9]), bytes]).subarray(3);
    expect(decodeNpy(shifted, 'x').data).toEqual(new Float64Array([Math.PI]));
  });

  it.each([
    ['no magic', Buffer.from('not numpy at all'), /does not begin with/],
    ['empty', new Uint8Array(0), /does not begin with/],
    ['version 9', npy(header("'<f4'", '(1,)'), new Uint8Array(4), 9), /version 9/],
    ['cut header', npy(header("'<f4'", '(1,)')).subarray(0, 30), /ends at byte 30, inside its header/],
    ['header length beyond reason', npy('', undefined, 2).fill(255, 8, 12), /header of 4294967295 bytes/],
    ['object dtype', npy(header("'|O'", '(1,)')), /dtype "\|O" is not read/],
    ['complex', npy(header("'<c8'", '(1,)')), /"<c8"/],
    ['structured', npy(header("[('a', '<f4'), ('b', '<i4')]", '(1,)')), /\[\["a","<f4"\],\["b","<i4"\]\] is not read/],
    ['strings', npy(header("'<U7'", '(1,)')), /"<U7"/],
    ['f1', npy(header("'<f1'", '(1,)')), /"<f1"/],
    ['negative dimension', npy(header("'<f4'", '(-1,)')), /damaged.*at character/],
    ['fractional dimension', npy(header("'<f4'", '(1.5,)')), /damaged/],
    ['huge integer', npy(header("'<f4'", '(99999999999999999999,)')), /impossibly large/],
    ['product beyond 2^53', npy(header("'<f4'", '(4294967296, 4294967296)')), /impossibly large/],
    ['shape not a tuple', npy(header("'<f4'", "'12'")), /'shape' must be a tuple/],
    ['shape nested', npy(header("'<f4'", '((1,),)')), /'shape' must be a tuple/],
    ['order not a boolean', npy(header("'<f4'", '(1,)', '0')), /'fortran_order' must be/],
    [
      'code',
      npy(`{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1,)}`),
      /damaged.*__import__/,
    ],
    ['missing key', npy(`{'descr': '<f4', 'shape': (1,)}`), /lacks 'fortran_order'/],
    ['unknown key', npy(`{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}`), /unknown key 'x'/],
    ['key twice', npy(`{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}`), /damaged/],
    ['text behind', npy(`${header("'<f4'", '(1,)')} 1`), /damaged/],
    ['brackets', npy(`{'descr': ${'('.repeat(5000)}`), /damaged/],
    ['truncated data', npy(header("'<f4'", '(2, 3)'), new Uint8Array(23)), /truncated.*takes 24 bytes.*holds 23/],
    ['data left over', npy(header("'<f4'", '(2, 3)'), new Uint8Array(25)), /left over/],
    ['400000 x 400000', npy(header("'<f4'", '(400000, 400000)'), new Uint8Array(64)), /640000000000 bytes; 2 GiB/],
  ])('refuses: %s', (_, bytes, message) => {
    expect(() => decodeNpy(bytes, 'in.npy')).toThrow(message);
    expect(() => decodeNpy(bytes, 'in.npy')).toThrow(ResourceError);
    expect(() => decodeNpy(bytes, 'in.npy')).toThrow(/^in\.npy/);
  });
});

describe('encodeNpy', () => {
  const arrays: NumericArray[] = [
    Int8Array.of(-1, 2),
    Uint8Array.of(255, 0),
    Int16Array.of(-2, 5),
    Uint16Array.of(65535, 0),
    Int32Array.of(-3, 1),
    Uint32Array.of(2 ** 32 - 1, 1),
    BigInt64Array.of(-(2n ** 63n), 1n),
    BigUint64Array.of(2n ** 64n - 1n, 1n),
    Float32Array.of(Number.NaN, -0),
    Float64Array.of(Math.PI, Number.NEGATIVE_INFINITY),
  ];
  it.each(arrays.map((data) => [data.constructor.name, data] as const))('round-trips %s', (_, data) => {
    for (const shape of [[2], [1, 2], [2, 1, 1]])
      expect(decodeNpy(encodeNpy({ shape, data }), 'x')).toEqual({ shape, data });
  });

  it('begins the elements at a multiple of 64 bytes, whatever the shape', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 6 }), (shape) => {
        const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
        const bytes = encodeNpy({ shape, data });
        expect((bytes.length - data.byteLength) % 64).toBe(0);
        expect(decodeNpy(bytes, 'x')).toEqual({ shape, data });
      }),
    );
  });
});

describe('readNpy', () => {
  it('reads .npy and .npy.gz alike', async () => {
    const array = { shape: [3, 1], data: Float64Array.of(1, 2, 3) };
    const bytes = encodeNpy(array);
    expect(await readNpy(file('plain.npy', bytes))).toEqual(array);
    expect(await readNpy(file('level9.npy.gz', gzipSync(bytes, { level: 9 })))).toEqual(array);
    expect(await readNpy(file('stored.npy.gz', gzipSync(bytes, { level: 0 })))).toEqual(array);
  });

  it('does not inflate what the header does not claim', async () => {
    const claim = npy(header("'|u1'", '(10,)'));
    const bomb = gzipSync(Buffer.concat([claim, Buffer.alloc(50_000_000)]));
    await expect(readNpy(file('bomb.npy.gz', bomb))).rejects.toThrow(/inflates to more than/);
    const liar = gzipSync(npy(header("'<f4'", '(400000, 400000)'), new Uint8Array(64)));
    await expect(readNpy(file('liar.npy.gz', liar))).rejects.toThrow(/2 GiB/);
    const smallLiar = gzipSync(npy(header("'<f4'", '(20000, 20000)'), new Uint8Array(64)));
    await expect(readNpy(file('small-liar.npy.gz', smallLiar))).rejects.toThrow(/cannot hold/);
  });

  it('names file and reason when it cannot read', async () => {
    const good = gzipSync(encodeNpy({ shape: [1000], data: new Float64Array(1000).map((_, i) => Math.sqrt(i)) }));
    await expect(readNpy(join(folder, 'missing.npy'))).rejects.toThrow(/missing\.npy: there is no such file/);
    await expect(readNpy(folder)).rejects.toThrow(/is a folder/);
    await expect(readNpy(file('cut.npy.gz', good.subarray(0, good.length >> 1)))).rejects.toThrow(
      /cut\.npy\.gz: the gzip data/,
    );
    const flipped = Buffer.from(good);
    flipped[good.length - 6] ^= 1;
    await expect(readNpy(file('crc.npy.gz', flipped))).rejects.toThrow(/incorrect data check/);
  });

  it('meets mutated files with ResourceErrors only', async () => {
    const random = seededRandom(1);
    const plain = encodeNpy({ shape: [4, 6], data: new Float32Array(24).map((_, i) => i) });
    for (const bytes of mutations(plain, 3000, random)) survives(() => decodeNpy(bytes, 'x'));
    const zipped = gzipSync(plain);
    for (const bytes of mutations(zipped, 150, random)) {
      const path = file('mutated.npy.gz', bytes);
      await readNpy(path).catch((error) => expect(error).toBeInstanceOf(ResourceError));
    }
  });
});

const golden = needsShared('golden', 'metrics');
describe.skipIf(golden.skip)('arrays that NumPy wrote', () => {
  const files = golden.skip
    ? []
    : (readdirSync(sharedPath('golden', 'metrics'), { recursive: true }) as string[]).filter((f) =>
        /\.npy(\.gz)?$/.test(f),
      );

  it('holds as many as expected', () => expect(files.length).toBeGreaterThan(60));

  it('are read and written back byte for byte', async () => {
    for (const name of files) {
      const path = sharedPath('golden', 'metrics', name);
      const array = await readNpy(path);
      const raw = readFileSync(path);
      const bytes = name.endsWith('.gz') ? gunzipSync(raw) : raw;
      expect(array.data.length, name).toBe(array.shape.reduce((a, b) => a * b, 1));
      if (!bytes.subarray(0, 80).includes("'|b1'"))
        expect(Buffer.from(encodeNpy(array)).equals(bytes), name).toBe(true);
    }
  });

  it('hold the numbers of the hand-checkable case', async () => {
    const { data, shape } = await readNpy(sharedPath('golden', 'metrics', 'depth', 'hand_checkable_0_gt.npy.gz'));
    expect(shape).toEqual([4, 5]);
    expect(data).toBeInstanceOf(Float32Array);
    expect([...data].every((value) => Number.isInteger(Number(value) * 512))).toBe(true);
  });
});

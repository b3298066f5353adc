import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { decodeMat, encodeMat5, type MatValue, readMat } from '../../src/formats/mat5.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { mutations, seededRandom, survives } from './hostile.ts';

function numbersOf(value: MatValue | undefined): number[] {
  if (value?.kind !== 'numeric') throw new Error(`numeric expected, got ${value?.kind}`);
  return Array.from<number | bigint, number>(value.data, Number);
}
function stringsOf(value: MatValue | undefined): string[] {
  if (value?.kind !== 'cell') throw new Error(`cell expected, got ${value?.kind}`);
  return value.values.map((item) => (item.kind === 'char' ? item.rows.join('') : `not char: ${item.kind}`));
}

/** An element as the format's description draws it: type, size, padded body. */
function element(type: number, body: Uint8Array, bigEndian = false): Buffer {
  const out = Buffer.alloc(8 + Math.ceil(body.length / 8) * 8);
  if (bigEndian) {
    out.writeUInt32BE(type, 0);
    out.writeUInt32BE(body.length, 4);
  } else {
    out.writeUInt32LE(type, 0);
    out.writeUInt32LE(body.length, 4);
  }
  out.set(body, 8);
  return out;
}
function file(...elements: Uint8Array[]): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file', 0);
  header.writeUInt16LE(0x0100, 124);
  header.write('IM', 126);
  return Buffer.concat([header, ...elements]);
}
const int32 = (...values: number[]) => element(5, Buffer.from(Int32Array.from(values).buffer));
const name = (text: string) => element(1, Buffer.from(text));
const flags = (arrayClass: number, bits = 0) => element(6, Buffer.from(Uint32Array.of(arrayClass | bits, 0).buffer));
const matrix = (...parts: Uint8Array[]) => element(14, Buffer.concat(parts));

describe('readMat', () => {
  it('reads small elements, compact storage, logical, char rows, cells in cells and structs', () => {
    const small = Buffer.from([2, 0, 3, 0, 7, 8, 9, 0]);
    const doubles = matrix(flags(6), int32(1, 3), name('a'), small);
    const logical = matrix(flags(9, 0x200), int32(2, 1), name('b'), element(2, Uint8Array.of(1, 0)));
    const text = matrix(flags(4), int32(2, 3), name('c'), element(4, Buffer.from('a\0x\0b\0y\0c\0z\0')));
    const unnamed = matrix(flags(6), int32(1, 1), name(''), element(9, Buffer.from(Float64Array.of(-0.5).buffer)));
    const inner = matrix(flags(1), int32(1, 1), name(''), unnamed);
    const cell = matrix(flags(1), int32(1, 2), name('d'), inner, element(14, new Uint8Array(0)));
    const struct = matrix(
      flags(2),
      int32(1, 1),
      name('e'),
      Buffer.from([5, 0, 4, 0, 4, 0, 0, 0]),
      name('one\0two\0'),
      unnamed,
      cell,
    );
    const utf8 = matrix(flags(4), int32(1, 2), name('f'), element(16, Buffer.from('é€')));

    for (const pack of [(bytes: Buffer) => bytes, compressed]) {
      const values = decodeMat(file(...[doubles, logical, text, cell, struct, utf8].map(pack)), 'x.mat');
      expect(values.get('a')).toEqual({
        kind: 'numeric',
        className: 'double',
        shape: [1, 3],
        data: Float64Array.of(7, 8, 9),
      });
      expect(values.get('b')).toEqual({
        kind: 'numeric',
        className: 'logical',
        shape: [2, 1],
        data: Uint8Array.of(1, 0),
      });
      expect(values.get('c')).toEqual({ kind: 'char', shape: [2, 3], rows: ['abc', 'xyz'] });
      const half = { kind: 'numeric', className: 'double', shape: [1, 1], data: Float64Array.of(-0.5) };
      const empty = { kind: 'numeric', className: 'double', shape: [0, 0], data: new Float64Array(0) };
      const nested = { kind: 'cell', shape: [1, 2], values: [{ kind: 'cell', shape: [1, 1], values: [half] }, empty] };
      expect(values.get('d')).toEqual(nested);
      expect(values.get('e')).toEqual({
        kind: 'struct',
        shape: [1, 1],
        fields: new Map([
          ['one', [half]],
          ['two', [nested]],
        ]),
      });
      expect(values.get('f')).toEqual({ kind: 'char', shape: [1, 2], rows: ['é€'] });
    }
  });

  /** Compressed elements are not padded. */
  function compressed(bytes: Buffer): Buffer {
    const body = deflateSync(bytes);
    return element(15, body).subarray(0, 8 + body.length);
  }

  it('reads big-endian files', () => {
    const be = (...words: number[]) => Buffer.concat(words.map((word) => Buffer.from([0, 0, 0, word])));
    const body = Buffer.concat([
      element(6, be(11, 0), true),
      element(5, be(1, 2), true),
      element(1, Buffer.from('x'), true),
      element(4, Buffer.from([1, 2, 255, 254]), true),
    ]);
    const bytes = file(element(14, body, true));
    bytes.write('MI', 126);
    expect(decodeMat(bytes, 'x').get('x')).toMatchObject({ className: 'uint16', data: Uint16Array.of(258, 65534) });
    const v4 = Buffer.concat([be(0, 1, 2, 0, 2), Buffer.from('y\0'), Buffer.alloc(16)]);
    v4.writeUInt32BE(1000, 0);
    v4.writeDoubleBE(1.5, 22);
    v4.writeDoubleBE(-2, 30);
    expect(numbersOf(decodeMat(v4, 'x').get('y'))).toEqual([1.5, -2]);
  });

  const vector = (arrayClass: number, bits: number) =>
    file(matrix(flags(arrayClass, bits), int32(1, 1), name('z'), element(9, new Uint8Array(8))));
  const deep = Array.from({ length: 40 }).reduce<Buffer>(
    (inner) => matrix(flags(1), int32(1, 1), name(''), inner),
    vector(6, 0),
  );
  const bomb = deflateSync(Buffer.concat([element(14, new Uint8Array(8)), Buffer.alloc(5_000_000)]));
  it.each([
    ['empty', new Uint8Array(0), /not a MATLAB file/],
    ['text', Buffer.from('hello there, this is not MATLAB'), /not a MATLAB file/],
    ['v7.3', Buffer.from('MATLAB 7.3 MAT-file, Platform: GLNXA64'.padEnd(128)), /v7\.3 file, which is HDF5/],
    ['plain HDF5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /HDF5/],
    ['complex', vector(6, 0x800), /variable "z" is complex/],
    ['sparse', vector(5, 0), /"z" is of class sparse/],
    ['function handle', vector(16, 0), /function handle/],
    ['unknown class', vector(99, 0), /class 99/],
    [
      'too few numbers',
      file(matrix(flags(6), int32(9, 9), name('z'), element(9, new Uint8Array(8)))),
      /9x9 takes 648 bytes, has 8/,
    ],
    [
      'negative size',
      file(matrix(flags(6), int32(-1, 9), name('z'), element(9, new Uint8Array(8)))),
      /dimensions -1x9/,
    ],
    ['huge cell', file(matrix(flags(1), int32(60000, 60000), name('z'))), /claims 3600000000 values, 0 bytes/],
    ['nested too deep', file(deep), /nested more than 32 deep/],
    ['cut', vector(6, 0).subarray(0, 150), /truncated: the element at byte 128 claims 64 bytes, 14 are left/],
    ['bomb', file(element(15, bomb)), /inflates to more than 16 bytes/],
    [
      'damaged zlib',
      file(element(15, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))),
      /variable at byte 136.*incorrect header/,
    ],
    [
      'v4 of 4 G elements',
      Buffer.from(Uint32Array.of(0, 65536, 65536, 0, 2, 0).buffer),
      /truncated: a 65536x65536 matrix/,
    ],
    ['v4 sparse', Buffer.from(Uint32Array.of(2, 0, 0, 0, 2, 0).buffer), /sparse/],
  ])('refuses: %s', (_, bytes, message) => {
    expect(() => decodeMat(bytes, 'in.mat')).toThrow(message);
    expect(() => decodeMat(bytes, 'in.mat')).toThrow(ResourceError);
    expect(() => decodeMat(bytes, 'in.mat')).toThrow(/^in\.mat/);
  });

  it('meets mutated files with ResourceErrors only', () => {
    const random = seededRandom(3);
    const plain = encodeMat5({
      a: [1, 2, 3],
      names: ['one', 'two'],
      big: BigInt64Array.of(1n),
      u: Uint8Array.of(1, 2),
    });
    const packed = file(compressed(matrix(flags(4), int32(1, 2), name('f'), element(16, Buffer.from('é€')))));
    const v4 = Buffer.concat([Buffer.from(Uint32Array.of(0, 2, 1, 0, 2).buffer), Buffer.from('y\0'), Buffer.alloc(16)]);
    for (const seed of [plain, packed, v4])
      for (const bytes of mutations(seed, 2000, random)) survives(() => decodeMat(bytes, 'x.mat'));
  });
});

describe('encodeMat5', () => {
  it('round-trips numbers, typed arrays and strings', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'densebench-mat-')), 'x.mat');
    writeFileSync(path, encodeMat5({ n: [3, 1.5], u: Uint16Array.of(65535), s: ['wall', 'floor', 'Möbel'] }));
    const values = await readMat(path);
    expect([...values.keys()]).toEqual(['n', 'u', 's']);
    expect(values.get('n')).toMatchObject({ className: 'double', shape: [2, 1], data: Float64Array.of(3, 1.5) });
    expect(values.get('u')).toMatchObject({ className: 'uint16', shape: [1, 1] });
    expect(values.get('s')).toMatchObject({ kind: 'cell', shape: [1, 3] });
    expect(stringsOf(values.get('s'))).toEqual(['wall', 'floor', 'Möbel']);
    expect(decodeMat(encodeMat5({ n: [1, 2] }, { shape: 'row' }), 'x').get('n')).toMatchObject({ shape: [1, 2] });
  });
});

const golden = needsShared('golden', 'datasets', 'nyudv2');
describe.skipIf(golden.skip)('the files of NYUDv2, against SciPy', () => {
  const at = (...parts: string[]) => sharedPath('golden', 'datasets', 'nyudv2', ...parts);
  const expected = (file: string) => JSON.parse(readFileSync(at('expected', file), 'utf8'));

  it('splits.mat', async () => {
    const values = await readMat(at('splits.mat'));
    const want = expected('splits.json');
    expect(numbersOf(values.get('trainNdxs'))).toEqual(want.trainNdxs);
    expect(numbersOf(values.get('testNdxs'))).toEqual(want.testNdxs);
    expect([want.trainNdxs.length, want.testNdxs.length]).toEqual([795, 654]);
  });

  it('classMapping40.mat', async () => {
    const values = await readMat(at('classMapping40.mat'));
    const want = expected('classMapping40.json');
    expect(numbersOf(values.get('mapClass'))).toEqual(want.mapClass);
    expect(stringsOf(values.get('className'))).toEqual(want.className);
  });

  it('class13Mapping.mat, a struct', async () => {
    const value = (await readMat(at('class13Mapping.mat'))).get('classMapping13');
    if (value?.kind !== 'struct') throw new Error('struct expected');
    const want = expected('class13Mapping.json');
    expect(numbersOf(value.fields.get('labels13')?.[0])).toEqual(want.labels13);
    expect(stringsOf(value.fields.get('classNames')?.[0])).toEqual(want.classNames);
  });

  it('the mini splits in v4, v5 and compressed v5', async () => {
    for (const version of ['v4', 'v5_uncompressed', 'v5_compressed']) {
      const values = await readMat(at(`splits_mini.${version}.mat`));
      expect(numbersOf(values.get('trainNdxs')), version).toEqual([1, 3]);
      expect(numbersOf(values.get('testNdxs')), version).toEqual([2, 4]);
    }
    const values = await readMat(at('splits_mini.v5_compressed.mat'));
    expect(values.get('note')).toMatchObject({ kind: 'char', rows: ['text'] });
    expect(stringsOf(values.get('cellcol'))).toEqual(['a', 'bcd']);
  });

  it('says what a v7.3 file is', () => expect(readMat(at('nyu_depth_v2_labeled.mini.mat'))).rejects.toThrow(/v7\.3/));
});

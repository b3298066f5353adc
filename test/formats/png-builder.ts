import { crc32, deflateSync } from 'node:zlib';

/** PNG files put together chunk by chunk, right or wrong. */
export function chunk(type: string, body: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

export const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

export function ihdr(width: number, height: number, bits: number, colourType: number, tail = [0, 0, 0]): Buffer {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width, 0);
  body.writeUInt32BE(height, 4);
  body.set([bits, colourType, ...tail], 8);
  return chunk('IHDR', body);
}

/** Image data; each line begins with its filter byte. */
export const idat = (lines: ArrayLike<number>) => chunk('IDAT', deflateSync(Uint8Array.from(lines)));
export const IEND = chunk('IEND', new Uint8Array(0));
export const png = (...chunks: Uint8Array[]) => Buffer.concat([SIGNATURE, ...chunks]);

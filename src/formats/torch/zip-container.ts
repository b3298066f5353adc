import { crc32 } from 'node:zlib';
import { ResourceError } from '../../core/errors.ts';
import { inflateExactly } from '../deflate.ts';
import { contentStart, LOCAL_HEADER_BYTES, type ZipEntry, zipDirectory } from '../zip-directory.ts';
import { AGAIN, type Container, type Storages } from './container.ts';
import { readObject } from './object.ts';
import { DTYPES } from './values.ts';

/** PyTorch stores its entries; only archives that were packed anew are deflated. */
const MAX_INFLATED_BYTES = 2 ** 29;
const PICKLE = 'data.pkl';

/** The container of torch >= 1.6: one folder with data.pkl, and each storage as an entry data/<key>. */
export function readZipContainer(bytes: Uint8Array, file: string): Container {
  const content = entryReader(bytes, file);
  const path = [...content.names].find((name) => name === PICKLE || name.endsWith(`/${PICKLE}`));
  if (path === undefined)
    throw new ResourceError(`${file}: a zip archive without ${PICKLE}, so no PyTorch checkpoint; name a .pth or .ckpt`);
  const folder = path.slice(0, -PICKLE.length);
  if (content.names.has(`${folder}constants.pkl`))
    throw new ResourceError(`${file}: a TorchScript program, not a checkpoint; export it to ONNX (torch.onnx.export)`);
  const order = content.names.has(`${folder}byteorder`) ? content.read(`${folder}byteorder`) : undefined;
  if (order && String.fromCharCode(...order.subarray(0, 6)) !== 'little')
    throw new ResourceError(`${file}: ${folder}byteorder is not "little"; save it on a little-endian machine`);
  const storages: Storages = new Map();
  const where = `${file}: ${path}`;
  const { value } = readObject(content.read(path), 0, where, storages);
  return {
    kind: 'zip',
    root: value,
    storages,
    bytesOf({ key, dtype, elements }) {
      const name = `${folder}data/${key}`;
      if (!content.names.has(name))
        throw new ResourceError(`${file}: no entry ${JSON.stringify(name)}, which a tensor needs; ${AGAIN}`);
      const data = content.read(name);
      const wanted = elements * DTYPES[dtype];
      if (data.length !== wanted)
        throw new ResourceError(
          `${file}: ${name} holds ${data.length} bytes instead of ${wanted} (${elements} of ${dtype}); ${AGAIN}`,
        );
      return data;
    },
  };
}

/** Entries by name, each checked against its checksum when it is first read. */
function entryReader(bytes: Uint8Array, file: string) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, ZipEntry>();
  for (const entry of zipDirectory(buffer.length, (at, length) => buffer.subarray(at, at + length), file)) {
    if (entries.has(entry.name))
      throw new ResourceError(`${file}: two entries ${JSON.stringify(entry.name)}; ${AGAIN}`);
    entries.set(entry.name, entry);
  }
  const done = new Map<string, Uint8Array>();
  let inflated = 0;
  const unpack = (entry: ZipEntry): Uint8Array => {
    const { name, method, bytes: size, packedBytes, crc } = entry;
    const refuse = (what: string): never => {
      throw new ResourceError(`${file}: ${name} (entry at byte ${entry.offset}): ${what}; ${AGAIN}`);
    };
    const start = contentStart(entry, buffer.subarray(entry.offset, entry.offset + LOCAL_HEADER_BYTES), file);
    const packed = bytes.subarray(start, start + packedBytes);
    if (packed.length !== packedBytes)
      refuse(`truncated: ${packedBytes} bytes are promised, ${packed.length} are there`);
    if (method === 8) inflated += size;
    if (inflated > MAX_INFLATED_BYTES) refuse(`more than ${MAX_INFLATED_BYTES} bytes when unpacked`);
    if (method !== 0 && method !== 8) refuse(`compression method ${method}; stored (0) and deflated (8) are read`);
    if (method === 0 && size !== packedBytes) refuse(`stored, but ${packedBytes} bytes for ${size}`);
    const content = method === 0 ? packed : inflateExactly('raw', packed, size, refuse);
    const found = crc32(content);
    if (found !== crc) refuse(`damaged: its CRC-32 is ${hex(found)}, the archive says ${hex(crc)}`);
    return content;
  };
  return {
    names: new Set(entries.keys()),
    read(name: string): Uint8Array {
      const content = done.get(name) ?? unpack(entries.get(name)!);
      done.set(name, content);
      return content;
    },
  };
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');

import { ResourceError } from '../../core/errors.ts';
import { AGAIN, type Container, type Storages } from './container.ts';
import { readObject } from './object.ts';
import { DTYPES, describe, type StorageRef, type Value } from './values.ts';

/** torch/serialization.py, _legacy_save: the pickles of this number, of the version, of facts about the machine. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
const COUNT_BYTES = 8;

/**
 * The container before torch 1.6, written by Python 2 or 3: five pickles (magic number, version, machine, object, keys
 * of the storages), then for each key an int64 count of elements and the elements.
 */
export function readLegacyContainer(bytes: Uint8Array, file: string): Container {
  const storages: Storages = new Map();
  let at = 0;
  const next = (): Value => {
    const { value, end } = readObject(bytes, at, file, storages);
    at = end;
    return value;
  };
  const magic = next();
  if (magic !== MAGIC)
    throw new ResourceError(
      `${file}: not a PyTorch checkpoint: a pickle of ${describe(magic)} instead of the magic number; name a file that torch.save wrote`,
    );
  const version = next();
  if (version !== VERSION)
    throw new ResourceError(`${file}: container version ${describe(version)}, only ${VERSION} is read; save it anew`);
  requireLittleEndian(next(), file);
  const root = next();
  const spans = storageSpans(bytes, keysOf(next(), file), at, storages, file);
  return {
    kind: 'legacy',
    root,
    storages,
    bytesOf({ key }) {
      const span = spans.get(key);
      if (!span) throw new ResourceError(`${file}: no storage ${JSON.stringify(key)}, which a tensor needs; ${AGAIN}`);
      return span;
    },
  };
}

function requireLittleEndian(machine: Value, file: string): void {
  if (machine instanceof Map && machine.get('little_endian') !== false) return;
  throw new ResourceError(`${file}: not written on a little-endian machine; save it anew on one`);
}

function keysOf(value: Value, file: string): string[] {
  if (Array.isArray(value) && value.every((key) => typeof key === 'string' || typeof key === 'number'))
    return value.map(String);
  throw new ResourceError(`${file}: ${describe(value)} instead of the list of storages; ${AGAIN}`);
}

/** Where the elements of each storage lie. Counts are held against the pickle and the file before anything is read. */
function storageSpans(
  bytes: Uint8Array,
  keys: readonly string[],
  start: number,
  storages: ReadonlyMap<string, StorageRef>,
  file: string,
): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const spans = new Map<string, Uint8Array>();
  let at = start;
  for (const key of keys) {
    const storage = storages.get(key);
    const name = `storage ${JSON.stringify(key)} at byte ${at}`;
    if (!storage) throw new ResourceError(`${file}: ${name} belongs to no tensor; ${AGAIN}`);
    const wanted = COUNT_BYTES + storage.elements * DTYPES[storage.dtype];
    if (bytes.length - at < wanted)
      throw new ResourceError(
        `${file}: ${name}: truncated: ${wanted} bytes are needed, ${bytes.length - at} are left; ${AGAIN}`,
      );
    const count = view.getBigInt64(at, true);
    if (count !== BigInt(storage.elements))
      throw new ResourceError(
        `${file}: ${name} has ${count} elements, its tensors expect ${storage.elements}; ${AGAIN}`,
      );
    spans.set(key, bytes.subarray(at + COUNT_BYTES, at + wanted));
    at += wanted;
  }
  return spans;
}

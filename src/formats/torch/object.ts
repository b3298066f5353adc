import { ResourceError } from '../../core/errors.ts';
import { AGAIN, type Storages } from './container.ts';
import { allowedGlobal } from './globals.ts';
import { readPickle } from './pickle.ts';
import { describe, type Hand, isKind, type StorageRef, type Value } from './values.ts';

const REMEDY =
  'nothing of a checkpoint is executed: save model.state_dict() alone with torch.save, or get the file again';

/**
 * One pickle of a checkpoint.
 * @param where how messages call it: the file, and the entry in it
 * @param storages gains each storage that the pickle names
 */
export function readObject(
  bytes: Uint8Array,
  start: number,
  where: string,
  storages: Storages,
): { value: Value; end: number } {
  return readPickle(
    {
      bytes,
      refuse(what, at) {
        throw new ResourceError(`${where}, byte ${at}: ${what}; ${what.startsWith('truncated') ? AGAIN : REMEDY}`);
      },
      global: allowedGlobal,
      persistent: (id, hand) => storageOf(id, storages, hand),
    },
    start,
  );
}

/** ('storage', type, key, location, elements); pre-1.6 files add (view key, offset, elements) or None. */
function storageOf(id: Value, storages: Storages, hand: Hand): StorageRef {
  const items = isKind(id, 'tuple') ? id.items : [];
  const [tag, type, key, , elements, view = null] = items;
  if (tag !== 'storage' || items.length < 5) return hand.refuse(`a reference that is no storage (${describe(id)})`);
  if (!isKind(type, 'storage type')) return hand.refuse(`a storage of the type ${describe(type)}`);
  if (typeof key !== 'string' && typeof key !== 'number') return hand.refuse('a storage without a key');
  if (view !== null) return hand.refuse('a view of a storage (torch < 0.4)');
  if (typeof elements !== 'number' || !Number.isSafeInteger(elements) || elements < 0)
    return hand.refuse(`a storage of ${describe(elements)} elements`);
  const storage: StorageRef = { kind: 'storage', key: String(key), dtype: type.dtype, elements };
  const known = storages.get(storage.key);
  if (known && (known.dtype !== storage.dtype || known.elements !== elements))
    return hand.refuse(
      `storage ${storage.key} is ${elements} of ${storage.dtype} here and ${known.elements} of ${known.dtype} before`,
    );
  storages.set(storage.key, known ?? storage);
  return known ?? storage;
}

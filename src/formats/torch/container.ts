import type { StorageRef, Value } from './values.ts';

/** Every storage that the pickle names, by its key. */
export type Storages = Map<string, StorageRef>;

/** What either container gives: the object that was saved, and the bytes of its storages. */
export interface Container {
  readonly kind: 'zip' | 'legacy';
  readonly root: Value;
  readonly storages: Storages;
  /** Little-endian, a view into the file where it can be. @throws ResourceError when they are damaged or not there. */
  bytesOf(storage: StorageRef): Uint8Array;
}

export const AGAIN = 'copy or download it again';

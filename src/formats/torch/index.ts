import { ResourceError } from '../../core/errors.ts';
import { readBytes } from '../file.ts';
import { AGAIN, type Container } from './container.ts';
import { tensorGroups } from './groups.ts';
import { readLegacyContainer } from './legacy-container.ts';
import { type CheckpointTensor, tensorOf } from './tensor.ts';
import { readZipContainer } from './zip-container.ts';

export type { CheckpointTensor } from './tensor.ts';

/** What torch.save wrote: its tensors, group by group. */
export interface Checkpoint {
  /** `zip`: torch >= 1.6; `legacy`: before. */
  readonly container: Container['kind'];
  readonly groups: readonly CheckpointGroup[];
}

/** Tensors that lie in one dict: a state dict, the state of an optimiser. */
export interface CheckpointGroup {
  /** Keys from the root, joined by "/"; "" when the file is a bare state dict. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

/**
 * Views may repeat elements (stride 0) and tensors may share storages, so that a small file can claim much: this many
 * elements per stored one, and this many beyond, are more than any checkpoint has.
 */
const MAX_ELEMENTS = { perStored: 16, beyond: 2 ** 24 };

const ZIP_MAGIC = [0x50, 0x4b];
const PICKLE_MAGIC = 0x80;

/** @throws ResourceError as decodeCheckpoint, and when the file cannot be read. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  return decodeCheckpoint(await readBytes(path), path);
}

/** Whether these are the first bytes of something that torch.save may have written. */
export const looksLikeCheckpoint = (bytes: Uint8Array): boolean =>
  bytes[0] === PICKLE_MAGIC || ZIP_MAGIC.every((byte, i) => bytes[i] === byte);

/**
 * Reads a PyTorch checkpoint (torch/serialization.py) without PyTorch: both containers, pickles of Python 2 and 3.
 * Nothing in it is executed. Elements are read when a tensor is asked for them.
 * @param name how messages call the file
 * @throws ResourceError with file, byte, what was found and what to do: damage, globals outside the allow list, other files.
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  if (bytes.length === 0) throw new ResourceError(`${name}: empty (0 bytes); ${AGAIN}`);
  if (!looksLikeCheckpoint(bytes))
    throw new ResourceError(
      `${name}: not a PyTorch checkpoint: begins with ${show(bytes)}, a zip archive (50 4b) or a pickle (80) is expected; name a file that torch.save wrote`,
    );
  const container = bytes[0] === PICKLE_MAGIC ? readLegacyContainer(bytes, name) : readZipContainer(bytes, name);
  const groups = tensorGroups(container.root).map(({ path, tensors }) => ({
    path,
    tensors: new Map([...tensors].map(([key, view]) => [key, tensorOf(view, () => container.bytesOf(view.storage))])),
  }));
  requireModest(container, groups, name);
  return { container: container.kind, groups };
}

function requireModest({ storages }: Container, groups: readonly CheckpointGroup[], name: string): void {
  const stored = [...storages.values()].reduce((sum, { elements }) => sum + elements, 0);
  const claimed = groups.reduce(
    (sum, { tensors }) => [...tensors.values()].reduce((inner, { elements }) => inner + elements, sum),
    0,
  );
  const most = MAX_ELEMENTS.perStored * stored + MAX_ELEMENTS.beyond;
  if (claimed > most)
    throw new ResourceError(
      `${name}: its tensors claim ${claimed} elements of ${stored} stored ones, at most ${most} are read; ${AGAIN}`,
    );
}

const show = (bytes: Uint8Array): string =>
  [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

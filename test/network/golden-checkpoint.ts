import { readFileSync } from 'node:fs';
import { sha256 } from '../../src/core/canonical.ts';
import type { Tensor } from '../../src/core/predictor.ts';
import type { Task } from '../../src/core/tasks.ts';
import type { NetworkConfig, Weights } from '../../src/network/index.ts';
import { sharedPath } from '../helpers/shared.ts';

interface Manifest {
  readonly config: {
    readonly num_classes: number;
    readonly num_tasks: number;
    readonly stem: number;
    readonly mobilenet_config: [number, number, number, 1 | 2][];
    readonly decoder_width: number;
  };
  readonly params: number;
  readonly tensors: readonly { name: string; dtype: string; shape: number[]; sha256: string }[];
}

export function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(sharedPath('golden', 'checkpoints', `${name}.manifest.json`), 'utf8'));
}

export function configOf({ config }: Manifest): NetworkConfig {
  const tasks: Task[] = config.num_tasks === 3 ? ['segmentation', 'depth', 'normals'] : ['segmentation', 'depth'];
  return {
    classes: config.num_classes,
    tasks,
    stem: config.stem,
    rows: config.mobilenet_config,
    decoderWidth: config.decoder_width,
  };
}

/** The float tensors of a manifest: the counter of batches is nothing that inference needs. */
export const floatTensorsOf = (manifest: Manifest) => manifest.tensors.filter(({ dtype }) => dtype === 'float32');

/**
 * The weights of a checkpoint in the zip container, without reading its pickle: storages lie in the zip uncompressed,
 * and the manifest's hashes say which tensor each one is.
 */
export function zipWeights(path: string, manifest: Manifest): Weights {
  const storages = new Map(storedEntries(readFileSync(path)).map((bytes) => [sha256(bytes), bytes]));
  return new Map(
    floatTensorsOf(manifest).map(({ name, shape, sha256: hash }): [string, Tensor] => {
      const bytes = storages.get(hash);
      if (!bytes) throw new Error(`${path} holds no storage for ${name}`);
      return [name, { shape, data: new Float32Array(Uint8Array.from(bytes).buffer) }];
    }),
  );
}

/** The uncompressed members of a zip file, found by its central directory (APPNOTE.TXT 4.3.12). */
function storedEntries(zip: Buffer): Uint8Array[] {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const entries: Uint8Array[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const size = zip.readUInt32LE(at + 24);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    entries.push(zip.subarray(start, start + size));
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

import { resolve } from 'node:path';
import { sha256 } from '../core/canonical.ts';
import { ResourceError } from '../core/errors.ts';
import { readBytes } from '../formats/file.ts';
import { decodeSafetensors } from '../formats/safetensors.ts';
import { type Graph, requireWeights, seededWeights, type Weights } from '../network/index.ts';
import type { LoadedModelCard } from './model-card.ts';

/**
 * The weights of a network card: those of its seed, or of its file, exactly as they are stored there.
 * @throws ResourceError when the file is missing, damaged, not the one that the card states, or of another network.
 */
export async function networkWeights(
  { card, folder }: Pick<LoadedModelCard, 'card' | 'folder'>,
  graph: Graph,
): Promise<Weights> {
  const { seed = 0, file, prefix, sha256: stated } = card.weights ?? {};
  if (file === undefined) return seededWeights(graph, seed);
  const path = resolve(folder, file);
  const bytes = await readBytes(path);
  if (stated !== undefined && sha256(bytes) !== stated)
    throw new ResourceError(
      `${path}: its SHA-256 is ${sha256(bytes)}, the card of model ${card.id} states ${stated}; put the right file there, or correct the card`,
    );
  const { tensors } = decodeSafetensors(bytes, path);
  const weights = prefix === undefined ? tensors : ofPrefix(tensors, prefix, path);
  requireWeights(graph, weights, path);
  requireFinite(weights, path);
  return weights;
}

function ofPrefix(tensors: Weights, prefix: string, path: string): Weights {
  const own = [...tensors].filter(([name]) => name.startsWith(prefix));
  if (own.length > 0) return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  const first = [...new Set([...tensors.keys()].map((name) => name.replace(/\..*/s, '.')))].slice(0, 8);
  throw new ResourceError(
    `${path}: no tensor's name begins with ${JSON.stringify(prefix)}; theirs begin with ${first.map((name) => JSON.stringify(name)).join(', ')}`,
  );
}

function requireFinite(weights: Weights, path: string): void {
  for (const [name, { data }] of weights) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new ResourceError(`${path}: "${name}" holds ${data[at]} at ${at}: this training has diverged`);
  }
}

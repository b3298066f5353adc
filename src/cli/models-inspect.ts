import { existsSync } from 'node:fs';
import { findModelCard } from '../backends/model-card.ts';
import { UsageError } from '../core/errors.ts';
import { looksLikePath } from '../formats/catalog.ts';
import { readBytes } from '../formats/file.ts';
import { decodeOnnx } from '../formats/onnx.ts';
import { decodeCheckpoint, looksLikeCheckpoint } from '../formats/torch/index.ts';
import { type ImageSize, refinenet, seededWeights, toOnnx } from '../network/index.ts';
import { type Inspection, inspectCheckpoint, inspectOnnx } from './inspection.ts';
import { inspectionText } from './inspection-text.ts';

/** Prints what a file holds: a checkpoint, an ONNX model, or the one that a model card stands for. */
export async function inspectModel(
  reference: string,
  { size, json }: { size?: ImageSize; json?: boolean },
): Promise<void> {
  const inspection = await inspect(reference, size);
  process.stdout.write(json ? `${JSON.stringify(inspection, null, 1)}\n` : inspectionText(inspection));
}

async function inspect(reference: string, size: ImageSize | undefined): Promise<Inspection> {
  const isCard = /\.ya?ml$/.test(reference) || (!looksLikePath(reference) && !existsSync(reference));
  if (!isCard) return inspectFile(reference, size, cardBeside(reference));
  const { card, folder } = findModelCard(reference);
  if (card.onnx !== undefined) return inspectFile(`${folder}/${card.onnx}`, size, card.cost?.params);
  const { network, weights, input } = card;
  const { width, height } = size ?? input;
  if (!network || !weights || width === undefined || height === undefined)
    throw new UsageError(`${reference}: the card names no network and no size`);
  const graph = refinenet(network);
  const bytes = toOnnx(graph, seededWeights(graph, weights.seed), { width, height });
  return { ...inspectOnnx(decodeOnnx(bytes, reference), { name: reference, bytes: bytes.length }), kind: 'network' };
}

async function inspectFile(path: string, size?: ImageSize, paramsOfCard?: number): Promise<Inspection> {
  const bytes = await readBytes(path);
  if (looksLikeCheckpoint(bytes) || bytes.length === 0)
    return inspectCheckpoint(decodeCheckpoint(bytes, path), { name: path, bytes: bytes.length, size });
  return inspectOnnx(decodeOnnx(bytes, path), { name: path, bytes: bytes.length, size, paramsOfCard });
}

/** What the card of the same stem says of the learnable parameters, which a folded file no longer tells. */
function cardBeside(path: string): number | undefined {
  const card = path.replace(/\.onnx$/, '.yaml');
  return card !== path && existsSync(card) ? findModelCard(card).card.cost?.params : undefined;
}

import { existsSync } from 'node:fs';
import { floatModel } from '../backends/model-bytes.ts';
import { findModelCard } from '../backends/model-card.ts';
import { looksLikePath } from '../formats/catalog.ts';
import { readBytes } from '../formats/file.ts';
import { decodeOnnx } from '../formats/onnx.ts';
import { decodeCheckpoint, looksLikeCheckpoint } from '../formats/torch/index.ts';
import type { ImageSize } from '../network/index.ts';
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
  if (isFileName(reference)) return inspectFile(reference, size, cardBeside(reference));
  const loaded = findModelCard(reference);
  const { card } = loaded;
  const input = size ? { ...card.input, ...size } : card.input;
  const { model } = await floatModel({ ...loaded, card: { ...card, input } });
  const about = { name: reference, bytes: model.bytes.length, paramsOfCard: card.cost?.params };
  const inspection = inspectOnnx(decodeOnnx(model.bytes, model.name), about);
  const reasons = card.precision && { precision: `counted as float32; the card runs it as ${card.precision}` };
  return {
    ...inspection,
    kind: card.network ? 'network' : 'onnx',
    ...(card.training && { training: card.training }),
    reasons: { ...inspection.reasons, ...reasons },
  };
}

/** Ids have no such endings; a path that leads nowhere is to be called a missing file. */
const isFileName = (reference: string): boolean =>
  !/\.ya?ml$/.test(reference) &&
  (existsSync(reference) || looksLikePath(reference) || /\.(onnx|ckpt|pth|pt|pkl)$/.test(reference));

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

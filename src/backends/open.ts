import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fingerprint, sha256 } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import type { Predictor } from '../core/predictor.ts';
import type { CostRecord, MeasuredEntry } from '../core/record.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { readBytes } from '../formats/file.ts';
import { macCount, paramCount, refinenet, seededWeights, toOnnx } from '../network/index.ts';
import type { OnnxModel, PredictorContext } from './backend.ts';
import { withFixedInput } from './fix-input.ts';
import { backendOf } from './index.ts';
import { findModelCard, type LoadedModelCard, type ModelCard } from './model-card.ts';
import { inputShapeOf, networkPredictor } from './network-predictor.ts';

/** What a suite says of one row; `backend` holds the id and the backend's options side by side. */
export interface PredictorEntry {
  readonly id: string;
  readonly model?: string;
  readonly backend: { readonly id: string; readonly [option: string]: unknown };
}

export interface OpenContext extends PredictorContext {
  /** ONNX files that densebench builds are kept here, under <cache>/models, by the hash of their bytes. */
  readonly cacheDirectory: string;
}

export interface OpenedPredictor {
  readonly predictor: Predictor;
  readonly model?: NonNullable<MeasuredEntry['model']>;
  readonly cost?: CostRecord;
  /** From nothing to ready for the first image, fitting of priors included. */
  readonly loadMs: number;
}

/**
 * Checks what can be checked of an entry without opening anything.
 * @throws UsageError on an unknown backend, option or model card, or a model where none belongs.
 */
export function checkEntry(entry: PredictorEntry): void {
  resolveEntry(entry);
}

function resolveEntry({ id, model, backend: { id: backendId, ...options } }: PredictorEntry) {
  const backend = backendOf(backendId);
  if (backend.kind === 'predictor') {
    if (model !== undefined)
      throw new UsageError(`entry ${id}: backend ${backendId} runs no model; leave out "model: ${model}"`);
    return { kind: backend.kind, backend, options: backend.parseOptions(options) } as const;
  }
  if (model === undefined)
    throw new UsageError(`entry ${id}: backend ${backendId} needs a model: the id of a card or the path to one`);
  return { kind: backend.kind, backend, options: backend.parseOptions(options), loaded: findModelCard(model) } as const;
}

/**
 * The predictor of one entry, ready to run. The caller closes it.
 * @throws UsageError for what the suite or card gets wrong, ResourceError for files and devices.
 */
export async function openPredictor(entry: PredictorEntry, context: OpenContext): Promise<OpenedPredictor> {
  const now = context.now ?? (() => performance.now());
  const start = now();
  const resolved = resolveEntry(entry);
  if (resolved.kind === 'predictor') {
    const predictor = await resolved.backend.open({ options: resolved.options, context });
    return { predictor, loadMs: now() - start };
  }
  const { backend, options, loaded } = resolved;
  const { card } = loaded;
  const { model, cost } = card.network ? buildNetwork(card, context.cacheDirectory) : await readNetwork(loaded);
  const runtime = await backend.open({ model, options });
  try {
    const predictor = networkPredictor({
      runtime,
      card,
      accuracyUndefined: card.weights ? 'untrained weights' : undefined,
      now,
    });
    return {
      predictor,
      model: { id: card.id, title: card.title, note: card.note, card: fingerprint(card) },
      cost,
      loadMs: now() - start,
    };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

interface CostedModel {
  readonly model: OnnxModel;
  readonly cost?: CostRecord;
}

/** Built anew each time, in less than a second: a cached file could stem from an older densebench. */
function buildNetwork(card: ModelCard, cacheDirectory: string): CostedModel {
  const size = inputSizeOf(card);
  if (!card.network || !card.weights || !size) throw new Error(`model ${card.id}: not a complete network card`);
  const graph = refinenet(card.network);
  const bytes = toOnnx(graph, seededWeights(graph, card.weights.seed), size);
  const hash = sha256(bytes);
  // The very bytes that ran, for whoever wants to look at them or run them elsewhere.
  const name = join(cacheDirectory, 'models', `${card.id}-${hash.slice(0, 16)}.onnx`);
  if (!existsSync(name)) writeAtomically(name, bytes);
  return {
    model: { name, bytes, sha256: hash },
    cost: { params: paramCount(graph), macs: macCount(graph, size), inputSize: showSize(size) },
  };
}

async function readNetwork({ card, folder }: LoadedModelCard): Promise<CostedModel> {
  const name = resolve(folder, card.onnx as string);
  const bytes = await readBytes(name);
  const size = inputSizeOf(card);
  return {
    model: {
      name,
      bytes: size ? withFixedInput(bytes, inputShapeOf(card, size), name) : bytes,
      sha256: sha256(bytes),
    },
    cost: card.cost && size && { ...card.cost, inputSize: showSize(size) },
  };
}

function inputSizeOf({ input: { width, height } }: ModelCard) {
  return width === undefined || height === undefined ? undefined : { width, height };
}

const showSize = ({ width, height }: { width: number; height: number }): string => `${width}x${height}`;

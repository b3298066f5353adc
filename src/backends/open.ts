import { UsageError } from '../core/errors.ts';
import type { Predictor } from '../core/predictor.ts';
import type { CostRecord, MeasuredEntry } from '../core/record.ts';
import { TASKS } from '../core/tasks.ts';
import type { PredictorContext } from './backend.ts';
import { type Derive, requireDerivable, tasksBehind, withDerivedNormals } from './derive-normals.ts';
import { backendOf } from './index.ts';
import { type BuiltModel, modelBytes } from './model-bytes.ts';
import { cardFingerprint, findModelCard, isUntrained } from './model-card.ts';
import { statedCost } from './model-costs.ts';
import { networkPredictor } from './network-predictor.ts';
import { openTfFiles, requireRuns, tfFilesOf } from './tf-files-open.ts';
import { type CardVariant, variantOf } from './variant.ts';

/** What a suite says of one row; `backend` holds the id and the backend's options side by side. */
export interface PredictorEntry {
  readonly id: string;
  readonly model?: string;
  readonly variant?: CardVariant;
  readonly backend: { readonly id: string; readonly [option: string]: unknown };
  readonly derive?: Derive;
}

export interface OpenContext extends PredictorContext {
  /** ONNX files that densebench builds are kept here, under <cache>/models, by the hash of their bytes. */
  readonly cacheDirectory: string;
  /**
   * OpenedPredictor.built of the run's own predictor, for the process of latency, which opens the same entry again:
   * it then runs the very same bytes, verified by hash, and needs no data to calibrate on.
   */
  readonly built?: BuiltModel;
}

export interface OpenedPredictor {
  readonly predictor: Predictor;
  readonly model?: NonNullable<MeasuredEntry['model']>;
  readonly cost?: CostRecord;
  /** Set where densebench built the network itself; goes into OpenContext.built of other processes. */
  readonly built?: BuiltModel;
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

function resolveEntry({ id, model, variant, derive, backend: { id: backendId, ...options } }: PredictorEntry) {
  const backend = backendOf(backendId);
  if (backend.kind === 'predictor') {
    if (model !== undefined)
      throw new UsageError(`entry ${id}: backend ${backendId} runs no model; leave out "model: ${model}"`);
    if (variant !== undefined)
      throw new UsageError(`entry ${id}: variant changes a model card, and backend ${backendId} runs no model`);
    return { kind: backend.kind, backend, options: backend.parseOptions(options) } as const;
  }
  if (model === undefined)
    throw new UsageError(`entry ${id}: backend ${backendId} needs a model: the id of a card or the path to one`);
  const parsed = backend.parseOptions(options);
  const loaded = variantOf(findModelCard(model), variant, id);
  if (derive)
    requireDerivable(
      id,
      TASKS.filter((task) => loaded.card.outputs[task] !== undefined),
    );
  const tfFiles = tfFilesOf(loaded);
  if (tfFiles) requireRuns(backend, tfFiles, id, backendId);
  return { kind: backend.kind, backend, options: parsed, loaded, tfFiles } as const;
}

/**
 * The predictor of one entry, ready to run. The caller closes it.
 * @throws UsageError for what the suite or card gets wrong, ResourceError for files and devices.
 */
export async function openPredictor(entry: PredictorEntry, context: OpenContext): Promise<OpenedPredictor> {
  const { derive } = entry;
  if (!derive) return openPlain(entry, context);
  const opened = await openPlain(entry, { ...context, tasks: tasksBehind(context.tasks) });
  try {
    const now = context.now ?? (() => performance.now());
    return { ...opened, predictor: withDerivedNormals(opened.predictor, entry.id, derive, now) };
  } catch (error) {
    await opened.predictor.close();
    throw error;
  }
}

async function openPlain(entry: PredictorEntry, context: OpenContext): Promise<OpenedPredictor> {
  const now = context.now ?? (() => performance.now());
  const start = now();
  const resolved = resolveEntry(entry);
  if (resolved.kind === 'predictor') {
    const predictor = await resolved.backend.open({ options: resolved.options, context });
    return { predictor, loadMs: now() - start };
  }
  const { card } = resolved.loaded;
  const { runtime, cost, built } = await openRuntime(resolved, context);
  try {
    const predictor = networkPredictor({
      runtime,
      card,
      accuracyUndefined: isUntrained(card) ? 'untrained weights' : undefined,
      // Costs and latency of a network without accuracy are measured on whatever data there are.
      classCount: isUntrained(card) || !context.tasks.includes('segmentation') ? undefined : context.classCount,
      taxonomy: context.tasks.includes('segmentation') ? context.taxonomy : undefined,
      now,
    });
    return {
      predictor,
      model: {
        id: card.id,
        title: card.title,
        note: card.note,
        card: cardFingerprint(card),
        ...(card.training && { training: card.training }),
      },
      cost,
      built,
      loadMs: now() - start,
    };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

type ResolvedRuntime = Extract<ReturnType<typeof resolveEntry>, { kind: 'runtime' }>;

async function openRuntime({ backend, options, loaded, tfFiles }: ResolvedRuntime, context: OpenContext) {
  if (tfFiles)
    return { runtime: await openTfFiles(backend, tfFiles, options), cost: statedCost(loaded.card), built: undefined };
  const { model, cost, built } = await modelBytes(loaded, context);
  return { runtime: await backend.open({ model, options }), cost, built };
}

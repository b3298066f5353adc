import { ResourceError } from '../core/errors.ts';
import type { BackendCard, Runtime } from '../core/predictor.ts';
import { hashFiles } from '../formats/hash-files.ts';
import { filesBelow, firstLine } from './tf-files.ts';
import { type TfPort, type TfTensors, tfRuntime } from './tf-files-runtime.ts';
import { type Engine, onEngine } from './tfjs/engine.ts';

const TAG = 'serve';
const SIGNATURE = 'serving_default';

/** What tfjs-node adds to TensorFlow.js: the part of it that is used here. */
export interface SavedModels {
  getMetaGraphsFromSavedModel(path: string): Promise<MetaGraph[]>;
  loadSavedModel(path: string, tags: string[], signature: string): Promise<LoadedModel>;
}

interface MetaGraph {
  readonly tags: readonly string[];
  readonly signatureDefs: Readonly<Record<string, { readonly inputs: Infos; readonly outputs: Infos }>>;
}
type Infos = Readonly<Record<string, { readonly dtype: string; readonly shape?: readonly unknown[] }>>;
interface LoadedModel {
  predict(inputs: TfTensors): TfTensors;
  dispose(): void;
}

/**
 * A SavedModel folder, executed by TensorFlow itself: the signature "serving_default" of its "serve" graph. Inputs and
 * outputs carry the names of the signature.
 * @throws ResourceError when it is no such folder, is damaged, or lacks the signature.
 */
export async function openSavedModel(request: {
  readonly engine: Engine;
  readonly savedModels: SavedModels;
  readonly path: string;
  readonly card: (weightsSha256: string) => BackendCard;
}): Promise<Runtime> {
  const { engine, savedModels, path } = request;
  const files = await filesBelow(path);
  if (!files.some((file) => /[\\/]saved_model\.pb$/.test(file.slice(path.length))))
    throw new ResourceError(`${path}: no saved_model.pb in this folder; tf.saved_model.save(model, folder) writes one`);
  const card = request.card(await hashFiles(path, files));
  const { inputs, outputs } = await readSignature(savedModels, path);
  const model = await onEngine(engine, () => savedModels.loadSavedModel(path, [TAG], SIGNATURE)).catch(
    (error: unknown) => {
      throw new ResourceError(`${path}: TensorFlow cannot load this SavedModel: ${firstLine(error)}`);
    },
  );
  return tfRuntime({
    engine,
    path,
    card,
    inputs: portsOf(inputs),
    outputs: portsOf(outputs),
    execute: (feeds) => withoutNotice(() => model.predict(feeds)),
    dispose: () => model.dispose(),
  });
}

const portsOf = (infos: Infos): TfPort[] =>
  Object.entries(infos).map(([name, { dtype, shape }]) => ({ name, dtype, shape: sizesOf(shape) }));

const NOTICE = 'INT64 output tensor will be stored as BigInt64Array.';

/** tfjs-node prints a line for each int64 output of each call; fetching them is no surprise here. */
function withoutNotice<T>(work: () => T): T {
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    if (words[0] !== NOTICE) warn(...words);
  };
  try {
    return work();
  } finally {
    console.warn = warn;
  }
}

async function readSignature(savedModels: SavedModels, path: string): Promise<{ inputs: Infos; outputs: Infos }> {
  let graphs: MetaGraph[];
  try {
    graphs = await savedModels.getMetaGraphsFromSavedModel(path);
  } catch (error) {
    throw new ResourceError(`${path}: saved_model.pb cannot be read: ${firstLine(error)}`);
  }
  const graph = graphs.find(({ tags }) => tags.length === 1 && tags[0] === TAG);
  const signature = graph?.signatureDefs[SIGNATURE];
  if (signature) return signature;
  const has = graphs.map(({ tags, signatureDefs }) => `${tags.join('+')}: ${Object.keys(signatureDefs).join(', ')}`);
  throw new ResourceError(
    `${path}: no signature "${SIGNATURE}" in a graph "${TAG}" (it has ${has.join('; ') || 'no graph'}); save it with signatures={"${SIGNATURE}": ...}`,
  );
}

/** tfjs-node hands on the protobuf messages of the axes; -1 is a free one. */
function sizesOf(shape: readonly unknown[] | undefined): (number | undefined)[] | undefined {
  if (!shape || shape.length === 0) return undefined;
  return shape.map((axis) => {
    const size = typeof axis === 'number' ? axis : (axis as { getSize?: () => number } | null)?.getSize?.();
    return typeof size === 'number' ? size : undefined;
  });
}

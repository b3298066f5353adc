import util from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { z } from 'zod';
import { messageOf, ResourceError } from '../core/errors.ts';
import type { BackendCard } from '../core/predictor.ts';
import type { RuntimeBackend } from './backend.ts';
import { parseBackendOptions } from './options.ts';
import { firstLine } from './tf-files.ts';
import { openGraphModel } from './tf-files-graph-model.ts';
import { openSavedModel, type SavedModels } from './tf-files-saved-model.ts';
import { type Engine, startEngine } from './tfjs/engine.ts';
import { openTfjs } from './tfjs/open.ts';

const ID = 'tfjs-node';
/** A variable, for the package is optional and a literal would not type-check where it is absent. */
const PACKAGE: string = '@tensorflow/tfjs-node';
const ENGINE = 'tensorflow';

const optionsSchema = z.strictObject({
  threads: z.int().min(1).max(256).default(1).describe('threads inside one operator; one number per process'),
  device: z.enum(['cpu']).default('cpu'),
});
type Options = z.output<typeof optionsSchema>;

interface TfjsNode {
  readonly version: Readonly<Record<string, string>>;
  readonly node: SavedModels;
  backend(): { readonly binding?: { readonly TF_Version?: string } };
}

interface Loaded {
  readonly engine: Engine;
  readonly tfjs: TfjsNode;
  readonly version: string;
}

/** TensorFlow starts its threads once in a process, when it is loaded. */
let loaded: { readonly threads: number; readonly ready: Promise<Loaded> } | undefined;

/** TensorFlow's C library through @tensorflow/tfjs-node. Its run() blocks the event loop of the thread that calls it. */
export const tfjsNode: RuntimeBackend<Options> = {
  kind: 'runtime',
  title: 'TensorFlow, native (tfjs-node)',
  parseOptions: (value) => parseBackendOptions(ID, optionsSchema, value),
  async open({ model, options }) {
    const tensorflow = await load(options);
    return openTfjs({ engine: tensorflow.engine, model, card: cardOf(tensorflow, options)(model.sha256) });
  },
  async openGraphModel({ path, options }) {
    const tensorflow = await load(options);
    return openGraphModel({ engine: tensorflow.engine, path, card: cardOf(tensorflow, options) });
  },
  async openSavedModel({ path, options }) {
    const tensorflow = await load(options);
    return openSavedModel({
      engine: tensorflow.engine,
      savedModels: tensorflow.tfjs.node,
      path,
      card: cardOf(tensorflow, options),
    });
  },
};

const cardOf =
  ({ version }: Loaded, options: Options) =>
  (weightsSha256: string): BackendCard => ({
    id: ID,
    version,
    device: options.device,
    threads: options.threads,
    weightsSha256,
    options,
  });

/**
 * TensorFlow itself, for whoever calls its operators without a model: `threads` is decided once per process.
 * @throws ResourceError where the package or its library is not there.
 */
export async function startTensorflow(threads: number): Promise<{ readonly engine: Engine; readonly version: string }> {
  return load({ threads, device: 'cpu' });
}

function load({ threads }: Options): Promise<Loaded> {
  if (loaded && loaded.threads !== threads)
    throw new ResourceError(
      `backend ${ID}: TensorFlow has threads: ${loaded.threads} in this process, which cannot become threads: ${threads}; run the two in separate suites`,
    );
  if (!loaded) {
    loaded = { threads, ready: start(threads) };
    // A failed start may be repeated: nothing was started.
    loaded.ready.catch(() => {
      loaded = undefined;
    });
  }
  return loaded.ready;
}

async function start(threads: number): Promise<Loaded> {
  // TensorFlow reads the environment of the process, which that of a worker thread is not.
  if (!isMainThread) throw new ResourceError(`backend ${ID} runs in the main thread of a process alone`);
  process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  // Operators are called one by one.
  process.env.TF_NUM_INTEROP_THREADS = '1';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // The package calls it; Node 23 took it away.
  const shim = util as { isNullOrUndefined?: (value: unknown) => boolean };
  shim.isNullOrUndefined ??= (value) => value === null || value === undefined;
  let tfjs: TfjsNode | undefined;
  const engine = await startEngine(ID, ENGINE, async () => {
    tfjs = await importPackage();
  });
  const library = tfjs?.backend().binding?.TF_Version;
  if (!tfjs || library === undefined) throw new ResourceError(`backend ${ID}: ${PACKAGE} is not on its native library`);
  return { engine, tfjs, version: `${tfjs.version[ID]} (TensorFlow ${library})` };
}

async function importPackage(): Promise<TfjsNode> {
  try {
    const imported = (await import(PACKAGE)) as TfjsNode & { default?: TfjsNode };
    return imported.default ?? imported;
  } catch (error) {
    throw cannotLoad(error);
  }
}

/** What to do when the package is absent altogether, or there without its native part, whose download was blocked. */
export function cannotLoad(error: unknown): ResourceError {
  const absent = (error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(PACKAGE);
  return new ResourceError(
    `backend ${ID} cannot be loaded on this machine (${absent ? 'it is not installed' : firstLine(error)}); ` +
      `npm install ${PACKAGE}, or where its download is blocked: node scripts/tfjs-native.mjs (docs/backends-tfjs-node.md)`,
  );
}

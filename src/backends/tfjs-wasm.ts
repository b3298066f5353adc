import { z } from 'zod';
import type { BackendCard } from '../core/predictor.ts';
import type { RuntimeBackend } from './backend.ts';
import { parseBackendOptions } from './options.ts';
import { openGraphModel } from './tf-files-graph-model.ts';
import { type Engine, startEngine } from './tfjs/engine.ts';
import { openTfjs } from './tfjs/open.ts';

const ID = 'tfjs-wasm';

const optionsSchema = z.strictObject({
  device: z.enum(['cpu']).default('cpu'),
  // Its WebAssembly runs threads in browsers alone; asked for 2 it must refuse, not run with 1.
  threads: z.literal(1).default(1).describe('in Node it has one'),
});
type Options = z.output<typeof optionsSchema>;

/** TensorFlow.js on WebAssembly with SIMD. Its run() blocks the event loop of the thread that calls it. */
export const tfjsWasm: RuntimeBackend<Options> = {
  kind: 'runtime',
  title: 'TensorFlow.js, WebAssembly',
  parseOptions: (value) => parseBackendOptions(ID, optionsSchema, value),
  async open({ model, options }) {
    const { engine, card } = await start(options);
    return openTfjs({ engine, model, card: card(model.sha256) });
  },
  async openGraphModel({ path, options }) {
    return openGraphModel({ path, ...(await start(options)) });
  },
};

async function start(options: Options) {
  const { engine, version } = await startWasm();
  const card = (weightsSha256: string): BackendCard => ({ id: ID, version, ...options, weightsSha256, options });
  return { engine, card };
}

/**
 * TensorFlow.js on WebAssembly itself, for whoever calls its operators without a model.
 * @throws ResourceError where the package is not there or does not start.
 */
export async function startWasm(): Promise<{ readonly engine: Engine; readonly version: string }> {
  let version = '';
  const engine = await startEngine(ID, 'wasm', async () => {
    version = (await import('@tensorflow/tfjs-backend-wasm')).version_wasm;
  });
  return { engine, version };
}

import { z } from 'zod';
import type { BackendCard } from '../core/predictor.ts';
import type { RuntimeBackend } from './backend.ts';
import { parseBackendOptions } from './options.ts';
import { openGraphModel } from './tf-files-graph-model.ts';
import { type Engine, startEngine } from './tfjs/engine.ts';
import { openTfjs } from './tfjs/open.ts';

const ID = 'tfjs-cpu';

const optionsSchema = z.strictObject({
  device: z.enum(['cpu']).default('cpu'),
  threads: z.literal(1).default(1).describe('JavaScript has one'),
});
type Options = z.output<typeof optionsSchema>;

/** TensorFlow.js in plain JavaScript: a hundred times slower than native code, and it runs wherever Node runs. */
export const tfjsCpu: RuntimeBackend<Options> = {
  kind: 'runtime',
  title: 'TensorFlow.js, plain JavaScript',
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
  const { engine, version } = await startCpu();
  const card = (weightsSha256: string): BackendCard => ({ id: ID, version, ...options, weightsSha256, options });
  return { engine, card };
}

/**
 * TensorFlow.js in plain JavaScript itself, for whoever calls its operators without a model.
 * @throws ResourceError where the package is not there or does not start.
 */
export async function startCpu(): Promise<{ readonly engine: Engine; readonly version: string }> {
  let version = '';
  const engine = await startEngine(ID, 'cpu', async () => {
    version = (await import('@tensorflow/tfjs-backend-cpu')).version_cpu;
  });
  return { engine, version };
}

import type { Worker } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-web';
import { z } from 'zod';
import { ResourceError } from '../core/errors.ts';
import type { OnnxModel, RuntimeBackend } from './backend.ts';
import { oneLine, sessionRuntime } from './onnxruntime-session.ts';
import { parseBackendOptions } from './options.ts';
import { privateInstance } from './private-instance.ts';

const ID = 'onnxruntime-web';

type Ort = typeof import('onnxruntime-web');

const optionsSchema = z.strictObject({
  threads: z.int().min(1).max(64).default(1).describe('threads inside one operator'),
  // As for onnxruntime-node: it has to be asked for.
  spinning: z.boolean().default(false).describe('idle threads busy-wait; matters only above one thread'),
  optimisation: z.enum(['all', 'extended', 'basic', 'disabled']).default('all').describe('graph optimisation level'),
  device: z.enum(['cpu']).default('cpu'),
});
type Options = z.output<typeof optionsSchema>;

/** ONNX Runtime compiled to WebAssembly with SIMD. Its run() blocks the event loop of the thread that calls it. */
export const onnxruntimeWeb: RuntimeBackend<Options> = {
  kind: 'runtime',
  title: 'ONNX Runtime, WebAssembly',
  parseOptions: (value) => parseBackendOptions(ID, optionsSchema, value),
  async open({ model, options }) {
    const { ort, session, workers } = await inTurn(() => start(model, options));
    const { device, threads } = options;
    return sessionRuntime({
      session,
      tensors: ort.Tensor,
      file: model.name,
      card: { id: ID, version: versionOf(ort), device, threads, weightsSha256: model.sha256, options },
      async release() {
        await session.release();
        // They would idle, or spin, until the process ends.
        await Promise.all(workers.map((worker) => worker.terminate()));
      },
    });
  },
};

let last: Promise<unknown> = Promise.resolve();

/** One start after the other, so that the threads which appear meanwhile are those of this start. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}

/**
 * The number of threads is fixed when an instance of the package compiles its WebAssembly, so every session has an
 * instance of its own, and the threads that it starts are counted: with fewer than were asked for it does not run.
 */
async function start(model: OnnxModel, { threads, spinning, optimisation }: Options) {
  const ort = newInstance();
  ort.env.logLevel = 'fatal';
  ort.env.wasm.numThreads = threads;
  const workers: Worker[] = [];
  const count = (worker: Worker) => workers.push(worker);
  const hadWorkers = 'Worker' in globalThis;
  process.on('worker', count);
  try {
    const session = await createSession(ort, model, spinning, optimisation);
    if (workers.length !== threads - 1)
      throw new ResourceError(`${model.name}: ${ID} started ${workers.length + 1} threads instead of ${threads}`);
    return { ort, session, workers };
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw error;
  } finally {
    process.off('worker', count);
    // The package's glue code makes Node's class a global; other packages take that for a browser.
    if (!hadWorkers) Reflect.deleteProperty(globalThis, 'Worker');
  }
}

async function createSession(
  ort: Ort,
  { bytes, name }: OnnxModel,
  spinning: boolean,
  optimisation: Options['optimisation'],
): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: ['wasm'],
      executionMode: 'sequential',
      graphOptimizationLevel: optimisation,
      logSeverityLevel: 4,
      extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
    });
  } catch (error) {
    throw new ResourceError(
      `${name}: ${ID} cannot load this model (${bytes.byteLength} bytes): ${oneLine(error)}; ` +
        'it must be a whole ONNX file with its weights inside',
    );
  }
}

/**
 * With its own onnxruntime-common, which keeps one list of execution providers, in which this package and
 * onnxruntime-node would take each other's places.
 */
function newInstance(): Ort {
  try {
    return privateInstance<Ort>(ID, import.meta.url);
  } catch (error) {
    throw new ResourceError(
      `backend ${ID} cannot be loaded on this machine (${oneLine(error)}); npm install ${ID}, or choose another backend`,
    );
  }
}

const versionOf = ({ env }: Ort): string => env.versions.web ?? env.versions.common;

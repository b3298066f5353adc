import { type Engine, onEngine } from '../backends/tfjs/engine.ts';
import { startCpu } from '../backends/tfjs-cpu.ts';
import { startTensorflow } from '../backends/tfjs-node.ts';
import { startWasm } from '../backends/tfjs-wasm.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import type { TrainingKernels } from './kernels/kernels.ts';
import { nativeKernels } from './kernels/native.ts';
import { portableKernels } from './kernels/portable.ts';

/** A backend that was started, and the operations of training on it. */
interface Started {
  readonly engine: Engine;
  readonly kernels: TrainingKernels;
  /** Of the package that runs it. */
  readonly version: string;
}

interface Startable {
  /** @param threads inside one operator */
  start(threads: number): Promise<Started>;
}

/** What training can run on. */
export const TRAINING_ENGINES = {
  'tfjs-node': {
    start: (threads) => withKernels(startTensorflow(threads), nativeKernels),
  },
  'tfjs-wasm': {
    // Runs wherever Node runs, on one thread.
    start: (threads) => withKernels(alone('tfjs-wasm', threads, startWasm), portableKernels),
  },
  'tfjs-cpu': {
    // A check of the others.
    start: (threads) => withKernels(alone('tfjs-cpu', threads, startCpu), portableKernels),
  },
} as const satisfies Record<string, Startable>;
export type TrainingEngineId = keyof typeof TRAINING_ENGINES;

/** What computes gradients. */
export interface TrainingEngine extends Started {
  readonly id: TrainingEngineId;
  readonly threads: number;
  /** Why "auto" did not take the fastest. */
  readonly because?: string;
}

export const AUTO = 'auto';

/**
 * Starts the engine that is asked for, or fails: "auto" alone may take tfjs-wasm where tfjs-node does not load.
 * @throws UsageError for more threads than the engine has, ResourceError where it does not start.
 */
export async function startTrainingEngine(
  asked: TrainingEngineId | typeof AUTO,
  threads: number,
): Promise<TrainingEngine> {
  const started = async (id: TrainingEngineId) => ({ id, threads, ...(await TRAINING_ENGINES[id].start(threads)) });
  if (asked !== AUTO) return started(asked);
  try {
    return await started('tfjs-node');
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
    return { ...(await started('tfjs-wasm')), because: error.message };
  }
}

async function alone<T>(id: string, threads: number, start: () => Promise<T>): Promise<T> {
  if (threads === 1) return start();
  throw new UsageError(
    `backend ${id} trains on one thread, not on ${threads}; leave --threads out, or install @tensorflow/tfjs-node`,
  );
}

async function withKernels(
  starting: Promise<{ readonly engine: Engine; readonly version: string }>,
  kernelsOf: (engine: Engine) => TrainingKernels,
): Promise<Started> {
  const { engine, version } = await starting;
  return { engine, version, kernels: await onEngine(engine, () => kernelsOf(engine)) };
}

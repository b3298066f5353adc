import { type Engine, onEngine } from '../backends/tfjs/engine.ts';
import { availableParallelism } from 'node:os';
import { startCpu } from '../backends/tfjs-cpu.ts';
import { startTensorflow } from '../backends/tfjs-node.ts';
import { startWasm } from '../backends/tfjs-wasm.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import type { TrainingKernels } from './kernels/kernels.ts';
import { nativeKernels } from './kernels/native.ts';
import { portableKernels } from './kernels/portable.ts';

/** A backend that was started, and the operations of training on it. */
export interface StartedEngine {
  readonly engine: Engine;
  readonly kernels: TrainingKernels;
  /** Of the packages that run it. */
  readonly version: string;
  /** Inside one operator. */
  readonly threads: number;
}

interface TrainingEngine {
  readonly title: string;
  /** @param threads what the engine has where they are not asked for: all cores, or its one */
  start(threads?: number): Promise<StartedEngine>;
}

/** What training can run on, the fastest first. */
export const TRAINING_ENGINES = {
  'tfjs-node': {
    title: 'TensorFlow, native (tfjs-node)',
    start: (threads = availableParallelism()) => withKernels(startTensorflow(threads), threads, nativeKernels),
  },
  'tfjs-wasm': {
    title: 'TensorFlow.js, WebAssembly: runs everywhere, one thread',
    start: (threads = 1) => withKernels(alone('tfjs-wasm', threads, startWasm), threads, portableKernels),
  },
  'tfjs-cpu': {
    title: 'TensorFlow.js, plain JavaScript: slow, for tests',
    start: (threads = 1) => withKernels(alone('tfjs-cpu', threads, startCpu), threads, portableKernels),
  },
} as const satisfies Record<string, TrainingEngine>;
export type TrainingEngineId = keyof typeof TRAINING_ENGINES;

export interface ChosenEngine extends StartedEngine {
  readonly id: TrainingEngineId;
  /** Of 'auto': why it is not the fastest. */
  readonly because?: string;
}

/**
 * Starts the engine that is asked for, or none: only 'auto' may take another, tfjs-wasm where tfjs-node does not load.
 * @throws UsageError for an unknown id or more threads than the engine has, ResourceError where it does not start.
 */
export async function startTrainingEngine(asked: string, threads?: number): Promise<ChosenEngine> {
  if (asked !== 'auto') {
    const id = engineId(asked);
    return { id, ...(await TRAINING_ENGINES[id].start(threads)) };
  }
  try {
    return { id: 'tfjs-node', ...(await TRAINING_ENGINES['tfjs-node'].start(threads)) };
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
    return { id: 'tfjs-wasm', because: error.message, ...(await TRAINING_ENGINES['tfjs-wasm'].start(threads)) };
  }
}

function engineId(asked: string): TrainingEngineId {
  if (Object.hasOwn(TRAINING_ENGINES, asked)) return asked as TrainingEngineId;
  throw new UsageError(`engine ${asked}: there are auto, ${Object.keys(TRAINING_ENGINES).join(', ')}`);
}

async function alone<T>(id: string, threads: number, start: () => Promise<T>): Promise<T> {
  if (threads !== 1)
    throw new UsageError(`engine ${id} has one thread, not ${threads}: set threads to 1, or install tfjs-node`);
  return start();
}

async function withKernels(
  starting: Promise<{ readonly engine: Engine; readonly version: string }>,
  threads: number,
  kernelsOf: (engine: Engine) => TrainingKernels,
): Promise<StartedEngine> {
  const { engine, version } = await starting;
  return { engine, version, threads, kernels: await onEngine(engine, () => kernelsOf(engine)) };
}

import type { Engine } from '../backends/tfjs/engine.ts';
import { startTensorflow } from '../backends/tfjs-node.ts';
import type { TrainingKernels } from './kernels/kernels.ts';
import { nativeKernels } from './kernels/native.ts';

/** What computes gradients. */
export interface TrainingEngine {
  readonly id: string;
  readonly version: string;
  readonly threads: number;
  readonly engine: Engine;
  readonly kernels: TrainingKernels;
}

export async function startTrainingEngine(threads: number): Promise<TrainingEngine> {
  const { engine, version } = await startTensorflow(threads);
  return { id: 'tfjs-node', version, threads, engine, kernels: nativeKernels(engine) };
}

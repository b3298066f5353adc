import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect } from 'vitest';
import { onEngine, type Tf } from '../../src/backends/tfjs/engine.ts';
import {
  startTrainingEngine,
  TRAINING_ENGINES,
  type TrainingEngine,
  type TrainingEngineId,
} from '../../src/training/engines.ts';
import type { TrainingKernels } from '../../src/training/kernels/kernels.ts';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';

export interface OnEngine {
  readonly id: TrainingEngineId;
  readonly started: () => TrainingEngine;
  /** Runs `work` with the engine's backend as the current one; its tensors are freed, so it gives back numbers. */
  readonly run: <T>(work: (kernels: TrainingKernels, tf: Tf) => T) => Promise<T>;
}

/** The same tests on each engine; those of tfjs-node are skipped, and say so, where it is not installed. */
export function onEveryEngine(name: string, tests: (on: OnEngine) => void): void {
  for (const id of Object.keys(TRAINING_ENGINES) as TrainingEngineId[]) {
    const skip = id === 'tfjs-node' && needsTfjsNode().skip;
    describe.skipIf(skip)(`${name} on ${id}`, () => {
      let engine: TrainingEngine;
      beforeAll(async () => {
        engine = await startTrainingEngine(id, 1);
      });
      const run: OnEngine['run'] = (work) =>
        onEngine(engine.engine, (tf) => {
          tf.engine().startScope();
          try {
            return work(engine.kernels, tf);
          } finally {
            tf.engine().endScope();
          }
        });
      tests({ id, started: () => engine, run });
    });
  }
}

/** A copy: some backends give their own memory. */
export const numbersOf = (tensor: Tensor): Float32Array => Float32Array.from(tensor.dataSync());

/** Within `tolerance` times the largest value that is wanted; float32 has about seven digits. */
export function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 3e-6): void {
  expect(actual.length).toBe(wanted.length);
  let [largest, worst, at] = [0, 0, 0];
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(wanted[i]));
    const difference = Math.abs(actual[i] - wanted[i]);
    if (!(difference <= worst)) [worst, at] = [difference, i];
  }
  const words = `value ${at}: ${actual[at]} instead of ${wanted[at]}, of values up to ${largest}`;
  expect(worst / Math.max(largest, 1e-30), words).toBeLessThan(tolerance);
}

import type { Tensor } from '@tensorflow/tfjs-core';
import { DensebenchError, messageOf, ResourceError } from '../../core/errors.ts';
import { type Engine, onEngine, type Tf } from './engine.ts';
import type { Inputs } from './operator.ts';
import type { Plan, Slot, Step } from './plan.ts';
import { isHost, type Value } from './value.ts';

/** A planned graph with its weights on one engine. */
export interface Executor {
  /** Tensors in the order of the plan's inputs and outputs. */
  run(inputs: readonly HostTensor[]): Promise<HostTensor[]>;
  /** Frees the weights. */
  close(): Promise<void>;
}

interface HostTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/**
 * Uploads the constants once and runs what depends on them alone.
 * @throws ResourceError naming the node that the sizes at hand make impossible.
 */
export async function openExecutor(engine: Engine, plan: Plan, file: string): Promise<Executor> {
  const weights = await onEngine(engine, (tf) => prepare(tf, plan, file));
  return {
    run: (inputs) => onEngine(engine, (tf) => run(tf, plan, weights, inputs, file)),
    close: () =>
      onEngine(engine, () => {
        for (const value of weights.values()) if (!isHost(value)) value.dispose();
        weights.clear();
      }),
  };
}

function prepare(tf: Tf, plan: Plan, file: string): Map<Slot, Value> {
  const kept = new Map<Slot, Value>();
  tf.tidy(() => {
    const values: (Value | undefined)[] = [];
    for (const { slot, layout, constant } of plan.constants) {
      const { kind, shape, data, dtype } = constant;
      values[slot] =
        layout === 'host' || dtype === undefined
          ? { kind, shape, data: Array.from(data) }
          : tf.tensor(dtype === 'float32' ? Float32Array.from(data) : Int32Array.from(data), shape, dtype);
    }
    for (const step of plan.prepare) takeStep(tf, step, values, file);
    for (const slot of plan.kept) {
      const value = values[slot] as Value;
      kept.set(slot, isHost(value) ? value : tf.keep(value.clone()));
    }
  });
  return kept;
}

function run(
  tf: Tf,
  plan: Plan,
  weights: ReadonlyMap<Slot, Value>,
  inputs: readonly HostTensor[],
  file: string,
): HostTensor[] {
  const results: HostTensor[] = [];
  // The scope around it all frees everything when a step fails; otherwise each step frees what it used last.
  tf.tidy(() => {
    const values: (Value | undefined)[] = [];
    for (const [slot, value] of weights) values[slot] = value;
    plan.inputs.forEach(({ slot }, i) => {
      values[slot] = tf.tensor(inputs[i].data, [...inputs[i].shape], 'float32');
    });
    for (const step of plan.run) {
      takeStep(tf, step, values, file);
      for (const slot of step.frees) {
        const value = values[slot];
        if (value !== undefined && !isHost(value)) value.dispose();
        values[slot] = undefined;
      }
    }
    for (const { slot } of plan.outputs) {
      const value = values[slot] as Tensor;
      // A copy: some backends give their own memory.
      results.push({ data: Float32Array.from(value.dataSync()), shape: [...value.shape] });
    }
  });
  return results;
}

function takeStep(tf: Tf, step: Step, values: (Value | undefined)[], file: string): void {
  const of = (index: number): Value => {
    const slot = step.inputs[index];
    const value = slot === undefined ? undefined : values[slot];
    if (value === undefined) throw new RangeError(`input ${index} is missing`);
    return value;
  };
  const inputs: Inputs = {
    has: (index) => step.inputs[index] !== undefined,
    host(index) {
      const value = of(index);
      if (!isHost(value)) throw new Error(`${step.words}: a tensor was planned as numbers`);
      return value;
    },
    tensor(index) {
      const value = of(index);
      if (isHost(value)) throw new Error(`${step.words}: numbers were planned as a tensor`);
      return value;
    },
  };
  let made: readonly Value[] = [];
  try {
    tf.tidy(() => {
      made = step.run(tf, inputs);
      return made.filter((value): value is Tensor => !isHost(value));
    });
  } catch (error) {
    if (error instanceof DensebenchError) throw error;
    throw new ResourceError(
      `${file}: ${step.words} cannot be run by TensorFlow.js: ${messageOf(error).trim().replace(/\s+/g, ' ')}; ` +
        'check the model on onnxruntime-node',
    );
  }
  step.outputs.forEach((slot, i) => {
    values[slot] = made[i];
  });
}

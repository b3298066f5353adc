import { ResourceError } from '../core/errors.ts';
import type { BackendCard, Runtime, Tensor } from '../core/predictor.ts';
import { firstLine } from './tf-files.ts';
import { type Engine, onEngine, type Tf } from './tfjs/engine.ts';

export type TfTensor = ReturnType<Tf['tensor']>;
export type TfTensors = Readonly<Record<string, TfTensor>>;

export interface TfPort {
  readonly name: string;
  readonly dtype: string;
  /** Sizes that are unknown or below 1 are free. */
  readonly shape?: readonly (number | undefined)[];
}

/**
 * The Runtime around a loaded TensorFlow model. Every tensor of a run is freed with it.
 * @throws ResourceError for an input that takes no float32.
 */
export function tfRuntime(model: {
  readonly engine: Engine;
  readonly path: string;
  readonly card: BackendCard;
  readonly inputs: readonly TfPort[];
  readonly outputs: readonly TfPort[];
  readonly execute: (feeds: TfTensors) => TfTensors;
  readonly dispose: () => void;
}): Runtime {
  const { engine, path, card } = model;
  for (const { name, dtype } of model.inputs)
    if (dtype !== 'float32')
      throw new ResourceError(
        `${path}: input "${name}" has type ${dtype}; only float32 inputs are fed: put a cast behind a float32 input and export it again`,
      );
  let closed = false;
  return {
    card,
    inputs: model.inputs.map(port),
    outputs: model.outputs.map(port),
    async run(inputs) {
      if (closed) throw new Error(`${card.id}: ${path} was run after close()`);
      return onEngine(engine, (tf) => {
        let results: Record<string, Tensor> = {};
        try {
          tf.tidy(() => {
            results = fetchAll(model.execute(feed(tf, inputs)));
          });
        } catch (error) {
          if (error instanceof ResourceError) throw error;
          throw new ResourceError(`${path}: ${card.id} could not run it: ${firstLine(error)}`);
        }
        return results;
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      await onEngine(engine, model.dispose);
    },
  };
}

const feed = (tf: Tf, inputs: Readonly<Record<string, Tensor>>): TfTensors =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape], 'float32')]),
  );

/** Integer outputs (class ids) become float32, which holds them exactly up to 2^24. */
const fetchAll = (results: TfTensors): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(results).map(([name, result]) => {
      const data: Iterable<number | bigint> = result.dataSync();
      // A copy in any case, for some backends hand out their own memory; int64 comes as bigint.
      const values = data instanceof Float32Array ? data.slice() : Float32Array.from(data, Number);
      return [name, { data: values, shape: [...result.shape] }];
    }),
  );

/** An image network whose rank is not told has four axes. */
function port({ name, shape = [undefined, undefined, undefined, undefined] }: TfPort): Runtime['inputs'][number] {
  return { name, shape: shape.map((size) => (size !== undefined && size > 0 ? size : undefined)) };
}

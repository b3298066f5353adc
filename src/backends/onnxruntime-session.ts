import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-node';
import { messageOf, ResourceError } from '../core/errors.ts';
import type { BackendCard, Runtime, Tensor } from '../core/predictor.ts';

/** A session of ONNX Runtime, native or WebAssembly, as a Runtime. `release` is called once. */
export function sessionRuntime({
  session,
  tensors,
  file,
  card,
  release,
}: {
  readonly session: InferenceSession;
  readonly tensors: TensorConstructor;
  /** Names the model in errors. */
  readonly file: string;
  readonly card: BackendCard;
  readonly release: () => Promise<void>;
}): Runtime {
  let closed = false;
  return {
    card,
    inputs: session.inputMetadata.map((value) => describeValue(value, file, 'input')),
    outputs: session.outputMetadata.map((value) => describeValue(value, file, 'output')),
    async run(inputs) {
      if (closed) throw new Error(`${card.id}: ${file} was run after close()`);
      const feeds: Record<string, OrtTensor> = {};
      for (const [key, { data, shape }] of Object.entries(inputs))
        feeds[key] = new tensors('float32', data, [...shape]);
      let results: InferenceSession.ReturnType;
      try {
        results = await session.run(feeds);
      } catch (error) {
        throw new ResourceError(`${file}: ${card.id} could not run it: ${oneLine(error)}`);
      }
      return Object.fromEntries(
        session.outputNames.map((key) => [key, toTensor(results[key] as OrtTensor, file, key)]),
      );
    },
    async close() {
      if (closed) return;
      closed = true;
      await release();
    },
  };
}

function describeValue(value: InferenceSession.ValueMetadata, file: string, role: 'input' | 'output') {
  if (!value.isTensor) throw new ResourceError(`${file}: ${role} "${value.name}" is not a tensor`);
  if (role === 'input' && value.type !== 'float32')
    throw new ResourceError(`${file}: input "${value.name}" has type ${value.type}; only float32 inputs are fed`);
  return {
    name: value.name,
    shape: value.shape.map((size) => (typeof size === 'number' ? size : undefined)),
  };
}

/** Integer outputs (class ids) become float32, which holds them exactly up to 2^24. */
function toTensor(value: OrtTensor, file: string, output: string): Tensor {
  const { data, dims, type } = value;
  if (data instanceof Float32Array) return { data, shape: dims };
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return { data: Float32Array.from(data, Number), shape: dims };
  // float16 arrives as its bit patterns in a Uint16Array, and strings as an array.
  if (type !== 'float16' && ArrayBuffer.isView(data)) return { data: Float32Array.from(data), shape: dims };
  throw new ResourceError(`${file}: output "${output}" has type ${type}; cast it to float32 in the model`);
}

export const oneLine = (error: unknown): string => messageOf(error).trim().replace(/\s+/g, ' ');

import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { z } from 'zod';
import { messageOf, ResourceError } from '../core/errors.ts';
import type { Runtime, Tensor } from '../core/predictor.ts';
import type { OnnxModel, RuntimeBackend } from './backend.ts';
import { parseBackendOptions } from './options.ts';

const ID = 'onnxruntime-node';

const optionsSchema = z.strictObject({
  threads: z.int().min(1).max(256).default(1).describe('threads inside one operator'),
  // Spinning wins some ms on an idle machine and loses many on a busy one, and an idle session's spinning threads
  // slow whatever is measured next; so it has to be asked for.
  spinning: z.boolean().default(false).describe('idle threads busy-wait; matters only above one thread'),
  optimisation: z.enum(['all', 'extended', 'basic', 'disabled']).default('all').describe('graph optimisation level'),
  device: z.enum(['cpu', 'cuda', 'tensorrt', 'webgpu', 'coreml', 'dml']).default('cpu'),
});
type Options = z.output<typeof optionsSchema>;

/** ONNX Runtime's native binding. Its run() blocks the event loop of the thread that calls it. */
export const onnxruntimeNode: RuntimeBackend<Options> = {
  kind: 'runtime',
  title: 'ONNX Runtime, native',
  parseOptions: (value) => parseBackendOptions(ID, optionsSchema, value),
  async open({ model, options }) {
    const ort = await importRuntime();
    const session = await openSession(ort.InferenceSession, model, options);
    const { name } = model;
    let closed = false;
    return {
      card: {
        id: ID,
        version: ort.env.versions.node ?? ort.env.versions.common,
        device: options.device,
        threads: options.threads,
        weightsSha256: model.sha256,
        options,
      },
      inputs: session.inputMetadata.map((value) => describeValue(value, name, 'input')),
      outputs: session.outputMetadata.map((value) => describeValue(value, name, 'output')),
      async run(inputs) {
        if (closed) throw new Error(`${ID}: ${name} was run after close()`);
        const feeds: Record<string, OrtTensor> = {};
        for (const [key, { data, shape }] of Object.entries(inputs))
          feeds[key] = new ort.Tensor('float32', data, [...shape]);
        let results: InferenceSession.ReturnType;
        try {
          results = await session.run(feeds);
        } catch (error) {
          throw new ResourceError(`${name}: ${ID} could not run it: ${oneLine(error)}`);
        }
        return Object.fromEntries(
          session.outputNames.map((key) => [key, toTensor(results[key] as OrtTensor, name, key)]),
        );
      },
      async close() {
        if (closed) return;
        closed = true;
        await session.release();
      },
    } satisfies Runtime;
  },
};

/** Loaded when first needed: the binding costs tens of milliseconds that --help should not pay. */
async function importRuntime(): Promise<typeof import('onnxruntime-node')> {
  try {
    const ort = await import('onnxruntime-node');
    // The binding writes its own complaints to standard error besides throwing them; one of the two is enough.
    ort.env.logLevel = 'fatal';
    return ort;
  } catch (error) {
    throw new ResourceError(
      `backend ${ID} cannot be loaded on this machine (${oneLine(error)}); npm install ${ID}, or choose another backend`,
    );
  }
}

type SessionFactory = typeof InferenceSession;

async function openSession(
  factory: SessionFactory,
  { bytes, name }: OnnxModel,
  { threads, spinning, optimisation, device }: Options,
): Promise<InferenceSession> {
  const session: Record<string, unknown> = { intra_op: { allow_spinning: spinning ? '1' : '0' } };
  // Without this, operators that the device lacks would move to the CPU in silence.
  if (device !== 'cpu') session.disable_cpu_ep_fallback = '1';
  try {
    return await factory.create(bytes, {
      executionProviders: [device],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: optimisation,
      logSeverityLevel: 4,
      extra: { session },
    });
  } catch (error) {
    // The same bytes on the CPU tell a device that is not there from a model that is damaged.
    if (device !== 'cpu' && (await loadsOnCpu(factory, bytes)))
      throw new ResourceError(
        `${name}: ${ID} cannot run it on device "${device}" here (${oneLine(error)}); ` +
          `install what ${device} needs, or ask for device: cpu`,
      );
    throw new ResourceError(
      `${name}: ${ID} cannot load this model (${bytes.byteLength} bytes): ${oneLine(error)}; ` +
        'it must be a whole ONNX file with its weights inside',
    );
  }
}

async function loadsOnCpu(factory: SessionFactory, bytes: Uint8Array): Promise<boolean> {
  try {
    const session = await factory.create(bytes, { executionProviders: ['cpu'], logSeverityLevel: 4 });
    await session.release();
    return true;
  } catch {
    return false;
  }
}

function describeValue(value: InferenceSession.ValueMetadata, model: string, role: 'input' | 'output') {
  if (!value.isTensor) throw new ResourceError(`${model}: ${role} "${value.name}" is not a tensor`);
  if (role === 'input' && value.type !== 'float32')
    throw new ResourceError(`${model}: input "${value.name}" has type ${value.type}; only float32 inputs are fed`);
  return {
    name: value.name,
    shape: value.shape.map((size) => (typeof size === 'number' ? size : undefined)),
  };
}

/** Integer outputs (class ids) become float32, which holds them exactly up to 2^24. */
function toTensor(value: OrtTensor, model: string, output: string): Tensor {
  const { data, dims, type } = value;
  if (data instanceof Float32Array) return { data, shape: dims };
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return { data: Float32Array.from(data, Number), shape: dims };
  // float16 arrives as its bit patterns in a Uint16Array, and strings as an array.
  if (type !== 'float16' && ArrayBuffer.isView(data)) return { data: Float32Array.from(data), shape: dims };
  throw new ResourceError(`${model}: output "${output}" has type ${type}; cast it to float32 in the model`);
}

const oneLine = (error: unknown): string => messageOf(error).trim().replace(/\s+/g, ' ');

import type { InferenceSession } from 'onnxruntime-node';
import { z } from 'zod';
import { ResourceError } from '../core/errors.ts';
import type { OnnxModel, RuntimeBackend } from './backend.ts';
import { oneLine, sessionRuntime } from './onnxruntime-session.ts';
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
    return sessionRuntime({
      session,
      tensors: ort.Tensor,
      file: model.name,
      card: {
        id: ID,
        version: ort.env.versions.node ?? ort.env.versions.common,
        device: options.device,
        threads: options.threads,
        weightsSha256: model.sha256,
        options,
      },
      release: () => session.release(),
    });
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

import * as ort from 'onnxruntime-node';
import type { Tensor } from '../../src/core/predictor.ts';

/** One run of an ONNX file on one thread, by the name of its only input. */
export async function execute(onnx: Uint8Array, image: Tensor): Promise<Record<string, Tensor>> {
  const session = await ort.InferenceSession.create(onnx, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const results = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', image.data, image.shape) });
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [name, { data: data as Float32Array, shape: dims }]),
    );
  } finally {
    await session.release();
  }
}

/** |actual - wanted| / |wanted|, Euclidean. */
export function relativeL2(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (actual.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < wanted.length; i++) {
    difference += (actual[i] - wanted[i]) ** 2;
    size += wanted[i] ** 2;
  }
  return Math.sqrt(difference / size);
}

/** Of raw outputs, relative L2: the goldens' own README asks for it; float32 against float64 alone is up to 7e-6. */
export const OUTPUT_TOLERANCE = 2e-5;

/**
 * Of single stages, for which the goldens state none: how a runtime orders its sums shows more in small inner maps than
 * in outputs (conv7 of the nano network: 1.9e-5 on one processor, 2.01e-5 on another, with the same outputs).
 */
export const STAGE_TOLERANCE = 4e-5;

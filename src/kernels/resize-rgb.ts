import { resizePlanar } from './resize.ts';
import type { ResizeKind } from './taps.ts';

/**
 * Resizes a picture of three interleaved channels (h x w to height x width). Bytes are rounded to nearest and limited to
 * 0..255; OpenCV's fixed-point arithmetic may differ by 1. Floats keep their value.
 */
export function resizeRgb<A extends Uint8Array | Float32Array>(
  rgb: A,
  h: number,
  w: number,
  height: number,
  width: number,
  kind: ResizeKind = 'bilinear',
): A {
  const planar = new Float32Array(3 * h * w);
  for (let i = 0, size = h * w; i < size; i++) for (let c = 0; c < 3; c++) planar[c * size + i] = rgb[3 * i + c];
  const resized = resizePlanar(planar, 3, h, w, height, width, kind);
  const size = height * width;
  const isBytes = rgb instanceof Uint8Array;
  const output = isBytes ? new Uint8Array(3 * size) : new Float32Array(3 * size);
  for (let i = 0; i < size; i++)
    for (let c = 0; c < 3; c++) {
      const value = resized[c * size + i];
      output[3 * i + c] = isBytes ? Math.min(255, Math.max(0, Math.round(value))) : value;
    }
  return output as A;
}

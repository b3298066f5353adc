import { IGNORE_LABEL, type LabelRaster, type Raster, type RealArray, type RgbRaster } from '../core/raster.ts';
import type { Maps, Task } from '../core/tasks.ts';

const WIDTH_PX = 320;

/** Nearest neighbour, so that label colours stay pure. */
export function shrink({ height, width, data }: RgbRaster): RgbRaster {
  const factor = Math.max(1, Math.round(width / WIDTH_PX));
  const [h, w] = [Math.max(1, Math.floor(height / factor)), Math.max(1, Math.floor(width / factor))];
  const small = new Uint8Array(h * w * 3);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const from = (y * factor * width + x * factor) * 3;
      small.set(data.subarray(from, from + 3), (y * w + x) * 3);
    }
  return { height: h, width: w, channels: 3, data: small };
}

/** The map in false colours; a depth is drawn over the range of the truth, so that both pictures compare. */
export function draw(task: Task, maps: Maps, truth: Maps): RgbRaster | undefined {
  if (task === 'segmentation') return maps.segmentation && drawLabels(maps.segmentation);
  if (task === 'depth') return maps.depth && truth.depth && drawDepth(maps.depth, range(truth.depth.data));
  return maps.normals && drawNormals(maps.normals);
}

function paint(raster: Raster, colour: (pixel: number, out: Uint8Array, at: number) => void): RgbRaster {
  const data = new Uint8Array(raster.height * raster.width * 3);
  for (let i = 0; i < raster.height * raster.width; i++) colour(i, data, i * 3);
  return { height: raster.height, width: raster.width, channels: 3, data };
}

function drawLabels(raster: LabelRaster): RgbRaster {
  return paint(raster, (i, out, at) => {
    const label = raster.data[i];
    if (label !== IGNORE_LABEL) out.set(labelColour(label), at);
  });
}

/** Hues a golden angle apart, so that neighbouring ids differ; lightness in three steps tells hues apart further. */
export function labelColour(label: number): [number, number, number] {
  const hue = (label * 137.508) % 360;
  const [saturation, lightness] = [0.62, [0.62, 0.42, 0.75][label % 3]];
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    const value = lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value);
  };
  return [channel(0), channel(8), channel(4)];
}

function range(values: RealArray): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? [low, high] : [0, 1];
}

/** Near is bright; dark to light in lightness alone too, for readers who see no hue. */
const DEPTH_COLOURS = [
  [252, 236, 160],
  [240, 170, 80],
  [214, 96, 92],
  [148, 54, 122],
  [72, 34, 112],
  [20, 14, 46],
] as const;

function drawDepth(raster: Raster, [low, high]: [number, number]): RgbRaster {
  return paint(raster, (i, out, at) => {
    const value = raster.data[i];
    if (!(value > 0)) return;
    const t = Math.min(1, Math.max(0, (value - low) / (high - low))) * (DEPTH_COLOURS.length - 1);
    const step = Math.min(DEPTH_COLOURS.length - 2, Math.floor(t));
    for (let c = 0; c < 3; c++)
      out[at + c] = Math.round(DEPTH_COLOURS[step][c] * (1 - t + step) + DEPTH_COLOURS[step + 1][c] * (t - step));
  });
}

/** The usual picture of normals: x right is red, y up is green, towards the camera is blue. */
function drawNormals(raster: Raster): RgbRaster {
  return paint(raster, (i, out, at) => {
    const [x, y, z] = raster.data.subarray(i * 3, i * 3 + 3);
    if (Number.isNaN(x)) return;
    out[at] = Math.round(127.5 * (1 + x));
    out[at + 1] = Math.round(127.5 * (1 - y));
    out[at + 2] = Math.round(127.5 * (1 - z));
  });
}

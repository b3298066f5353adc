import { Random } from '../../src/core/random.ts';
import type { DepthRaster, LabelRaster, NormalsRaster, RgbRaster } from '../../src/core/raster.ts';
import { IGNORE_LABEL } from '../../src/core/raster.ts';
import type { Maps } from '../../src/core/tasks.ts';
import { TASKS } from '../../src/core/tasks.ts';
import { TAXONOMIES } from '../../src/core/taxonomies.ts';
import { resolveProtocol } from '../../src/metrics/protocols.ts';
import type { Subject, SubjectImage } from '../../src/run/doctor/subject.ts';
import { renderRoom } from '../../src/worlds/rooms/index.ts';
import { labelClasses } from '../../src/worlds/rooms/labels.ts';
import { renderStreet } from '../../src/worlds/streets/index.ts';
import { STREET_LABELS } from '../../src/worlds/streets/labels.ts';

/** Good predictions made from the truth of procedural frames, and mistakes planted in them. */

export interface Frame {
  readonly id: string;
  readonly group: string;
  readonly picture: RgbRaster;
  readonly truth: Required<Maps>;
  readonly classes: number;
}

export const WIDTH = 160;
export const HEIGHT = 120;

/**
 * Frames of rooms, two of each room, with 40 classes. Equal arguments give equal frames.
 * @param firstView other views of the same rooms begin at 2, 4, ...
 */
export function roomFrames(count: number, seed: number, firstView = 0): Frame[] {
  const [width, height] = [WIDTH, HEIGHT];
  return Array.from({ length: count }, (_, i) => {
    const frame = renderRoom({ seed: seed * 1000 + (i >> 1), frame: firstView + (i & 1), width, height });
    const labels = Uint8Array.from(frame.drawnLabels, (id) => (id === 0 ? IGNORE_LABEL : labelClasses[id - 1] - 1));
    return {
      classes: 40,
      id: `room-${i}`,
      group: `room-${i >> 1}`,
      picture: { height, width, channels: 3, data: frame.rgb },
      truth: {
        segmentation: { height, width, channels: 1, data: labels },
        depth: { height, width, channels: 1, data: frame.depthM },
        normals: { height, width, channels: 3, data: frame.normals },
      },
    };
  });
}

/** The same of streets, with the six classes of KITTI; the sky has neither depth nor normals. */
export function streetFrames(count: number, seed: number): Frame[] {
  const [width, height] = [WIDTH, HEIGHT];
  const classOf = new Map(TAXONOMIES.kitti6.map((name, id) => [STREET_LABELS[name] as number, id]));
  return Array.from({ length: count }, (_, i) => {
    const frame = renderStreet({ seed: seed * 1000 + (i >> 1), frame: i & 1, width, height });
    const labels = frame.labels.map((label) => classOf.get(label) ?? IGNORE_LABEL);
    return {
      classes: TAXONOMIES.kitti6.length,
      id: `street-${i}`,
      group: `street-${i >> 1}`,
      picture: { height, width, channels: 3, data: frame.rgb },
      truth: {
        segmentation: { height, width, channels: 1, data: labels },
        depth: { height, width, channels: 1, data: frame.depthM.map((z) => (z > 0 ? z : Number.NaN)) },
        normals: { height, width, channels: 3, data: frame.normals },
      },
    };
  });
}

/** How bad a prediction is; 1 is a network of the day: some 60 % mIoU, 10 % of depth, 13 degrees. */
export function degraded({ truth, classes }: Frame, amount: number, seed: number): Required<Maps> {
  const random = new Random(seed);
  return {
    segmentation: degradedLabels(truth.segmentation, classes, amount, random.fork(1)),
    depth: degradedDepth(truth.depth, amount, random.fork(2)),
    normals: degradedNormals(truth.normals, amount, random.fork(3)),
  };
}

const BLOCK_PX = 12;

/** A value for each block of pixels: errors of networks are not white. */
function blocks(width: number, height: number, draw: () => number): (x: number, y: number) => number {
  const across = Math.ceil(width / BLOCK_PX);
  const values = Float64Array.from({ length: across * Math.ceil(height / BLOCK_PX) }, draw);
  return (x, y) => values[Math.floor(y / BLOCK_PX) * across + Math.floor(x / BLOCK_PX)];
}

const normal = (random: Random) =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

/** Boundaries moved here and there, and blobs of classes that are not there. */
function degradedLabels(truth: LabelRaster, classes: number, amount: number, random: Random): LabelRaster {
  const { height, width } = truth;
  const shift = () => Math.round(2 * amount * normal(random));
  const [dx, dy] = [blocks(width, height, shift), blocks(width, height, shift)];
  const inside = (value: number, size: number) => Math.min(size - 1, Math.max(0, value));
  const data = new Uint8Array(truth.data.length);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const label = truth.data[inside(y + dy(x, y), height) * width + inside(x + dx(x, y), width)];
      data[i] = label === IGNORE_LABEL ? random.integer(0, classes - 1) : label;
    }
  const area = width * height;
  for (let blob = 0; blob < 14 * amount; blob++) {
    const [cx, cy] = [random.integer(0, width - 1), random.integer(0, height - 1)];
    const radius = random.uniform(0.02, 0.09) * Math.sqrt(area);
    // Mistaken for something that is in the picture, or for anything.
    const label = random.chance(0.5) ? data[random.integer(0, area - 1)] : random.integer(0, classes - 1);
    for (let i = 0; i < area; i++)
      if (Math.hypot((i % width) - cx, Math.floor(i / width) - cy) < radius) data[i] = label;
  }
  return { height, width, channels: 1, data };
}

function degradedDepth({ height, width, data: truth }: DepthRaster, amount: number, random: Random): DepthRaster {
  const local = blocks(width, height, () => 0.06 * amount * normal(random));
  const bias = 0.05 * amount * normal(random);
  const data = Float32Array.from(truth, (z, i) => {
    const noise = local(i % width, Math.floor(i / width)) + bias + 0.08 * amount * normal(random);
    return z * Math.exp(noise);
  });
  return { height, width, channels: 1, data };
}

function degradedNormals({ height, width, data: truth }: NormalsRaster, amount: number, random: Random): NormalsRaster {
  const tilt = () => 0.1 * amount * normal(random);
  const local = [0, 1, 2].map(() => blocks(width, height, tilt));
  const data = new Float32Array(truth.length);
  for (let i = 0; i < truth.length; i += 3) {
    const [x, y] = [(i / 3) % width, Math.floor(i / 3 / width)];
    const v = [0, 1, 2].map((c) => truth[i + c] + local[c](x, y) + 0.12 * amount * normal(random));
    const length = Math.hypot(...v);
    for (let c = 0; c < 3; c++) data[i + c] = v[c] / length;
  }
  return { height, width, channels: 3, data };
}

/** What the doctor is given: nothing but maps in memory. */
export function subjectOf(
  frames: readonly Frame[],
  predict: (frame: Frame, index: number) => Maps,
  changes: Partial<Subject> = {},
): Subject {
  const images = frames.map((frame, i): SubjectImage => {
    const { id, group, truth, picture } = frame;
    return { id, group, truth, maps: predict(frame, i), picture: async () => picture };
  });
  const { segmentation, depth, normals } = resolveProtocol('authors-nyud', {
    classes: frames[0].classes,
    taxonomy: 'own',
  });
  return {
    title: 'planted',
    tasks: TASKS,
    protocol: { id: 'authors-nyud', segmentation, depth: { ...depth!, nonFinite: 'strict' }, normals },
    images: images.length,
    imagesInAll: images.length,
    network: { reason: 'no network' },
    async *walk() {
      yield* images;
    },
    ...changes,
  };
}

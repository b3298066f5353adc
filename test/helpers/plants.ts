import type { ModelCard } from '../../src/backends/model-card.ts';
import { Random } from '../../src/core/random.ts';
import type { DepthRaster, LabelRaster, NormalsRaster, Raster } from '../../src/core/raster.ts';
import type { Maps, Task } from '../../src/core/tasks.ts';
import { NYUD40_TO_13 } from '../../src/core/taxonomies.ts';
import { resizePlanar } from '../../src/kernels/resize.ts';
import { cropBox } from '../../src/metrics/crop.ts';
import type { Subject, SubjectImage } from '../../src/run/doctor/subject.ts';

/** A mistake of the registry, made on purpose in good predictions. */
export interface Plant {
  readonly task: Task;
  /** The mistake that the doctor must name. */
  readonly mistake: string;
  readonly how: string;
  readonly make: (subject: Subject) => Subject;
}

type Change = (image: SubjectImage, index: number) => Partial<SubjectImage>;

function onImages(change: Change, more: (subject: Subject) => Partial<Subject> = () => ({})): Plant['make'] {
  return (subject) => ({
    ...subject,
    ...more(subject),
    async *walk() {
      let index = 0;
      for await (const image of subject.walk()) yield { ...image, ...change(image, index++) };
    },
  });
}

const labels = (map: (label: number) => number) =>
  onImages(({ maps }) => ({ maps: { ...maps, segmentation: changed(maps.segmentation as LabelRaster, map) } }));
const depths = (map: (z: number, image: number) => number) =>
  onImages(({ maps }, index) => ({
    maps: { ...maps, depth: changed(maps.depth as DepthRaster, (z) => map(z, index)) },
  }));
const normals = (map: (v: readonly number[], i: number) => readonly number[]) =>
  onImages(({ maps }) => {
    const given = maps.normals as NormalsRaster;
    const data = new Float32Array(given.data.length);
    for (let i = 0; i < data.length; i += 3) data.set(map(Array.from(given.data.subarray(i, i + 3)), i / 3), i);
    return { maps: { ...maps, normals: { ...given, data } } };
  });
const everywhere = (task: Task, map: (raster: Raster) => Raster) =>
  onImages(({ maps }) => ({ maps: { ...maps, [task]: map(maps[task] as Raster) } as Maps }));

function changed<R extends Raster>(raster: R, map: (value: number) => number): R {
  return { ...raster, data: raster.data.map(map as never) };
}

function mirrored(raster: Raster): Raster {
  const { height, width, channels } = raster;
  const data = raster.data.slice();
  for (let i = 0; i < height * width; i++)
    for (let c = 0; c < channels; c++)
      data[i * channels + c] = raster.data[(i - (i % width) + width - 1 - (i % width)) * channels + c];
  return { ...raster, data };
}

/** Brought to a quarter, then back with corners aligned, as a network with the wrong resize gives it. */
function cornersAligned(raster: Raster, stride = 4): Raster {
  const { height, width, channels } = raster;
  const [h, w] = [height / stride, width / stride];
  const data = raster.data.slice();
  const isLabels = !(data instanceof Float32Array);
  for (let c = 0; c < channels; c++) {
    const plane = Float32Array.from({ length: height * width }, (_, i) => raster.data[i * channels + c]);
    const small = resizePlanar(plane, 1, height, width, h, w, 'bilinear');
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) {
        const [sy, sx] = [(y * (h - 1)) / (height - 1), (x * (w - 1)) / (width - 1)];
        if (isLabels) {
          // The label of the pixel that the centre of the small pixel lies on.
          const at = (v: number, size: number) => Math.min(size - 1, Math.round((Math.round(v) + 0.5) * stride - 0.5));
          data[i] = raster.data[at(sy, height) * width + at(sx, width)];
          continue;
        }
        const [y0, x0] = [Math.floor(sy), Math.floor(sx)];
        const [y1, x1] = [Math.min(h - 1, y0 + 1), Math.min(w - 1, x0 + 1)];
        const [dy, dx] = [sy - y0, sx - x0];
        const at = (yy: number, xx: number) => small[yy * w + xx];
        data[i * channels + c] =
          (1 - dy) * ((1 - dx) * at(y0, x0) + dx * at(y0, x1)) + dy * ((1 - dx) * at(y1, x0) + dx * at(y1, x1));
      }
  }
  return { ...raster, data };
}

/** Everything `px` pixels too far right and down. */
function moved(raster: Raster, px: number): Raster {
  const { height, width, channels } = raster;
  const data = raster.data.slice();
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++)
      for (let c = 0; c < channels; c++) {
        const at = (dx: number, dy: number) =>
          raster.data[(Math.max(0, y - dy) * width + Math.max(0, x - dx)) * channels + c];
        const [near, far] = [Math.floor(px), Math.ceil(px)];
        data[i * channels + c] =
          near === far ? at(near, near) : (at(near, near) + at(far, near) + at(near, far) + at(far, far)) / 4;
      }
  return { ...raster, data };
}

/** Mistakes in how the fitted network is fed: keys of `input` of its card that are wrong. */
export const INPUT_PLANTS: readonly {
  readonly mistake: string;
  readonly how: string;
  readonly input: Partial<ModelCard['input']>;
}[] = [
  { mistake: 'colour-order', how: 'fed BGR', input: { colourOrder: 'bgr' } },
  { mistake: 'normalisation', how: 'ImageNet mean and std missing', input: { mean: [0, 0, 0], std: [1, 1, 1] } },
  { mistake: 'value-range', how: 'mean and std for 0..1 on values of 0..255', input: { scale: 1 } },
  { mistake: 'value-range', how: 'bytes as they are', input: { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } },
];

const plant = (task: Task, mistake: string, how: string, make: Plant['make']): Plant => ({ task, mistake, how, make });

const SWAPPED = new Map([
  [0, 1],
  [1, 0],
  [4, 6],
  [6, 4],
]);
const SCALES = Array.from({ length: 64 }, (_, i) => Math.exp(new Random(99).fork(i).uniform(-0.8, 0.8)));

export const PLANTS: readonly Plant[] = [
  plant(
    'segmentation',
    'labels-too-high',
    'ids + 1',
    labels((id) => id + 1),
  ),
  plant(
    'segmentation',
    'labels-too-low',
    'ids - 1, 0 becomes 255',
    labels((id) => (id + 255) % 256),
  ),
  plant(
    'segmentation',
    'taxonomy',
    'in 13 classes, truth in 40',
    labels((id) => NYUD40_TO_13[id]),
  ),
  plant(
    'segmentation',
    'permuted',
    'wall and floor, chair and table swapped',
    labels((id) => SWAPPED.get(id) ?? id),
  ),
  plant(
    'segmentation',
    'permuted',
    'all ids in reverse order',
    labels((id) => 39 - id),
  ),
  plant(
    'segmentation',
    'ignore-as-class',
    'unlabelled truth as class 0, ids from 1',
    onImages(
      ({ maps, truth }) => ({
        maps: { ...maps, segmentation: changed(maps.segmentation as LabelRaster, (id) => id + 1) },
        truth: {
          ...truth,
          segmentation: changed(truth.segmentation as LabelRaster, (id) => (id === 255 ? 0 : id + 1)),
        },
      }),
      ({ protocol }) => ({ protocol: { ...protocol, segmentation: { classes: 41, ignore: 255, taxonomy: 'own' } } }),
    ),
  ),
  plant('segmentation', 'flipped', 'mirrored', everywhere('segmentation', mirrored)),
  plant(
    'segmentation',
    'displaced',
    'moved by 2 px',
    everywhere('segmentation', (raster) => moved(raster, 2)),
  ),
  plant('segmentation', 'displaced', 'align_corners at stride 4', everywhere('segmentation', cornersAligned)),
  plant(
    'depth',
    'unit',
    'mm',
    depths((z) => z * 1000),
  ),
  plant(
    'depth',
    'unit',
    'cm',
    depths((z) => z * 100),
  ),
  plant(
    'depth',
    'unit',
    'dm',
    depths((z) => z * 10),
  ),
  plant(
    'depth',
    'unit',
    'x256',
    depths((z) => z * 256),
  ),
  plant(
    'depth',
    'unit',
    'x5000',
    depths((z) => z * 5000),
  ),
  plant(
    'depth',
    'unit',
    'x800',
    depths((z) => z * 800),
  ),
  plant(
    'depth',
    'unit',
    'mm read as x5000',
    depths((z) => z / 5),
  ),
  plant(
    'depth',
    'inverse',
    '1 / z',
    depths((z) => 1 / z),
  ),
  plant(
    'depth',
    'inverse',
    'disparity: 37 / z',
    depths((z) => 37 / z),
  ),
  plant(
    'depth',
    'inverse',
    '0.2 + 1 / z, each image in its own scale',
    depths((z, i) => SCALES[i] * (0.2 + 1 / z)),
  ),
  plant(
    'depth',
    'log-depth',
    'ln z',
    depths((z) => Math.log(z)),
  ),
  plant(
    'depth',
    'log-depth',
    'log10 z',
    depths((z) => Math.log10(z)),
  ),
  plant(
    'depth',
    'constant-factor',
    'x 1.6',
    depths((z) => 1.6 * z),
  ),
  plant(
    'depth',
    'median-scaling',
    'each image x 0.45 to 2.2',
    depths((z, i) => SCALES[i] * z),
  ),
  plant('depth', 'flipped', 'mirrored', everywhere('depth', mirrored)),
  plant(
    'depth',
    'displaced',
    'moved by half a pixel',
    everywhere('depth', (raster) => moved(raster, 0.5)),
  ),
  plant('depth', 'displaced', 'align_corners at stride 4', everywhere('depth', cornersAligned)),
  plant(
    'depth',
    'crop',
    'learned inside the crop garg alone',
    onImages(({ maps }) => {
      const depth = maps.depth as DepthRaster;
      const { height, width } = depth;
      const box = cropBox('garg', height, width);
      if ('problem' in box) throw new Error(box.problem);
      const isInside = (x: number, y: number) => y >= box.top && y < box.bottom && x >= box.left && x < box.right;
      const data = depth.data.map((z, i) => (isInside(i % width, Math.floor(i / width)) ? z : 80));
      return { maps: { ...maps, depth: { ...depth, data } } };
    }),
  ),
  plant(
    'depth',
    'other-truth',
    'learned on raw depth: 0 in its holes, scored on filled depth',
    onImages(({ maps, truth }) => {
      const depth = maps.depth as DepthRaster;
      const isHole = (i: number) => Math.sin(i / 7 / depth.width) + Math.sin(i / 11) > 1.1;
      const filled = truth.depth as DepthRaster;
      return {
        maps: { ...maps, depth: { ...depth, data: depth.data.map((z, i) => (isHole(i) ? 0.01 : z)) } },
        otherDepth: { ...filled, data: filled.data.map((z, i) => (isHole(i) ? Number.NaN : z)) },
      };
    }),
  ),
  plant(
    'normals',
    'flipped-axes',
    'away from the camera',
    normals(([x, y, z]) => [-x, -y, -z]),
  ),
  plant(
    'normals',
    'flipped-axes',
    'y up',
    normals(([x, y, z]) => [x, -y, z]),
  ),
  plant(
    'normals',
    'flipped-axes',
    'x to the left',
    normals(([x, y, z]) => [-x, y, z]),
  ),
  plant(
    'normals',
    'permuted-axes',
    'x z y',
    normals(([x, y, z]) => [x, z, y]),
  ),
  plant(
    'normals',
    'permuted-axes',
    '-z x y',
    normals(([x, y, z]) => [-z, x, y]),
  ),
  plant(
    'normals',
    'encoding',
    '0..1',
    normals((v) => v.map((c) => (c + 1) / 2)),
  ),
  plant(
    'normals',
    'encoding',
    '0..255',
    normals((v) => v.map((c) => Math.round(127.5 * (c + 1)))),
  ),
  plant(
    'normals',
    'encoding',
    '0..1, then length 1',
    normals((v) => unitOf(v.map((c) => (c + 1) / 2))),
  ),
  plant(
    'normals',
    'encoding',
    '2 n - 1, then length 1',
    normals((v) => unitOf(v.map((c) => 2 * c - 1))),
  ),
  plant(
    'normals',
    'not-unit',
    'lengths of 0.6 to 1',
    normals((v, i) => v.map((c) => c * (0.8 + 0.2 * Math.sin(i)))),
  ),
  plant(
    'normals',
    'flipped',
    'picture mirrored',
    onImages(({ maps }) => {
      const turned = mirrored(maps.normals as Raster) as NormalsRaster;
      return { maps: { ...maps, normals: { ...turned, data: turned.data.map((c, i) => (i % 3 ? c : -c)) } } };
    }),
  ),
  plant('normals', 'flipped', 'map mirrored', everywhere('normals', mirrored)),
  plant(
    'normals',
    'displaced',
    'moved by half a pixel',
    everywhere('normals', (raster) => moved(raster, 0.5)),
  ),
  plant('normals', 'displaced', 'align_corners at stride 4', everywhere('normals', cornersAligned)),
];

function unitOf(v: readonly number[]): number[] {
  const length = Math.hypot(...v);
  return v.map((c) => c / length);
}

import { Bench } from 'tinybench';
import { countConfusion } from '../src/kernels/confusion.ts';
import { sumDepthErrors } from '../src/kernels/depth-errors.ts';
import { sumNormalAngles } from '../src/kernels/normal-angles.ts';
import { normaliseToPlanar } from '../src/kernels/normalise.ts';
import { resizePlanar } from '../src/kernels/resize.ts';
import { upsampleArgmax } from '../src/kernels/upsample-argmax.ts';

const HEIGHT = 480;
const WIDTH = 640;
const PIXELS = HEIGHT * WIDTH;
const CLASSES = 40;
const ROUNDS = 7;
const BOX = { top: 0, bottom: HEIGHT, left: 0, right: WIDTH };
const RULE = { absolute: false, alignment: { scale: 1, shift: 0 }, clamp: true, minimumM: 1e-3, maximumM: 10 };
const IMAGENET = {
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  colourOrder: 'rgb',
} as const;

interface Contest {
  readonly name: string;
  readonly kernel: () => unknown;
  /** The way one would first write it; run in the same process, in turns with the kernel. */
  readonly naive: () => unknown;
}

/** Prints the time per pixel of a 640x480 image, the fastest of several rounds, beside the naive way in the same run. */
export async function main(): Promise<void> {
  console.log('kernel              ns/pixel    naive   ratio');
  for (const { name, kernel, naive } of contests()) {
    const bench = new Bench({ time: 0, iterations: ROUNDS, warmupTime: 0, warmupIterations: 2, retainSamples: true });
    bench.add('kernel', () => void kernel()).add('naive', () => void naive());
    await bench.run();
    const [ours, other] = bench.tasks.map(({ result }) => {
      if (!('latency' in result)) throw new Error(`${name}: not measured (${result.state})`);
      return (result.latency.min * 1e6) / PIXELS;
    });
    console.log(
      `${name.padEnd(18)} ${ours.toFixed(2).padStart(9)} ${other.toFixed(1).padStart(8)} ${(other / ours).toFixed(1).padStart(7)}`,
    );
  }
}

function contests(): Contest[] {
  const random = generator(7);
  const target = blobs(random);
  // Wrong on whole patches, as networks are: random errors would hide how labels hang together.
  const prediction = blobs(random).map((label, i) => (target[i] % 3 === 0 ? label : target[i]));
  const depth = Float32Array.from({ length: PIXELS }, () => 1 + 8 * random());
  const guess = depth.map((d) => d * (0.8 + 0.4 * random()));
  const normals = Float32Array.from({ length: 3 * PIXELS }, () => random() - 0.5);
  const others = normals.map((v) => v + 0.2 * (random() - 0.5));
  const logits = Float32Array.from({ length: (CLASSES * PIXELS) / 16 }, (_, i) => Math.sin(i / 9) + 3 * random());
  const plane = logits.subarray(0, PIXELS / 16);
  const rgb = Uint8Array.from({ length: 3 * PIXELS }, () => 256 * random());
  const [h, w] = [HEIGHT / 4, WIDTH / 4];
  return [
    {
      name: 'confusion',
      kernel: () => countConfusion(target, prediction, undefined, CLASSES, 255),
      naive: () => naiveConfusion(target, prediction),
    },
    {
      name: 'depth',
      kernel: () => sumDepthErrors(depth, guess, undefined, WIDTH, BOX, RULE),
      naive: () => naiveDepth([...depth], [...guess]),
    },
    {
      name: 'normals',
      kernel: () => sumNormalAngles(normals, others, undefined, WIDTH, BOX),
      naive: () => naiveNormals(normals, others),
    },
    {
      name: 'argmax, bicubic',
      kernel: () => upsampleArgmax(logits, CLASSES, h, w, HEIGHT, WIDTH, 'bicubic'),
      naive: () => naiveArgmax(logits, h, w, 'bicubic'),
    },
    {
      name: 'argmax, bilinear',
      kernel: () => upsampleArgmax(logits, CLASSES, h, w, HEIGHT, WIDTH, 'bilinear'),
      naive: () => naiveArgmax(logits, h, w, 'bilinear'),
    },
    {
      name: 'resize, bicubic',
      kernel: () => resizePlanar(plane, 1, h, w, HEIGHT, WIDTH, 'bicubic'),
      naive: () => naiveBilinear(plane, h, w),
    },
    {
      name: 'normalise',
      kernel: () => normaliseToPlanar(rgb, HEIGHT, WIDTH, IMAGENET),
      naive: () => naiveNormalise(rgb),
    },
  ];
}

/** Rectangles of labels, about 40 pixels wide. */
function blobs(random: () => number): Uint8Array {
  const labels = new Uint8Array(PIXELS);
  for (let k = 0; k < 600; k++) {
    const [top, left, label] = [random() * HEIGHT, random() * WIDTH, random() * CLASSES].map(Math.floor);
    for (let row = top; row < Math.min(HEIGHT, top + 40); row++)
      labels.fill(label, row * WIDTH + left, row * WIDTH + Math.min(WIDTH, left + 40));
  }
  return labels;
}

/** Park and Miller's minimal generator: the same images in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function naiveConfusion(target: Uint8Array, prediction: Uint8Array): number[][] {
  const matrix = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  target.forEach((label, i) => {
    if (label !== 255) matrix[label][prediction[i]]++;
  });
  return matrix;
}

function naiveDepth(truth: number[], prediction: number[]): number[] {
  const valid = truth.map((g, i) => [g, prediction[i]]).filter(([g]) => g > 1e-3 && g < 10);
  const mean = (of: (g: number, p: number) => number) =>
    valid.map(([g, p]) => of(g, p)).reduce((a, b) => a + b, 0) / valid.length;
  const within = (limit: number) => mean((g, p) => (Math.max(g / p, p / g) < limit ? 1 : 0));
  return [
    mean((g, p) => Math.abs(g - p) / g),
    mean((g, p) => (g - p) ** 2 / g),
    Math.sqrt(mean((g, p) => (g - p) ** 2)),
    Math.sqrt(mean((g, p) => Math.log(g / p) ** 2)),
    mean((g, p) => Math.abs(Math.log10(g) - Math.log10(p))),
    ...[1.25, 1.25 ** 2, 1.25 ** 3].map(within),
  ];
}

function naiveNormals(truth: Float32Array, prediction: Float32Array): number[] {
  const angles: number[] = [];
  for (let i = 0; i < truth.length; i += 3) {
    const [g, p] = [truth.slice(i, i + 3), prediction.slice(i, i + 3)];
    const dot = g.reduce((sum, v, k) => sum + v * p[k], 0);
    angles.push((Math.acos(dot / Math.hypot(...g) / Math.hypot(...p)) * 180) / Math.PI);
  }
  const sorted = angles.toSorted((a, b) => a - b);
  return [sorted[sorted.length >> 1], ...[5, 11.25, 30].map((t) => angles.filter((a) => a < t).length)];
}

function naiveArgmax(logits: Float32Array, h: number, w: number, kind: 'bicubic' | 'bilinear'): number[] {
  const resized = resizePlanar(logits, CLASSES, h, w, HEIGHT, WIDTH, kind);
  return Array.from({ length: PIXELS }, (_, i) => {
    const scores = Array.from({ length: CLASSES }, (_, c) => resized[c * PIXELS + i]);
    return scores.indexOf(Math.max(...scores));
  });
}

function naiveBilinear(plane: Float32Array, h: number, w: number): number[] {
  return Array.from({ length: PIXELS }, (_, i) => {
    const y = Math.max(0, (Math.floor(i / WIDTH) + 0.5) / 4 - 0.5);
    const x = Math.max(0, ((i % WIDTH) + 0.5) / 4 - 0.5);
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const at = (row: number, column: number) => plane[Math.min(h - 1, row) * w + Math.min(w - 1, column)];
    const along = (row: number) => at(row, left) * (1 - (x - left)) + at(row, left + 1) * (x - left);
    return along(top) * (1 - (y - top)) + along(top + 1) * (y - top);
  });
}

function naiveNormalise(rgb: Uint8Array): number[] {
  return [0, 1, 2].flatMap((c) =>
    Array.from({ length: PIXELS }, (_, i) => (rgb[3 * i + c] / 255 - IMAGENET.mean[c]) / IMAGENET.std[c]),
  );
}

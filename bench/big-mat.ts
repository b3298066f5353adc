import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset as RawDataset } from 'h5wasm/node';
import { datasetCardSchema } from '../src/datasets/card.ts';
import { openDataset } from '../src/datasets/loaders.ts';
import { encodeMat5 } from '../src/formats/mat5.ts';

const [WIDTH, HEIGHT] = [640, 480];
const DEFAULT_BYTES = 2.5e9;
/** The peak that the reading process must stay under. */
const LIMIT_MB = 200;
/** A chunk within one frame, as MATLAB writes it; and chunks that span frames, as in files that were written anew. */
const CHUNK_FRAMES = [1, 64];

const ARRAYS = [
  { name: 'images', axes: [3, WIDTH, HEIGHT], type: '<B', bytes: 1 },
  { name: 'depths', axes: [WIDTH, HEIGHT], type: '<f', bytes: 4 },
  { name: 'rawDepths', axes: [WIDTH, HEIGHT], type: '<f', bytes: 4 },
  { name: 'labels', axes: [WIDTH, HEIGHT], type: '<H', bytes: 2 },
] as const;
const FRAME_BYTES = ARRAYS.reduce((sum, { axes, bytes }) => sum + bytes * axes.reduce((a: number, b) => a * b, 1), 0);

const card = datasetCardSchema.parse({
  id: 'big',
  title: 'random frames in the official layout',
  licence: { name: 'none' },
  loader: 'nyudv2',
});

/**
 * Writes a file of the official layout (2.5 GB unless --bytes says otherwise) and reads every frame of it by the
 * loader in a process of its own: peak memory of that process, and milliseconds a frame.
 */
export async function main(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  if (args[0] === '--read') return read(args[1]);
  const bytes = args[0] === '--bytes' ? Number(args[1]) : DEFAULT_BYTES;
  for (const chunkFrames of CHUNK_FRAMES) {
    const directory = mkdtempSync(join(tmpdir(), 'densebench-big-'));
    try {
      const frames = Math.ceil(bytes / FRAME_BYTES);
      await write(directory, frames, chunkFrames);
      const size = statSync(join(directory, 'nyu_depth_v2_labeled.mat')).size;
      console.log(`${frames} frames, ${(size / 1e9).toFixed(2)} GB, ${chunkFrames} frames a chunk`);
      const reader = `const { main } = await import(${JSON.stringify(import.meta.url)}); await main(['--read', ${JSON.stringify(directory)}]);`;
      const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', reader], { stdio: 'inherit' });
      if (status !== 0) process.exitCode = 1;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

async function write(directory: string, frames: number, chunkFrames: number): Promise<void> {
  const h5 = await import('h5wasm/node');
  const module = (await h5.ready) as unknown as { activate_throwing_error_handler(): void };
  module.activate_throwing_error_handler();
  const file = new h5.File(join(directory, 'nyu_depth_v2_labeled.mat'), 'w');
  for (const { name, axes, type } of ARRAYS) {
    // A chunk of many frames covers a part of each, as HDF5's own choice of chunks does.
    const chunks =
      chunkFrames === 1 ? [1, ...axes] : [chunkFrames, ...axes.slice(0, -2).map(() => 1), WIDTH / 16, HEIGHT / 16];
    const dataset = file.create_dataset({
      name,
      data: frame(name, 1),
      shape: [1, ...axes],
      maxshape: [frames, ...axes],
      dtype: type,
      chunks,
    });
    dataset.resize([frames, ...axes]);
    for (let start = 0; start < frames; start += chunkFrames)
      writeFrames(dataset, name, axes, start, Math.min(start + chunkFrames, frames));
  }
  const text = file.create_dataset({
    name: 'scene_name',
    data: Uint16Array.from('room_0001', (c) => c.charCodeAt(0)),
    dtype: '<H',
  });
  const reference = text.create_reference();
  file.create_dataset({
    name: 'scenes',
    data: new Array(frames).fill(reference),
    shape: [1, frames],
    dtype: 'Reference',
  });
  file.close();
  const half = Math.floor(frames / 2);
  const numbers = Array.from({ length: frames }, (_, i) => i + 1);
  writeFileSync(
    join(directory, 'splits.mat'),
    encodeMat5({ trainNdxs: numbers.slice(0, half), testNdxs: numbers.slice(half) }),
  );
  writeFileSync(
    join(directory, 'classMapping40.mat'),
    encodeMat5({ mapClass: Array.from({ length: 894 }, (_, i) => (i % 40) + 1) }),
  );
}

function writeFrames(dataset: RawDataset, name: string, axes: readonly number[], start: number, end: number): void {
  dataset.write_slice([[start, end], ...axes.map((size): [number, number] => [0, size])], frame(name, end - start));
}

/** Random numbers that the loader takes: depths of 0..10 m, labels of 0..894. */
function frame(name: string, frames: number): Uint8Array | Uint16Array | Float32Array {
  const length = frames * WIDTH * HEIGHT;
  if (name === 'images') return randomFillSync(new Uint8Array(3 * length));
  const random = randomFillSync(new Uint16Array(length));
  if (name === 'labels') return random.map((value) => value % 895);
  return Float32Array.from(random, (value) => value / 6553.6);
}

async function read(directory: string): Promise<void> {
  const dataset = await openDataset(card, { directory, split: 'all' });
  const start = performance.now();
  let pixels = 0;
  for await (const sample of dataset.load(dataset.samples.keys())) {
    pixels += (await sample.image()).data.length + (await sample.depth()).data.length;
    pixels += (await sample.segmentation()).data.length;
  }
  const frames = dataset.samples.length;
  if (pixels !== frames * WIDTH * HEIGHT * 5) throw new Error(`${pixels} values were read`);
  await dataset.close();
  const peakMB = process.resourceUsage().maxRSS / 1024;
  const msPerFrame = (performance.now() - start) / frames;
  console.log(
    `  read in ${msPerFrame.toFixed(1)} ms a frame; peak memory ${peakMB.toFixed(0)} MB (${peakMB < LIMIT_MB ? 'under' : 'OVER'} ${LIMIT_MB})`,
  );
}

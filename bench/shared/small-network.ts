import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenedPredictor, openPredictor } from '../../src/backends/open.ts';
import { Random } from '../../src/core/random.ts';
import type { RgbRaster } from '../../src/core/raster.ts';

/** The reference network on images so small that a call takes a few milliseconds. */
export const SIZE = { width: 96, height: 64 };

const MODEL_CARD = `id: small
title: small
licence: MIT
network: { classes: 40, tasks: [segmentation, depth] }
weights: { seed: 1 }
input: { width: ${SIZE.width}, height: ${SIZE.height}, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
outputs:
  segmentation: { name: segmentation, kind: logits }
  depth: { name: depth, kind: depth, unit: m, absolute: true }
`;

/** A new folder with its card. */
export function smallNetworkFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'small-network-'));
  writeFileSync(join(folder, 'small.yaml'), MODEL_CARD);
  return folder;
}

export const smallNetworkEntry = (folder: string) => ({
  id: 'small',
  model: join(folder, 'small.yaml'),
  backend: { id: 'onnxruntime-node', threads: 1 },
});

/** @param built of an earlier call for the same folder: saves building the network again */
export const openSmallNetwork = (folder: string, built?: OpenedPredictor['built']): Promise<OpenedPredictor> =>
  openPredictor(smallNetworkEntry(folder), {
    cacheDirectory: folder,
    built,
    tasks: ['segmentation', 'depth'],
    openTrain: () => Promise.reject(new Error('not needed')),
  });

export function noiseImage(seed: number): RgbRaster {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: 3 * SIZE.width * SIZE.height }, () => random.integer(0, 255));
  return { ...SIZE, channels: 3, data };
}

/** Ends with the benchmark, also where that is killed: then it has another parent. */
const SPINNER = 'const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 1e7; i++);';

/** A process that keeps one core busy until it is killed. */
export const spin = (): ChildProcess => spawn(process.execPath, ['-e', SPINNER], { stdio: 'ignore' });

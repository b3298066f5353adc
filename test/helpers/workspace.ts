import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunRecord } from '../../src/core/record.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { encodePng } from '../../src/formats/png.ts';

/** Numbers in [0, 1) by a linear congruential generator: tests need variety, not quality. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const HEIGHT = 96;
export const WIDTH = 128;
export const CLASSES = 5;

/**
 * A folder as a user has it: `count` images with labels (.png) and depth (.npy), stored predictions of both, a data
 * set card and a suite "tiny" with one replay entry.
 */
export function makeWorkspace({ count = 6, height = HEIGHT, width = WIDTH } = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'workspace-'));
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const random = seededRandom(7);
  const pixels = height * width;
  const shape = [height, width];
  for (let i = 0; i < count; i++) {
    const id = `frame-${String(i).padStart(3, '0')}`;
    const labels = Uint8Array.from({ length: pixels }, () => (random() < 0.05 ? 255 : Math.floor(random() * CLASSES)));
    const guess = labels.map((label) => (random() < 0.3 ? Math.floor(random() * CLASSES) : label % CLASSES));
    const depth = Float32Array.from({ length: pixels }, () => (random() < 0.1 ? 0 : 0.5 + 11 * random()));
    const estimate = depth.map((z) => (z || 3) * (0.7 + 0.6 * random()));
    const rgb = Uint8Array.from({ length: 3 * pixels }, () => Math.floor(256 * random()));
    put(`data/tiny/images/${id}.png`, encodePng({ height, width, channels: 3, data: rgb }));
    put(`data/tiny/labels/${id}.png`, encodePng({ height, width, channels: 1, data: labels }));
    put(`data/tiny/depth/${id}.npy`, encodeNpy({ shape, data: depth }));
    put(`predictions/segmentation/${id}.npy`, encodeNpy({ shape, data: guess }));
    put(`predictions/depth/${id}.npy`, encodeNpy({ shape, data: estimate }));
  }
  put('datasets/tiny.yaml', TINY_CARD);
  put('suites/tiny.yaml', TINY_SUITE);
  return root;
}

const TINY_CARD = `id: tiny
title: six frames of noise
licence: { name: MIT }
loader: folder
images: { folder: images }
segmentation: { folder: labels, classes: ${CLASSES}, taxonomy: five }
depth: { folder: depth }
`;

const TINY_SUITE = `id: tiny
title: tiny
data: { id: tiny }
tasks: [segmentation, depth]
protocols: [authors-nyud, eigen-nyu]
entries:
  - { id: stored, backend: { id: replay, directory: predictions } }
`;

/** Flags that every run in a workspace needs. */
export const IN_WORKSPACE = ['--data', 'data', '--quiet'];

export function recordIn(directory: string): RunRecord {
  return JSON.parse(readFileSync(join(directory, 'record.json'), 'utf8')) as RunRecord;
}

/** The directory of the newest run of a suite. */
export function newestRun(root: string, suite: string): string {
  const parent = join(root, 'results', suite);
  return join(parent, readdirSync(parent).sort().at(-1) as string);
}

/** A record without what may differ between two runs of the same plan. */
export function withoutTimes(record: RunRecord) {
  const { runId: _1, startedAt: _2, finishedAt: _3, command: _4, environment: _5, ...rest } = record;
  return {
    ...rest,
    entries: rest.entries.map((entry) => (entry.kind === 'measured' ? { ...entry, latency: undefined } : entry)),
  };
}

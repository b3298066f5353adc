import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { encodeSafetensors } from '../../src/formats/safetensors.ts';
import { type NetworkConfig, refinenet, seededWeights } from '../../src/network/index.ts';
import { cli } from '../helpers/cli.ts';
import { CLASSES, IN_WORKSPACE, makeWorkspace, newestRun, recordIn } from '../helpers/workspace.ts';

const cwd = makeWorkspace({ count: 2 });
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const TINY = { width: 0.25, decoderWidth: 16, classes: CLASSES };
const BOTH: NetworkConfig = { ...TINY, tasks: ['segmentation', 'depth'] };
const OUTPUTS = {
  segmentation: 'segmentation: { name: segmentation }',
  depth: 'depth: { name: depth, unit: m, absolute: true }',
};
mkdirSync(join(cwd, 'models'));
function weights(name: string, config: NetworkConfig, seed: number): void {
  const bytes = encodeSafetensors(seededWeights(refinenet(config), seed), { dtype: 'float16' });
  writeFileSync(join(cwd, 'models', `${name}.safetensors`), bytes);
}
type Tasks = (keyof typeof OUTPUTS)[];
function card(id: string, config: Omit<NetworkConfig, 'tasks'> & { tasks: Tasks }, source: string): void {
  writeFileSync(
    join(cwd, 'models', `${id}.yaml`),
    `id: ${id}\ntitle: ${id}\nlicence: MIT\nnetwork: ${JSON.stringify(config)}\nweights: ${source}\n` +
      `input: { width: 128, height: 96, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }\n` +
      `outputs: { ${config.tasks.map((task) => OUTPUTS[task]).join(', ')} }\n`,
  );
}
for (const seed of [1, 2]) {
  weights(`joint-${seed}`, BOTH, seed);
  card(`joint-${seed}`, { ...TINY, tasks: ['segmentation', 'depth'] }, `{ file: joint-${seed}.safetensors }`);
}
weights('apart', { ...BOTH, trunk: 'separate' }, 3);
card('apart', { ...TINY, tasks: ['segmentation', 'depth'], trunk: 'separate' }, '{ file: apart.safetensors }');
for (const task of ['segmentation', 'depth'] as const)
  card(task, { ...TINY, tasks: [task] }, `{ file: apart.safetensors, prefix: ${task}. }`);

const row = (id: string, more = '') =>
  `  - { id: ${id}, model: ${id}, backend: { id: onnxruntime-node, threads: 1 }${more} }\n`;
writeFileSync(
  join(cwd, 'suites/seeds.yaml'),
  `id: seeds\ntitle: T\ndata: { id: tiny }\ntasks: [segmentation, depth]\nprotocols: [authors-nyud]\n` +
    `deltaM: { singles: { segmentation: segmentation, depth: depth } }\nentries:\n` +
    row('joint-1', ', seedsOf: joint') +
    row('joint-2', ', seedsOf: joint') +
    row('apart') +
    row('segmentation') +
    row('depth'),
);

describe('a run of networks with stored weights', () => {
  it('has real accuracy, a mean over seeds, and delta_m', () => {
    const { status, stdout } = cli(['run', 'seeds', ...IN_WORKSPACE, '--save-predictions', 'npy'], { cwd });
    expect(status).toBe(0);
    const record = recordIn(newestRun(cwd, 'seeds'));
    const entries = record.entries as MeasuredEntry[];
    expect(entries.map(({ seedsOf }) => seedsOf)).toEqual(['joint', 'joint', undefined, undefined, undefined]);
    const value = (id: string, key: string) =>
      entries.find((entry) => entry.id === id)?.readings.find((reading) => reading.key === key)?.value;
    for (const key of ['segmentation/mIoU', 'depth/rmse']) {
      expect(value('joint-1', key)).toEqual(expect.any(Number));
      // The network of two trunks, and each of its trunks alone out of the same file.
      expect(value('apart', key)).toBe(value(key.split('/')[0], key));
    }
    expect(stdout).toMatch(/joint: mean of 2 seeds.* ± /);
    expect(stdout).toMatch(/apart .*0\.00 \(/);
  });

  it('keeps both where its predictions are scored again', () => {
    const again = cli(['rescore', newestRun(cwd, 'seeds'), ...IN_WORKSPACE, '-o', 'again'], { cwd });
    expect([again.stderr, again.status]).toEqual(['', 0]);
    expect(again.stdout).toContain('joint: mean of 2 seeds');
    expect(recordIn(join(cwd, 'again')).deltaM).toHaveLength(2);
  });
});

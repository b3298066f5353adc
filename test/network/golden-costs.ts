import { readFileSync } from 'node:fs';
import type { Task } from '../../src/core/tasks.ts';
import { type Graph, type ImageSize, type NetworkConfig, refinenet } from '../../src/network/index.ts';

/** Lines of a golden table of costs, without its heading. */
export const fixture = (name: string): string[][] =>
  readFileSync(new URL(`../fixtures/network/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

export const TASK_SETS: Record<string, Task[]> = {
  t2: ['segmentation', 'depth'],
  t3: ['segmentation', 'depth', 'normals'],
  t2_segm_only: ['segmentation'],
  t2_depth_only: ['depth'],
};
const VARIANTS: Record<string, Partial<NetworkConfig>> = {
  paper: {},
  std_pre: { head: 'dense' },
  no_pre: { head: 'none' },
  std_crp1: { crp1: 'dense' },
  std_pre_std_crp1: { head: 'dense', crp1: 'dense' },
};

export function sizeOf(text: string): ImageSize {
  const [width, height] = text.split('x').map(Number);
  return { width, height };
}

/** "c40_t2_std_pre" -> the graph that the golden counts. */
export function networkOf(variant: string): Graph {
  const [, classes, rest] = /^c(\d+)_(.+)$/.exec(variant)!;
  const build = (tasks: Task[], options: Partial<NetworkConfig> = {}) =>
    refinenet({ classes: Number(classes), tasks, ...options });
  if (rest === 'two_single_task_networks') return build(TASK_SETS.t2, { trunk: 'separate' });
  return TASK_SETS[rest] ? build(TASK_SETS[rest]) : build(TASK_SETS[rest.slice(0, 2)], VARIANTS[rest.slice(3)]);
}

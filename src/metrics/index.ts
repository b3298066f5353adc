import type { Metric } from '../core/metric.ts';
import type { Task } from '../core/tasks.ts';
import { depth } from './depth.ts';
import { normals } from './normals.ts';
import { segmentation } from './segmentation.ts';

/** Every metric, by the task it judges. What a tally holds is the metric's own affair; it is plain JSON. */
export const METRICS: { readonly [T in Task]: Metric<T, unknown> } = { segmentation, depth, normals };

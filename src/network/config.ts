import { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { TASKS } from '../core/tasks.ts';
import { HEADS, type HeadId } from './heads/index.ts';

/** Far above any real network: they catch slips of the keyboard before they fill the memory. */
const channels = z.int().min(1).max(8192);
const repeats = z.int().min(1).max(64);

/** [expansion, output channels, repeats, stride of the first]: MobileNet-v2, Sandler et al. 2018, table 2. */
const row = z.tuple([z.int().min(1).max(64), channels, repeats, z.union([z.literal(1), z.literal(2)])]);

const MOBILENET_V2_ROWS: z.output<typeof row>[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

/** The decoder sums the features of rows 4 and 5, and of rows 6 and 7: the later of each must not shrink. */
const UNSTRIDED_ROWS = [4, 6];

/** What a model card says of a reference network; the defaults are the paper's. */
export const networkConfigSchema = z
  .strictObject({
    classes: z.int().min(1).max(IGNORE_LABEL).optional().describe('train ids 0..classes-1; needed for segmentation'),
    tasks: z
      .array(z.enum(TASKS))
      .min(1)
      .refine((tasks) => new Set(tasks).size === tasks.length, 'a task is named twice')
      .default(['segmentation', 'depth']),
    stem: channels.default(32).describe('channels of the first convolution'),
    rows: z
      .array(row)
      .length(MOBILENET_V2_ROWS.length, `needs ${MOBILENET_V2_ROWS.length} rows`)
      .refine((rows) => UNSTRIDED_ROWS.every((i) => rows[i]?.[3] === 1), 'the stride of rows 5 and 7 must be 1')
      .default(MOBILENET_V2_ROWS)
      .describe('backbone stages: [expansion, channels, repeats, stride]'),
    width: z
      .number()
      .positive()
      .max(4)
      .default(1)
      .describe('multiplies the channels of stem and rows, to multiples of 8'),
    decoderWidth: channels.default(256).describe('channels of the decoder'),
    crp1: z.enum(['depthwise', 'dense']).default('depthwise').describe('1x1 convolutions of the last pooling chain'),
    head: z.enum(Object.keys(HEADS) as [HeadId, ...HeadId[]]).default('depthwise'),
    trunk: z
      .enum(['shared', 'separate'])
      .default('shared')
      .describe('separate: one whole network per task, nothing shared, run one after the other'),
  })
  .refine((config) => config.classes !== undefined || !config.tasks.includes('segmentation'), {
    message: 'segmentation needs the number of classes',
    path: ['classes'],
  });

/** As a user gives it; see networkConfigSchema for the defaults. */
export type NetworkConfig = z.input<typeof networkConfigSchema>;
export type ResolvedNetworkConfig = z.output<typeof networkConfigSchema>;

/** @throws UsageError that names the fields at fault. */
export function resolveNetworkConfig(config: NetworkConfig): ResolvedNetworkConfig {
  const result = networkConfigSchema.safeParse(config);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'network'}: ${issue.message}`);
  throw new UsageError(`not a reference network: ${issues.join('; ')}`);
}

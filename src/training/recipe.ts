import { z } from 'zod';
import { taskOf } from '../core/figure-name.ts';
import { identifier } from '../core/identifier.ts';
import { DEPTH_TRUTHS } from '../core/protocol.ts';
import { TASKS } from '../core/tasks.ts';
import { catalogIds, readFromCatalog } from '../formats/catalog.ts';
import { networkConfigSchema } from '../network/index.ts';
import { SCHEDULES } from './schedule.ts';

/** Figures that a validation gives. */
export const WATCHED = [
  'segmentation/mIoU',
  'segmentation/pixelAccuracy',
  'depth/absRel',
  'depth/rmse',
  'depth/delta1',
  'normals/meanDeg',
  'normals/medianDeg',
  'normals/within11_25',
] as const;

const sidePx = z.int().min(32).max(4096);
const weight = z.number().min(0).max(1000);

const layerSchema = z.strictObject({
  folder: z.string().min(1).meta({ description: 'a label layer, as "densebench label" writes it' }),
  filter: z
    .strictObject({ score: z.string().min(1), threshold: z.number() })
    .optional()
    .meta({ description: 'pixels whose score is lower are left out' }),
});

const dataSchema = z.strictObject({
  id: z.string().min(1).meta({ description: 'id of a data set card (datasets/<id>.yaml), or a path to one' }),
  split: identifier.default('train'),
  classes: z.int().min(1).max(255).optional().meta({ description: 'taxonomy by its class count, e.g. 40 or 13' }),
  depth: z.enum(DEPTH_TRUTHS).optional().meta({ description: 'which depth is the truth' }),
  input: z.strictObject({ width: sidePx, height: sidePx }).meta({ description: 'images are resized to this, pixels' }),
  batch: z.int().min(1).max(256).default(8).meta({ description: 'images of this data set in each step' }),
  labelled: z
    .partialRecord(z.enum(TASKS), z.number().min(0).max(1))
    .default({})
    .meta({ description: 'share of the images whose truth of a task is used, chosen by the seed; default 1' }),
  layers: z.array(layerSchema).default([]).meta({
    description: "experts' labels for pixels without a truth that is used; the first layer that has one fills",
  }),
  validation: z
    .strictObject({ split: identifier, images: z.int().min(1).optional() })
    .optional()
    .meta({ description: 'by which training is watched; never trained on' }),
});

/** What `densebench train` reads: a network, the data it learns from, and how. */
export const recipeSchema = z
  .strictObject({
    id: identifier,
    title: z.string().min(1),
    description: z.string().optional(),
    licence: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'of the weights, for their card; default: names the licences of the data' }),
    network: networkConfigSchema,
    slices: z
      .record(z.string().min(1), z.strictObject({ first: z.int().min(0), count: z.int().min(1).max(255) }))
      .optional()
      .meta({ description: 'of several data sets in one network: taxonomy -> its channels' }),
    data: z.array(dataSchema).min(1),
    images: z.int().min(1).meta({ description: 'that the network sees in all, repeats counted' }),
    halfSize: z.number().min(0).max(1).default(0).meta({
      description:
        'share of the steps, the first ones, at which images are half as large: four times as fast; an early stop is judged after them',
    }),
    optimiser: z
      .strictObject({
        learningRate: z.number().positive().default(0.03),
        schedule: z.enum(SCHEDULES).default('cosine'),
        warmup: z.number().min(0).max(0.5).default(0.02).meta({ description: 'share of the steps' }),
        plainRate: z.number().positive().max(1).default(0.08).meta({
          description:
            'factor on the rate of layers without batch normalisation (decoder, heads), whose scale it moves',
        }),
        weightDecay: z.number().min(0).default(0.01),
      })
      .prefault({})
      .meta({ description: 'Adam with decoupled weight decay' }),
    loss: z
      .strictObject({
        segmentation: weight.default(1),
        depth: weight.default(1),
        normals: weight.default(1),
        balance: z.number().min(0).max(1).default(0).meta({
          description: 'a class weighs (median frequency / its own) to this power, within 0.1 to 10; 0: all weigh 1',
        }),
      })
      .prefault({})
      .meta({ description: 'weights of cross-entropy, berHu of ln z, and 1 - cosine' }),
    augment: z
      .strictObject({
        flip: z.boolean().default(true),
        scale: z
          .tuple([z.number().min(0.25).max(4), z.number().min(0.25).max(4)])
          .refine(([low, high]) => low <= high, 'give [smallest, largest]')
          .default([1, 1.5])
          .meta({ description: 'factor of enlargement, then a random crop of the input size; [1, 1]: none' }),
        colour: z
          .number()
          .min(0)
          .max(0.9)
          .default(0.2)
          .meta({ description: 'most that brightness, contrast and channels change' }),
      })
      .prefault({}),
    validateEvery: z.int().min(1).optional().meta({ description: 'images; default: a tenth of all' }),
    earlyStop: z
      .strictObject({
        key: z.enum(WATCHED).meta({ description: 'of the first data set with a validation, e.g. segmentation/mIoU' }),
        patience: z.int().min(1).meta({ description: 'validations without a better value after which training ends' }),
      })
      .optional(),
    seed: z.int().min(0).max(0x7fffffff).default(1),
  })
  .refine(
    ({ data, slices, network }) => data.length === 1 || slices !== undefined || !network.tasks.includes('segmentation'),
    {
      message: 'several data sets share the channels of segmentation: name the slice of each',
      path: ['slices'],
    },
  )
  .refine(({ slices = {} }) => !overlap(Object.values(slices)), {
    message: 'two slices share a channel; give each data set channels of its own',
    path: ['slices'],
  })
  .refine(({ data }) => !hasTwice(data.filter(({ validation }) => validation).map(({ id }) => id)), {
    message: 'two validations are on one data set, and their figures would bear one name; leave one out',
    path: ['data'],
  })
  .refine(({ data, network }) => network.tasks.includes('segmentation') || data.every(({ layers }) => !layers.length), {
    message: 'layers are labels of segmentation, and the network has no such task; leave them out',
    path: ['data'],
  })
  .refine(({ earlyStop, data, halfSize }) => !earlyStop || (data.some((each) => each.validation) && halfSize < 1), {
    message: 'looks at a validation at full size: give a data set one, and leave steps behind halfSize',
    path: ['earlyStop'],
  })
  .refine(({ earlyStop, network }) => !earlyStop || network.tasks.some((task) => task === taskOf(earlyStop.key)), {
    message: 'is a figure of a task that the network does not have',
    path: ['earlyStop', 'key'],
  });

type Slice = { readonly first: number; readonly count: number };

const overlap = (slices: readonly Slice[]): boolean =>
  slices.some((a, i) => slices.some((b, j) => i < j && a.first < b.first + b.count && b.first < a.first + a.count));

const hasTwice = (names: readonly string[]): boolean => new Set(names).size < names.length;

export type Recipe = z.output<typeof recipeSchema>;
export type RecipeData = Recipe['data'][number];

export const recipeIds = (): string[] => catalogIds('models/recipes');

/**
 * The recipe of an id (./models/recipes/<id>.yaml of the working directory, then the package's), or of a path.
 * @throws UsageError with file, line and column.
 */
export const findRecipe = (reference: string): Recipe =>
  readFromCatalog('models/recipes', 'recipe', reference, recipeSchema).value;

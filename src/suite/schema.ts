import { z } from 'zod';
import { identifier } from '../core/identifier.ts';
import { PARITY_KEYS } from '../core/parity.ts';
import { DEPTH_TRUTHS } from '../core/protocol.ts';
import { PROTOCOL_IDS } from '../core/protocol-presets.ts';
import { TASKS } from '../core/tasks.ts';
import { NORMALS_METHODS, NORMALS_WINDOWS } from '../kernels/depth-normals.ts';
import { backendSchema } from './backend.ts';
import { deltaMSchema } from './delta-m.ts';
import { labelsSchema } from './labels.ts';

const dataSchema = z
  .strictObject({
    id: z.string().min(1).meta({ description: 'id of a data set card (datasets/<id>.yaml), or a path to one' }),
    split: identifier
      .default('test')
      .meta({ description: 'train, test, all, or another that the card of the data set names' }),
    classes: z.int().min(1).max(255).optional().meta({ description: 'taxonomy by its class count, e.g. 40 or 13' }),
    depth: z.enum(DEPTH_TRUTHS).optional().meta({ description: 'which depth is the truth' }),
    sample: z.string().optional().meta({ description: 'card of the sample that stands in when the data is not there' }),
  })
  .meta({ description: 'what is evaluated' });

const thresholdsSchema = z.partialRecord(z.enum(PARITY_KEYS), z.number().min(0)).meta({
  description: 'largest difference that passes (labelAgreement: smallest share); a broken one ends with exit code 1',
});

const paritySchema = z
  .strictObject({
    reference: z.string().meta({ description: 'the entry that all others are compared with; it stands first' }),
    images: z.int().min(1).default(4).meta({ description: 'how many, evenly over the split' }),
    thresholds: thresholdsSchema.default({}),
  })
  .meta({ description: 'how far the outputs of the entries differ on the same images' });

/** Of frames, unless the suite or --duration says otherwise. */
export const OPEN_LOOP_SECONDS = 10;

const LATENCY_RULES = {
  minimumSeconds: z.number().positive(),
  minimumCount: z.int().min(1),
  warmupSeconds: z.number().min(0).meta({ description: 'at least; it ends when the times have settled' }),
  compareTo: z.string().meta({ description: 'the entry that all others are alternated with' }),
  halfWidth: z.number().positive().max(0.5).meta({
    description: 'of the 95 % interval of a ratio, relative: decides the number of pairs',
  }),
  maximumSeconds: z.number().positive().meta({ description: 'cap on one comparison' }),
};

const latencySchema = z
  .strictObject({
    minimumSeconds: LATENCY_RULES.minimumSeconds.default(3),
    minimumCount: LATENCY_RULES.minimumCount.default(64),
    warmupSeconds: LATENCY_RULES.warmupSeconds.default(1),
    compareTo: LATENCY_RULES.compareTo.optional(),
    halfWidth: LATENCY_RULES.halfWidth.default(0.01),
    maximumSeconds: LATENCY_RULES.maximumSeconds.default(60),
    openLoop: z
      .strictObject({ rateHz: z.number().positive(), seconds: z.number().positive().default(OPEN_LOOP_SECONDS) })
      .optional()
      .meta({ description: 'frames at a fixed rate, as from a camera' }),
  })
  .meta({ description: 'measured apart from accuracy, each entry in its own process' });

const entrySchema = z.strictObject({
  id: identifier.refine((id) => id !== 'image' && id !== 'truth', 'pictures of a run bear this name; choose another'),
  title: z.string().optional(),
  model: z.string().optional().meta({ description: 'id of a model card (models/<id>.yaml), or a path to one' }),
  variant: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'keys of the model card that this row changes, e.g. {network: {head: dense}}' }),
  backend: backendSchema,
  seedsOf: z.string().min(1).max(80).optional().meta({
    description:
      'the design that this is one seed of: entries with the same word here get a row with their mean and standard deviation',
  }),
  optional: z.boolean().optional().meta({
    description:
      'true: where its model, runtime or train split is not there, the row is left out, named, and nothing failed',
  }),
  derive: z
    .strictObject({
      normals: z.strictObject({
        method: z.enum(NORMALS_METHODS).meta({ description: 'cross product of differences, or a plane fit' }),
        window: z
          .literal(NORMALS_WINDOWS)
          .default(5)
          .meta({ description: 'width in pixels of the square around a pixel: 3 or 5' }),
      }),
    })
    .optional()
    .meta({
      description: 'maps that are computed from the depth that this row predicts, with the camera of the data set',
    }),
  parts: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({ description: 'of a suite with parts: the ids of those that this entry runs in; default: all' }),
  latency: z
    .strictObject({
      ...LATENCY_RULES,
      compareTo: LATENCY_RULES.compareTo.nullable().meta({ description: 'null: not compared' }),
    })
    .partial()
    .optional()
    .meta({ description: "over the suite's, for this row" }),
  parity: thresholdsSchema
    .optional()
    .meta({ description: "this entry's own thresholds, in place of those of the suite" }),
});

const tasksSchema = z.array(z.enum(TASKS)).min(1);
const protocolsSchema = z
  .array(z.enum(PROTOCOL_IDS))
  .min(1)
  .meta({ description: "one inference feeds one tally per protocol; the first is the main table's" });

/** Files of a run stand beside the folders of its parts. */
const RESERVED = ['lock', 'record.json', 'suite.resolved.yaml'];

const partSchema = z.strictObject({
  id: identifier.refine((id) => !RESERVED.includes(id), 'files of a run bear this name; choose another'),
  title: z.string().optional(),
  data: dataSchema,
  tasks: tasksSchema.optional().meta({ description: "default: the suite's" }),
  protocols: protocolsSchema.optional().meta({ description: "default: the suite's" }),
  variant: z.record(z.string(), z.unknown()).optional().meta({
    description: 'keys of the model card that every network of this part changes, e.g. {input: {width: 1200}}',
  }),
  variants: z.record(z.string(), z.record(z.string(), z.unknown())).optional().meta({
    description: 'entry -> keys of its model card that it changes in this part alone; they go before all others',
  }),
  specialist: z
    .union([z.string(), z.record(z.string(), z.string())])
    .optional()
    .meta({
      description:
        'the entry made for this data set alone, with whose mIoU the others are compared; or entry -> its own specialist',
    }),
  latency: latencySchema.nullable().optional().meta({ description: "default: the suite's; null: not measured here" }),
  deltaM: deltaMSchema.optional().meta({ description: "default: the suite's, as far as this part measures it" }),
});

/** A suite, complete. */
export const suiteSchema = z.strictObject({
  id: identifier,
  title: z.string().min(1),
  description: z.string().optional(),
  data: dataSchema,
  limit: z.int().min(1).optional().meta({ description: 'only the first images, as by --limit' }),
  tasks: tasksSchema,
  protocols: protocolsSchema,
  entries: z.array(entrySchema).min(1),
  reported: z.array(z.string()).default([]).meta({ description: 'tables of results/published shown beside' }),
  columns: z.array(z.string()).optional().meta({ description: 'figures of the main table, e.g. depth/rmse' }),
  deltaM: deltaMSchema.optional(),
  latency: latencySchema.optional(),
  parity: paritySchema.optional(),
  labels: labelsSchema.optional(),
  panels: z.int().min(0).max(50).default(4).meta({ description: 'images shown in the HTML report' }),
});
export type Suite = z.output<typeof suiteSchema>;
export type SuiteEntry = Suite['entries'][number];

/** A suite of several parts, each on data of its own: every part is run like a suite. */
export const jointSuiteSchema = suiteSchema
  .omit({ data: true, labels: true })
  .extend({ tasks: tasksSchema.optional(), protocols: protocolsSchema.optional(), parts: z.array(partSchema).min(1) });
export type JointSuite = z.output<typeof jointSuiteSchema>;
export type SuitePart = JointSuite['parts'][number];

/** A suite as it stands in a file: with `extends`, everything but the id may come from another suite. */
export const suiteFileSchema = suiteSchema
  .partial()
  .required({ id: true })
  .extend({
    extends: z.string().optional().meta({
      description:
        'id or path of a suite to start from: keys given here replace its keys, entries and parts with a new id are added',
    }),
    data: dataSchema.partial().optional(),
    parts: z.array(partSchema).min(1).optional().meta({
      description: 'in place of data: several data sets, each run like a suite of its own, with one table over all',
    }),
  });
export type SuiteFile = z.output<typeof suiteFileSchema>;

import { z } from 'zod';
import { count } from './count.ts';
import { JOINT_SCHEMA, type JointRecord } from './joint-record.ts';
import { latencyFields } from './latency-record-schema.ts';
import { PARITY_KEYS } from './parity.ts';
import { CROPS, DEPTH_TRUTHS, FILLS, NON_FINITE_RULES, SCALINGS } from './protocol.ts';
import { POOLINGS } from './reading.ts';
import { RECORD_SCHEMA, type RunRecord } from './record.ts';
import { TASKS } from './tasks.ts';

/** Run ids and suite ids name files, so they hold nothing that leads elsewhere. */
const fileName = z.string().regex(/^(?!\.{1,2}$)[^/\\\p{Cc}]+$/u, 'a file name, without "/" or "\\"');

const reportedReading = z.object({
  key: z.string(),
  value: z.number().nullable(),
  reason: z.string().optional(),
  unit: z.string(),
  better: z.enum(['higher', 'lower', 'neither']),
  pooling: z.enum(POOLINGS),
  protocol: z.string(),
  protocolId: z.string().optional(),
});
const reading = reportedReading.extend({ count });

const backend = z.object({
  id: z.string(),
  version: z.string(),
  device: z.string(),
  threads: z.number().optional(),
  weightsSha256: z.string().optional(),
  options: z.record(z.string(), z.unknown()),
  derived: z.object({ normals: z.object({ method: z.string(), window: count }) }).optional(),
});

const parity = z.object({
  reference: z.string(),
  images: count,
  wanted: count,
  figures: z.array(
    z.object({
      key: z.enum(PARITY_KEYS),
      value: z.number(),
      worst: z.string(),
      threshold: z.number().optional(),
    }),
  ),
  nonFinite: count,
  violations: z.array(z.string()),
});

const cost = z.object({
  params: count.optional(),
  paramsUndefined: z.string().optional(),
  storedParams: count.optional(),
  macs: count.optional(),
  macsBy: z.object({ convolution: count, matmul: count }).optional(),
  uncounted: z.array(z.object({ name: z.string(), op: z.string(), reason: z.string() })).optional(),
  inputSize: z.string(),
  weightBytes: count.optional(),
  peakActivationBytes: count.optional(),
});

const figures = z.record(z.string(), z.number());

const training = z.object({
  recipe: z.string(),
  seed: count,
  data: z.array(
    z.object({
      id: z.string(),
      split: z.string(),
      images: count,
      labelled: z.partialRecord(z.enum(TASKS), z.number()).optional(),
      layers: z
        .array(
          z.object({
            experts: z.array(z.object({ id: z.string(), weightsSha256: z.string().optional() })),
            filter: z.object({ score: z.string(), threshold: z.number() }).optional(),
          }),
        )
        .optional(),
    }),
  ),
  imagesSeen: count,
  hardware: z.string(),
  seconds: z.number(),
  date: z.string(),
  backend: z.string(),
  measured: z.array(z.object({ command: z.string(), data: z.string(), figures })).optional(),
});

const measured = z.object({
  kind: z.literal('measured'),
  id: z.string(),
  title: z.string(),
  seedsOf: z.string().optional(),
  seedsPlanned: z.int().min(1).optional(),
  backend,
  model: z
    .object({
      id: z.string(),
      title: z.string(),
      note: z.string().optional(),
      card: z.string(),
      training: training.optional(),
    })
    .optional(),
  cost: cost.optional(),
  ...latencyFields,
  parity: parity.optional(),
  accuracyUndefined: z.string().optional(),
  depthLoss: z.object({ nonePx: count, largestPx: count }).optional(),
  readings: z.array(reading),
  evidence: z.partialRecord(z.enum(TASKS), z.string()),
  images: count,
  failed: count,
});

const reported = z.object({
  kind: z.literal('reported'),
  id: z.string(),
  title: z.string(),
  source: z.string(),
  url: z.string().optional(),
  tasks: z.array(z.string()),
  readings: z.array(reportedReading),
  cost: z
    .object({
      params: z.number().optional(),
      inputSize: z.string().optional(),
      gflopsAsReported: z.number().optional(),
    })
    .optional(),
  latencyAsReported: z.string().optional(),
});

const protocol = z.object({
  id: z.string(),
  title: z.string(),
  source: z.string(),
  figures: z.array(z.string()).optional(),
  segmentation: z.object({ classes: count, ignore: z.int(), taxonomy: z.string() }).optional(),
  depth: z
    .object({
      truth: z.enum(DEPTH_TRUTHS),
      minimumM: z.number(),
      maximumM: z.number().nullable(),
      crop: z.enum(CROPS),
      fill: z.enum(FILLS).exclude(['none']).optional(),
      scaling: z.enum(SCALINGS),
      nonFinite: z.enum(NON_FINITE_RULES),
    })
    .optional(),
  normals: z.object({ crop: z.enum(CROPS) }).optional(),
});

const data = z.object({
  id: z.string(),
  title: z.string(),
  licence: z.string(),
  split: z.string(),
  location: z.string(),
  isSample: z.boolean(),
  tasks: z.array(z.enum(TASKS)),
  taxonomy: z.string(),
  classNames: z.array(z.string()),
  depthTruth: z.enum(DEPTH_TRUTHS),
  splitCount: count,
  count,
  sampleIdsSha256: z.string(),
  card: z.string(),
  officialCount: count.optional(),
  leftOut: count.optional(),
  standsInFor: z.object({ id: z.string(), reason: z.string() }).optional(),
});

const environment = z.object({
  cpu: z.string(),
  cores: count,
  memoryGiB: z.number(),
  loadAverage1m: z.number().optional(),
  platform: z.string(),
  node: z.string(),
  densebench: z.string(),
  packages: z.record(z.string(), z.string()),
  git: z.object({ commit: z.string(), dirty: z.boolean() }).optional(),
});

const labelFigure = reading.omit({ protocol: true, protocolId: true }).extend({ among: z.string().optional() });

const labels = z.object({
  data: z.object({ id: z.string(), split: z.string() }),
  experts: z.array(
    z.object({
      id: z.string(),
      models: z.array(
        z.object({
          id: z.string(),
          title: z.string(),
          card: z.string(),
          weightsSha256: z.string().optional(),
          backend: backend.pick({ id: true, version: true, device: true }),
        }),
      ),
      images: count,
      splitCount: count,
      isSample: z.boolean(),
      undefinedBecause: z.string().optional(),
      filters: z.array(
        z.object({
          score: z.string().optional(),
          threshold: z.number().optional(),
          students: z.string().optional(),
          figures: z.array(labelFigure),
          precisionInterval: z.object({ low: z.number(), high: z.number() }).optional(),
        }),
      ),
      noise: z
        .object({
          classNames: z.array(z.string()),
          pixels: z.array(count),
          shares: z.array(z.array(z.number()).nullable()),
          withoutLabel: z.array(z.number().nullable()),
        })
        .optional(),
    }),
  ),
  ceiling: z.string().optional(),
  floor: z.string().optional(),
});

/** What a record.json must hold. Fields that this version does not know are let through. */
export const runRecordSchema = z.object({
  schema: z.literal(RECORD_SCHEMA),
  runId: fileName,
  outcome: z.enum(['complete', 'partial', 'failed']),
  suite: z.object({ id: fileName, title: z.string(), hash: z.string() }),
  startedAt: z.iso.datetime({ offset: true }),
  finishedAt: z.iso.datetime({ offset: true }),
  command: z.string(),
  data,
  limit: count.optional(),
  overrides: z.array(z.string()).optional(),
  protocols: z.array(protocol),
  entries: z.array(z.discriminatedUnion('kind', [measured, reported])),
  failures: z.array(
    z.object({
      entry: z.string(),
      sample: z.string().optional(),
      message: z.string(),
      allowed: z.literal(true).optional(),
    }),
  ),
  environment,
  columns: z.array(z.string()).optional(),
  deltaM: z.array(z.object({ task: z.enum(TASKS), figure: z.string(), single: z.string() })).optional(),
  labels: labels.optional(),
  predictions: z.object({ format: z.string(), loss: z.string().optional() }).optional(),
  rescoredFrom: z
    .object({
      runId: fileName,
      finishedAt: z.iso.datetime({ offset: true }),
      command: z.string(),
      loss: z.string().optional(),
    })
    .optional(),
}) satisfies z.ZodType<RunRecord>;

/** What the record.json of a run of several parts must hold. */
export const jointRecordSchema = z.object({
  schema: z.literal(JOINT_SCHEMA),
  runId: fileName,
  outcome: runRecordSchema.shape.outcome,
  suite: runRecordSchema.shape.suite,
  startedAt: runRecordSchema.shape.startedAt,
  finishedAt: runRecordSchema.shape.finishedAt,
  command: z.string(),
  parts: z
    .array(
      z.object({
        id: fileName,
        title: z.string(),
        specialist: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
        record: runRecordSchema,
      }),
    )
    .min(1),
  reported: z.array(reported),
  columns: z.array(z.string()).optional(),
}) satisfies z.ZodType<JointRecord>;

import { z } from 'zod';
import { count } from './count.ts';

const stage = z.object({
  count,
  medianMs: z.number(),
  meanMs: z.number(),
  minimumMs: z.number(),
  p90Ms: z.number().optional(),
  p95Ms: z.number().optional(),
  p99Ms: z.number().optional(),
});
const ofStages = <S extends z.ZodType>(schema: S) =>
  z.object({ prepare: schema, infer: schema, postprocess: schema, total: schema });

const samplesMs = ofStages(z.array(z.number()));

const conditions = z.object({
  wallMs: z.number(),
  cpuMs: z.number(),
  involuntarySwitches: count,
  waitingMs: z.number().optional(),
  otherCores: z.number().optional(),
  cores: count,
});

const latency = z.object({
  inputSize: z.string(),
  device: z.string(),
  threads: z.number().optional(),
  loadMs: z.number(),
  firstCallMs: z.number(),
  warmupCalls: count,
  warmupSettled: z.boolean().optional(),
  stages: ofStages(stage),
  samplesMs,
  peakMemoryBytes: count.optional(),
  auditedImages: count.optional(),
  conditions: conditions.optional(),
  stability: z
    .discriminatedUnion('verdict', [
      z.object({ verdict: z.literal('stable') }),
      z.object({ verdict: z.literal('unjudged'), reason: z.string() }),
      z.object({ verdict: z.literal('invalid'), reason: z.string(), remedy: z.string() }),
    ])
    .optional(),
  rejectedAttempts: z.array(z.object({ reason: z.string(), samplesMs, conditions })).optional(),
  proof: z
    .object({
      device: z.enum(['proven', 'stated']),
      threads: z.enum(['proven', 'stated']),
      threadsAtWork: count.optional(),
    })
    .optional(),
});

const latencyRatio = z.object({
  to: z.string(),
  pairs: count,
  ratio: z.number(),
  low: z.number(),
  high: z.number(),
  verdict: z.enum(['faster', 'slower', 'undecided']),
  reason: z.string().optional(),
  processes: z.union([z.literal(1), z.literal(2)]),
  ownMs: z.array(z.number()),
  referenceMs: z.array(z.number()),
});

const openLoop = z.object({
  rateHz: z.number(),
  frames: count,
  missed: count,
  responsesMs: z.array(z.number().nullable()),
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
  p99Ms: z.number().optional(),
  conditions,
});

/** What an entry of a record holds about time. */
export const latencyFields = {
  latency: latency.optional(),
  latencyUndefined: z.string().optional(),
  latencyRejected: latency.omit({ stages: true }).optional(),
  latencyRatio: latencyRatio.optional(),
  latencyRatioUndefined: z.string().optional(),
  openLoop: openLoop.optional(),
  openLoopUndefined: z.string().optional(),
  openLoopRejected: openLoop.pick({ rateHz: true, frames: true, responsesMs: true, conditions: true }).optional(),
};

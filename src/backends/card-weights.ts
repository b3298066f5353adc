import { z } from 'zod';
import { TASKS } from '../core/tasks.ts';
import type { TrainingRecord } from '../core/training.ts';

/** Where the weights of a `network` come from. */
export const weightsSchema = z
  .strictObject({
    seed: z.int().min(0).optional().meta({ description: 'untrained weights of this seed' }),
    file: z
      .string()
      .regex(/\.safetensors$/, 'name a .safetensors file')
      .optional()
      .meta({ description: '.safetensors file, relative to this card (float16 or float32)' }),
    prefix: z.string().min(1).optional().meta({
      description:
        'the tensors whose names begin so, e.g. "depth.", with it cut off: one network out of a file of several',
    }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, '64 small hex digits')
      .optional()
      .meta({ description: 'of the file; held whenever it is read' }),
  })
  .refine(({ seed, file }) => (seed === undefined) !== (file === undefined), {
    message: 'give seed (untrained), or file',
  })
  .refine(({ file, prefix, sha256 }) => file !== undefined || (prefix ?? sha256) === undefined, {
    message: 'prefix and sha256 are of a file',
  });

const figures = z
  .record(z.string().regex(/^(segmentation|depth|normals)\/./, 'the key of a figure, e.g. depth/absRel'), z.number())
  .meta({ description: 'by key, e.g. {segmentation/mIoU: 0.71}: fractions and SI, no percent' });

export const trainingSchema = z
  .strictObject({
    recipe: z.string().min(1).meta({ description: 'id of the recipe of "densebench train"' }),
    seed: z.int().min(0),
    data: z
      .array(
        z.strictObject({
          id: z.string().min(1),
          split: z.string().min(1),
          images: z.int().min(1),
          labelled: z
            .partialRecord(z.enum(TASKS), z.number())
            .optional()
            .meta({ description: 'share of the images whose truth was used' }),
          layers: z
            .array(
              z.strictObject({
                experts: z.array(z.strictObject({ id: z.string(), weightsSha256: z.string().optional() })).min(1),
                filter: z.strictObject({ score: z.string(), threshold: z.number() }).optional(),
              }),
            )
            .optional()
            .meta({ description: 'experts whose labels filled what has no truth' }),
        }),
      )
      .min(1)
      .meta({ description: 'how many different images of which splits' }),
    imagesSeen: z.int().min(1).meta({ description: 'with repetitions' }),
    hardware: z.string().min(1),
    seconds: z.number().positive(),
    date: z.iso.date().meta({ description: 'on which it ended' }),
    backend: z.string().min(1).meta({ description: 'what computed the gradients, with its version' }),
    measured: z
      .array(z.strictObject({ command: z.string().min(1), data: z.string().min(1), figures }))
      .min(1)
      .optional()
      .meta({ description: 'figures of the weights as they are stored' }),
  })
  .meta({
    description: 'how the weights were made; changes nothing that is computed',
  }) satisfies z.ZodType<TrainingRecord>;

import { z } from 'zod';
import { identifier } from '../core/identifier.ts';
import { backendSchema } from './backend.ts';

const studentsSchema = z.string().min(1).max(80);

const filterSchema = z
  .strictObject({
    score: z.string().min(1).optional().meta({ description: 'how sure the expert is, e.g. max-probability' }),
    threshold: z.number().min(0).max(1).optional().meta({ description: 'labels whose score is lower are left out' }),
    students: studentsSchema.optional().meta({ description: 'networks trained with these labels: a word of seedsOf' }),
  })
  .refine(({ score, threshold }) => (score === undefined) === (threshold === undefined), {
    message: 'a filter is a score and a threshold; without both, every label is kept',
  });

const expertSchema = z.strictObject({
  id: identifier,
  model: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .meta({ description: 'id of a model card, or a path to one; several are an ensemble' }),
  backend: backendSchema,
  optional: z.boolean().optional().meta({
    description: 'true: where its model or runtime is not there, its labels are not measured, and nothing failed',
  }),
  filters: z.array(filterSchema).min(1).meta({ description: 'one row each; all are measured on one inference' }),
});

/** Label quality of experts, beside the students that learned from it. */
export const labelsSchema = z
  .strictObject({
    data: z
      .strictObject({
        id: z.string().min(1).meta({ description: 'id of a data set card (datasets/<id>.yaml), or a path to one' }),
        split: identifier.default('train'),
      })
      .meta({ description: 'whose truth the labels are held against: the images that the students learned from' }),
    taxonomy: z.string().min(1).optional().meta({ description: 'class list, where the data set has several' }),
    images: z.int().min(1).default(48).meta({ description: 'the first of the split, each inferred once' }),
    experts: z.array(expertSchema).min(1),
    ceiling: studentsSchema.optional().meta({ description: 'students of all true labels: a word of seedsOf' }),
    floor: studentsSchema.optional().meta({ description: 'students of few true labels and no others' }),
  })
  .refine(({ ceiling, floor }) => (ceiling === undefined) === (floor === undefined), {
    message: 'the recovered share of the gap needs both, ceiling and floor',
    path: ['ceiling'],
  })
  .refine(({ ceiling, floor }) => ceiling === undefined || ceiling !== floor, {
    message: 'ceiling and floor are the same students, so there is no gap between them',
    path: ['floor'],
  })
  .meta({ description: 'how good the labels of experts are, and what students make of them' });

export type SuiteLabels = z.output<typeof labelsSchema>;
export type SuiteExpert = SuiteLabels['experts'][number];

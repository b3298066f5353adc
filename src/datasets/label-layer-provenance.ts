import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../core/canonical.ts';
import { messageOf, ResourceError } from '../core/errors.ts';
import { identifier } from '../core/identifier.ts';
import { writeAtomically } from '../formats/atomic.ts';

const SCHEMA = 'densebench.label-layer/1';
export const PROVENANCE_FILE = 'provenance.json';

/** Stored confidence of the score 1; a score of 0 is stored as 0, and others in equal steps between. */
export const CONFIDENCE_ONE = 65535;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');
const sizePx = z.int().min(1);

const expertSchema = z.object({
  /** Of the model card. */
  id: identifier,
  title: z.string(),
  /** Fingerprint of the model card: it decides how images go in and how outputs become labels. */
  card: z.string(),
  weightsSha256: sha256.optional(),
  /** Set where its accuracy means nothing: "untrained weights". */
  accuracyUndefined: z.string().optional(),
  backend: z.object({ id: z.string(), version: z.string(), device: z.string() }),
  /** What images are resized to; without a size they go in as they are, padded to multiples of `stride`. */
  input: z.object({ width: sizePx.optional(), height: sizePx.optional(), stride: sizePx.optional() }),
  /** How logits are brought to the size of the image. */
  resize: z.enum(['bicubic', 'bilinear']),
  /** The channels that the softmax is over, where they are not all of them. */
  channels: z.object({ first: z.int(), count: z.int() }).optional(),
  /** Train id of each of the channels, where it is not their order. */
  labelMap: z.array(z.int()).optional(),
});

/** What <layer>/provenance.json holds: all that decides a pixel of the layer, and when it was begun. */
const provenanceSchema = z.object({
  schema: z.literal(SCHEMA),
  densebench: z.string(),
  startedAt: z.string(),
  /** Several are an ensemble: labels are the largest of their mean probability. */
  experts: z.array(expertSchema).min(1),
  /** Which class list the ids are of; classNames[i] names train id i. */
  taxonomy: z.string(),
  classNames: z.array(z.string()).min(1),
  data: z.object({
    id: z.string(),
    title: z.string(),
    /** Fingerprint of the card of the data set. */
    card: z.string(),
    split: z.string(),
    isSample: z.boolean(),
    /** Samples of the whole split, whether or not the layer has come so far. */
    count: z.int().min(1),
    sampleIdsSha256: sha256,
  }),
  /** One folder confidence/<score> for each. */
  scores: z.array(identifier),
  confidence: z.object({ one: z.literal(CONFIDENCE_ONE), values: z.string() }),
  labels: z.object({ values: z.string() }),
});
export type LayerProvenance = z.output<typeof provenanceSchema>;
export type ExpertProvenance = LayerProvenance['experts'][number];

/** What the maker of a layer says; the rest is the same for every layer. */
export type LayerPlan = Omit<LayerProvenance, 'schema' | 'confidence' | 'labels'>;

export function provenanceOf(plan: LayerPlan): LayerProvenance {
  return {
    schema: SCHEMA,
    ...plan,
    labels: { values: '8-bit grey PNG: train ids, 255 = none; the largest probability of every pixel, unfiltered' },
    confidence: {
      one: CONFIDENCE_ONE,
      values: `16-bit grey PNG: score x ${CONFIDENCE_ONE}, rounded; scores are 0..1, larger is surer`,
    },
  };
}

export function writeProvenance(folder: string, provenance: LayerProvenance): void {
  writeAtomically(join(folder, PROVENANCE_FILE), `${JSON.stringify(provenance, null, 1)}\n`);
}

/** @throws ResourceError where the folder is no label layer, or its provenance cannot be read. */
export function readProvenance(folder: string): LayerProvenance {
  const file = join(folder, PROVENANCE_FILE);
  if (!existsSync(file))
    throw new ResourceError(
      `${folder}: no label layer (no ${PROVENANCE_FILE}); make one with "densebench label <data set> --split <split> --expert <model> --output ${folder}" (docs/experts.md has the commands of the recipes shipped)`,
    );
  try {
    const result = provenanceSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (result.success) return result.data;
    const [{ path, message }] = result.error.issues;
    throw new Error(`at "${path.join('.')}": ${message}`);
  } catch (error) {
    throw new ResourceError(`${file}: damaged (${messageOf(error)}); delete ${folder} and make the layer again`);
  }
}

/** Decide no pixel. */
const UNRELATED = ['densebench', 'startedAt'] as const;

/** The parts in which two layers are made otherwise: of equal ones none, so that one may be continued as the other. */
export function differences(a: LayerProvenance, b: LayerProvenance): string[] {
  const keys = Object.keys(a) as (keyof LayerProvenance)[];
  return keys
    .filter((key) => !UNRELATED.includes(key as never))
    .filter((key) => canonicalJson(a[key]) !== canonicalJson(b[key]));
}

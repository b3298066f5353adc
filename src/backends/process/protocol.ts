import { z } from 'zod';
import { TASKS } from '../../core/tasks.ts';
import { modelCardSchema, namedOutputs } from '../model-card.ts';

/** Raised whenever a program of the old version would be misunderstood. */
export const PROTOCOL_VERSION = 1;
/** A header is one line of JSON; nothing honest comes near this. */
export const HEADER_LIMIT_BYTES = 65_536;

const sizePx = z.int().min(1).max(16384);
const { outputs, resize } = modelCardSchema.shape;

/** As in a model card, but a program's arrays have names and no places. */
const rawOutputs = outputs.transform((given, context) =>
  namedOutputs(given, (_, task) => {
    const message = 'arrays of a program are known by name: give the name of the array in place of its index';
    context.addIssue({ code: 'custom', path: [task, 'index'], message });
    return z.NEVER;
  }),
);

/** How a program answers the greeting: what it is, what it wants and what it gives. */
const readySchema = z.strictObject({
  type: z.literal('ready'),
  protocol: z.literal(PROTOCOL_VERSION),
  name: z.string().min(1).max(200),
  version: z.string().max(200).optional(),
  device: z.string().min(1).max(200).optional(),
  threads: z.int().min(1).optional(),
  weights: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 lower-case hex digits')
    .optional(),
  size: z.tuple([sizePx, sizePx]).optional(),
  tasks: z.array(z.enum(TASKS)).min(1).optional(),
  raw: z.strictObject({ outputs: rawOutputs, resize }).optional(),
});
export type Ready = z.output<typeof readySchema>;

export const DTYPES = {
  uint8: { bytes: 1, view: Uint8Array },
  uint16: { bytes: 2, view: Uint16Array },
  int32: { bytes: 4, view: Int32Array },
  float32: { bytes: 4, view: Float32Array },
} as const;
export type Dtype = keyof typeof DTYPES;

const arraySchema = z.strictObject({
  name: z.string().min(1).max(200),
  dtype: z.enum(Object.keys(DTYPES) as [Dtype, ...Dtype[]]),
  shape: z.array(z.int().min(1).max(65_536)).min(1).max(4),
});
export type ArrayHeader = z.output<typeof arraySchema>;

const timeMs = z.number().min(0);
const answerSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('result'),
    id: z.int(),
    arrays: z.array(arraySchema).min(1).max(16),
    bytes: z.int().min(1),
    crc32: z.int().min(0).max(0xffffffff).optional(),
    timesMs: z.strictObject({ prepare: timeMs, infer: timeMs, postprocess: timeMs }).optional(),
  }),
  z.strictObject({ type: z.literal('error'), id: z.int(), message: z.string() }),
]);
export type Answer = z.output<typeof answerSchema>;
export type Result = Extract<Answer, { type: 'result' }>;

/** Thrown for bytes that break the protocol: after them nothing the program says can be placed. */
export class ProtocolError extends Error {}

export const parseReady = (line: Uint8Array): Ready => parse(readySchema, line, 'a "ready" header');
export const parseAnswer = (line: Uint8Array): Answer => parse(answerSchema, line, 'a "result" or "error" header');

function parse<S extends z.ZodType>(schema: S, line: Uint8Array, wanted: string): z.output<S> {
  const value = jsonOf(line);
  if (typeof value !== 'object' || value === null)
    throw new ProtocolError(
      `${showBytes(line)} on its standard output is not ${wanted}; whatever a program prints for people belongs on standard error`,
    );
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new ProtocolError(`${showBytes(line)} is not ${wanted}: ${path.length ? `${path.join('.')}: ` : ''}${message}`);
}

function jsonOf(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch {
    return undefined;
  }
}

const SHOWN_CHARACTERS = 120;

/** The start of some bytes, in quotes, with nothing in it that could upset a terminal. */
export function showBytes(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, SHOWN_CHARACTERS));
  return `${JSON.stringify(text)}${bytes.length > SHOWN_CHARACTERS ? '...' : ''}`;
}

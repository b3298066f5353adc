import { readFileSync } from 'node:fs';
import { isMap, isPair, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import type { z } from 'zod';
import { messageOf, UsageError } from '../core/errors.ts';
import { nearestName } from '../core/nearest.ts';
import { openQuestions, QUESTION } from './questions.ts';

/** Values of user files that are longer than this are cut in messages. */
const SHOWN_CHARACTERS = 60;

/**
 * Reads a YAML file and checks it against a zod schema (use z.strictObject, so that unknown keys are errors).
 * @throws UsageError with file, line, column, the offending value and the nearest valid key.
 */
export function readYaml<S extends z.ZodType>(path: string, schema: S): z.output<S> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: cannot be read (${messageOf(error)})`);
  }
  return parseYaml(text, schema, path);
}

export function parseYaml<S extends z.ZodType>(text: string, schema: S, file: string): z.output<S> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const broken = document.errors[0];
  if (broken) throw new UsageError(`${place(broken.pos[0])}: not valid YAML: ${broken.message}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new UsageError(`${file}: not valid YAML: ${messageOf(error)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // What is not answered yet is not wrong: its owner is told what to answer.
  const questions = openQuestions(document.contents, text, lines, file);
  if (questions.length) throw new UsageError(`${questions.join('\n')}\nwrite the answers in place of "${QUESTION}"`);
  // Unknown keys first: a misspelt key also shows up as a missing one, and the misspelling is what helps.
  const issues = [...result.error.issues].sort((a, b) => rank(a) - rank(b));
  const messages = issues.map((issue) => describe(issue, document.contents, schema, value, place));
  throw new UsageError(messages.join('\n'));
}

const rank = (issue: z.core.$ZodIssue) => (issue.code === 'unrecognized_keys' ? 0 : 1);

function describe(
  issue: z.core.$ZodIssue,
  root: ParsedNode | null,
  schema: z.ZodType,
  value: unknown,
  place: (offset: number) => string,
): string {
  const at = issue.path.length ? ` (at ${issue.path.join('.')})` : '';
  if (issue.code === 'unrecognized_keys') {
    const valid = validKeys(schema, issue.path, value);
    return issue.keys
      .map((key) => {
        const near = nearestName(key, valid);
        const hint = near ? `; did you mean "${near}"?` : valid.length ? `; valid keys: ${valid.join(', ')}` : '';
        return `${place(keyOffset(root, [...issue.path, key]))}: unknown key "${key}"${at}${hint}`;
      })
      .join('\n');
  }
  const given = issue.path.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const shown = given === undefined ? '' : `, got ${JSON.stringify(given).slice(0, SHOWN_CHARACTERS)}`;
  return `${place(valueOffset(root, issue.path))}: ${issue.message}${shown}${at}`;
}

/** Walks as far as the path exists: a missing key is reported at the mapping that lacks it. */
function walk(root: ParsedNode | null, path: readonly PropertyKey[]): { key?: Node; value: Node | null } {
  let found: { key?: Node; value: Node | null } = { value: root };
  for (const step of path) {
    if (isMap(found.value)) {
      const pair = found.value.items.find((item) => isPair(item) && String(item.key) === String(step));
      if (!pair) return found;
      found = { key: pair.key as Node, value: pair.value as Node | null };
    } else if (isSeq(found.value)) {
      const item = found.value.items[Number(step)];
      if (!item) return found;
      found = { value: item as Node };
    } else return found;
  }
  return found;
}

function keyOffset(root: ParsedNode | null, path: readonly PropertyKey[]): number {
  const { key, value } = walk(root, path);
  return key?.range?.[0] ?? value?.range?.[0] ?? 0;
}

function valueOffset(root: ParsedNode | null, path: readonly PropertyKey[]): number {
  const { key, value } = walk(root, path);
  return value?.range?.[0] ?? key?.range?.[0] ?? 0;
}

/** The keys that the schema knows at `path`; for a discriminated union, those of the branch that the value chose. */
function validKeys(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  let here: unknown = schema;
  let data = value;
  for (const step of [...path, undefined]) {
    here = unwrap(here, data);
    const shape = (here as { shape?: Record<string, unknown> } | undefined)?.shape;
    if (step === undefined) return shape ? Object.keys(shape) : [];
    here = shape ? shape[String(step)] : elementOf(here);
    data = (data as Record<PropertyKey, unknown> | undefined)?.[step];
  }
  return [];
}

interface ZodDef {
  innerType?: unknown;
  element?: unknown;
  valueType?: unknown;
  options?: readonly unknown[];
  discriminator?: string;
  in?: unknown;
}
const defOf = (schema: unknown): ZodDef | undefined => (schema as { _zod?: { def: ZodDef } } | undefined)?._zod?.def;

/** Steps through optional, default, pipe and discriminated-union wrappers. */
function unwrap(schema: unknown, data: unknown): unknown {
  const def = defOf(schema);
  if (!def) return schema;
  if (def.innerType) return unwrap(def.innerType, data);
  if (def.in) return unwrap(def.in, data);
  if (def.options && def.discriminator) {
    const chosen = (data as Record<string, unknown> | undefined)?.[def.discriminator];
    const branch = def.options.find((option) => {
      const literal = defOf((option as { shape?: Record<string, unknown> }).shape?.[def.discriminator!]) as
        | { values?: unknown[] }
        | undefined;
      return literal?.values?.includes(chosen);
    });
    return branch ?? schema;
  }
  return schema;
}

function elementOf(schema: unknown): unknown {
  const def = defOf(schema);
  return def?.element ?? def?.valueType;
}

import type { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import { nearestName } from '../core/nearest.ts';

/**
 * Backend options against their schema (a z.strictObject). Absent options are the defaults.
 * @throws UsageError naming backend, key, offending value, and the nearest valid key or value.
 */
export function parseBackendOptions<S extends z.ZodObject>(backend: string, schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const messages = result.error.issues.map((issue) => `backend ${backend}: ${describe(issue, schema, value)}`);
  throw new UsageError(messages.join('\n'));
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodObject, value: unknown): string {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    const valid = Object.keys(schema.shape);
    return issue.keys.map((key) => `unknown option "${key}"${hint(key, valid)}`).join(', ');
  }
  const given = issue.path.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const place = issue.path.length ? `option ${issue.path.join('.')}: ` : '';
  if (issue.code === 'invalid_value')
    return `${place}${JSON.stringify(given)} is not known${hint(String(given), issue.values.map(String))}`;
  return `${place}${issue.message}${given === undefined ? '' : `, got ${JSON.stringify(given).slice(0, 60)}`}`;
}

function hint(name: string, valid: readonly string[]): string {
  const near = nearestName(name, valid);
  if (near) return `; did you mean "${near}"?`;
  return valid.length ? `; valid: ${valid.join(', ')}` : '; it takes no options';
}

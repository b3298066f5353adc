import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { UsageError } from '../core/errors.ts';
import { mergeMappings } from '../core/merge.ts';
import { type LoadedModelCard, modelCardSchema } from './model-card.ts';

/** Keys of a model card, to any depth, that one row of a suite changes. */
export type CardVariant = Readonly<Record<string, unknown>>;

/**
 * The card with the keys of `variant` in place of its own: mappings are merged, null takes a key away (as in RFC 7396),
 * anything else is replaced.
 * @throws UsageError naming the entry and the key when what comes out is no valid card.
 */
export function variantOf(loaded: LoadedModelCard, variant: CardVariant | undefined, entry: string): LoadedModelCard {
  if (variant === undefined) return loaded;
  // The card as written, for defaults must follow from what is merged.
  const merged = withoutNulls(mergeMappings(parse(readFileSync(loaded.file, 'utf8')), variant));
  const result = modelCardSchema.safeParse(merged);
  if (result.success) return { ...loaded, card: result.data };
  const [issue] = result.error.issues;
  const at = ['variant', ...issue.path].join('.');
  throw new UsageError(`entry ${entry}, ${at}: ${issue.message} (a change of ${loaded.file})`);
}

/** No key of a card may be null, so that none is lost that was meant. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}

import { UsageError } from '../core/errors.ts';
import { taxonomyNames } from '../core/taxonomies.ts';

/**
 * Names of train ids 0..classes-1: the card's own, those of a known taxonomy, or the ids as text.
 * @throws UsageError when there are not as many names as classes.
 */
export function classNamesOf(
  cardId: string,
  taxonomy: string,
  classes: number,
  own?: readonly string[],
): readonly string[] {
  const names = own ?? taxonomyNames(taxonomy) ?? Array.from({ length: classes }, (_, id) => `class ${id}`);
  if (names.length !== classes)
    throw new UsageError(`data set ${cardId}: ${names.length} class names of "${taxonomy}" for ${classes} classes`);
  return names;
}

/** Train ids as stored: 0..classes-1. */
export const identityTable = (classes: number) => Int16Array.from({ length: classes }, (_, id) => id);

import { findModelCard } from '../backends/model-card.ts';
import { canonicalJson } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import type { Suite, SuiteEntry } from '../suite/schema.ts';

/**
 * Rows that say they are seeds of one design: at least two, none of them another once more, and where their cards say
 * how they were trained, by one recipe, as long, from different seeds.
 * @throws UsageError
 */
export function checkSeeds({ id, entries }: Pick<Suite, 'id' | 'entries'>): void {
  const words = [...new Set(entries.flatMap(({ seedsOf }) => seedsOf ?? []))];
  for (const word of words) {
    const members = entries.filter(({ seedsOf }) => seedsOf === word);
    const where = `suite ${id}, seedsOf "${word}"`;
    const [first, ...others] = members;
    // A word that stands once is most likely a slip: it would silently give no mean.
    if (others.length === 0)
      throw new UsageError(
        `suite ${id}, entry ${first.id}, seedsOf: no other entry says "${word}"; the seeds of one design share the word`,
      );
    for (const [i, member] of members.entries())
      for (const before of members.slice(0, i)) requireOtherSeed(before, member, where);
  }
}

function requireOtherSeed(a: SuiteEntry, b: SuiteEntry, where: string): void {
  const both = `${where}: entries ${a.id} and ${b.id}`;
  if (a.model === undefined || b.model === undefined) return;
  if (a.model === b.model && canonicalJson(a.variant ?? {}) === canonicalJson(b.variant ?? {}))
    throw new UsageError(`${both} are both ${a.model}; a network and itself have no spread`);
  const [one, other] = [a.model, b.model].map((model) => findModelCard(model).card.training);
  if (!one || !other) return;
  if (one.recipe !== other.recipe || one.imagesSeen !== other.imagesSeen)
    throw new UsageError(
      `${both}: the first was trained by ${one.recipe} on ${one.imagesSeen} images, the second by ${other.recipe} on ${other.imagesSeen}; seeds differ in nothing but the seed`,
    );
  if (one.seed === other.seed)
    throw new UsageError(
      `${both}: both were trained from seed ${one.seed} of ${one.recipe}; give one, or train another`,
    );
}

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { findModelCard, modelCardIds } from '../backends/model-card.ts';
import { checkpointIds, findCheckpointCard } from '../checkpoints/card.ts';
import { DensebenchError, UsageError } from '../core/errors.ts';
import { cardIds, findCard } from '../datasets/find-card.ts';
import { looksLikePath } from '../formats/catalog.ts';
import { checkJoint, checkSuite } from '../run/check-suite.ts';
import { loadSuite, suiteIds } from '../suite/load.ts';
import { isJoint } from '../suite/loaded.ts';
import { loadPublished, publishedIds } from '../suite/published.ts';
import { findRecipe, recipeIds } from '../training/recipe.ts';

export function registerValidate(program: Command): void {
  program
    .command('validate')
    .description('Checks suites, recipes and cards, and everything that they name, without running anything.')
    .argument(
      '[file...]',
      'ids of suites and recipes, or paths of them, of cards and published tables (default: all that are found)',
    )
    .addHelpText('after', '\nExamples:\n  densebench validate\n  densebench validate mine.yaml models/my-network.yaml')
    .action(validateCommand);
}

function validateCommand(references: readonly string[]): void {
  const checks = references.length ? references.map((reference) => () => validateOne(reference)) : allChecks();
  const problems: string[] = [];
  for (const check of checks) {
    try {
      process.stdout.write(`ok  ${check()}\n`);
    } catch (error) {
      if (!(error instanceof DensebenchError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length) throw new UsageError(problems.join('\n'));
}

const allChecks = () => [
  ...suiteIds().map((id) => () => validateSuite(id)),
  ...cardIds().map((id) => () => `data set ${findCard(id).id}`),
  ...modelCardIds().map((id) => () => `model ${findModelCard(id).card.id}`),
  ...checkpointIds().map((id) => () => `checkpoint ${findCheckpointCard(id).id}`),
  ...recipeIds().map((id) => () => validateRecipe(id)),
  ...publishedIds().map((id) => () => validatePublished(id)),
];

function validateOne(reference: string): string {
  if (!looksLikePath(reference))
    return recipeIds().includes(reference) && !suiteIds().includes(reference)
      ? validateRecipe(reference)
      : validateSuite(reference);
  // The kinds of file differ in one key each: a model card has `outputs`, a data set card a `loader`, a table `rows`, a
  // recipe `network` without outputs; of those without, only the card of a checkpoint has the `url` of its file.
  const value = quietlyParsed(reference);
  if (value && 'outputs' in value) return `model ${findModelCard(reference).card.id}`;
  if (value && 'network' in value) return validateRecipe(reference);
  if (value && 'loader' in value) return `data set ${findCard(reference).id}`;
  if (value && 'rows' in value) return validatePublished(reference);
  if (value && 'url' in value) return `checkpoint ${findCheckpointCard(reference).id}`;
  return validateSuite(reference);
}

/** Label layers are made later than the recipe that names them. */
function validateRecipe(reference: string): string {
  const { id, data } = findRecipe(reference);
  for (const each of data) findCard(each.id);
  return `recipe ${id}: ${data.map((each) => each.id).join(' and ')}`;
}

const validatePublished = (reference: string) =>
  `published table ${reference}: ${loadPublished(reference).length} rows`;

function quietlyParsed(path: string): object | undefined {
  try {
    const value: unknown = parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Whatever is wrong with it, the suite reader says it with its place.
    return undefined;
  }
}

function validateSuite(reference: string): string {
  const loaded = loadSuite(reference);
  if (!isJoint(loaded)) {
    const { suite } = loaded;
    checkSuite(suite);
    return `suite ${suite.id}: ${suite.entries.length} entries, ${suite.protocols.join(' and ')}`;
  }
  checkJoint(loaded);
  const parts = loaded.parts.map(({ part, suite }) => `${part.id} (${suite.protocols.join(' and ')})`);
  return `suite ${loaded.suite.id}: ${loaded.suite.entries.length} entries, parts ${parts.join(', ')}`;
}

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { backendOf } from '../backends/index.ts';
import { findModelCard, modelCardIds } from '../backends/model-card.ts';
import { DensebenchError, UsageError } from '../core/errors.ts';
import { cardIds, findCard } from '../datasets/find-card.ts';
import { looksLikePath } from '../formats/catalog.ts';
import { loadSuite, suiteIds } from '../suite/load.ts';
import { loadPublished } from '../suite/published.ts';

export function registerValidate(program: Command): void {
  program
    .command('validate')
    .description('Checks suites and cards, and everything that they name, without running anything.')
    .argument('[file...]', 'suite ids, or paths of suites, data set cards or model cards (default: all that are found)')
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
];

function validateOne(reference: string): string {
  if (!looksLikePath(reference)) return validateSuite(reference);
  // The kinds of file differ in one key each: a model card has `outputs`, a data set card a `loader`.
  const value = quietlyParsed(reference);
  if (value && 'outputs' in value) return `model ${findModelCard(reference).card.id}`;
  if (value && 'loader' in value) return `data set ${findCard(reference).id}`;
  return validateSuite(reference);
}

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
  const { suite } = loadSuite(reference);
  findCard(suite.data.id);
  if (suite.data.sample !== undefined) findCard(suite.data.sample);
  for (const id of suite.reported) loadPublished(id);
  for (const entry of suite.entries) {
    const { id, ...options } = entry.backend;
    backendOf(id).parseOptions(options);
    if (entry.model !== undefined) findModelCard(entry.model);
  }
  return `suite ${suite.id}: ${suite.entries.length} entries, ${suite.protocols.join(' and ')}`;
}

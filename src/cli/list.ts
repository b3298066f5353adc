import Table from 'cli-table3';
import type { Command } from 'commander';
import { BACKENDS } from '../backends/index.ts';
import { findModelCard, modelCardIds } from '../backends/model-card.ts';
import { UsageError } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import { PROTOCOL_PRESETS, tasksOf } from '../core/protocol-presets.ts';
import { cardIds, findCard } from '../datasets/find-card.ts';
import { REPORTERS } from '../reports/index.ts';
import { loadSuite, suiteIds } from '../suite/load.ts';
import { publishedIds, publishedTitle } from '../suite/published.ts';
import { findRecipe, recipeIds } from '../training/recipe.ts';
import { described } from './described.ts';

interface Item {
  readonly id: string;
  readonly title: string;
}

/** Each kind of thing that has an id, and how to list it. */
const KINDS: Readonly<Record<string, () => Item[]>> = {
  suites: () => suiteIds().map((id) => ({ id, title: described(() => loadSuite(id).suite.title) })),
  datasets: () => cardIds().map((id) => ({ id, title: described(() => findCard(id).title) })),
  models: () => modelCardIds().map((id) => ({ id, title: described(() => findModelCard(id).card.title) })),
  recipes: () => recipeIds().map((id) => ({ id, title: described(() => findRecipe(id).title) })),
  backends: () => Object.entries(BACKENDS).map(([id, { title }]) => ({ id, title })),
  protocols: () =>
    Object.entries(PROTOCOL_PRESETS).map(([id, preset]) => ({
      id,
      title: `${preset.title} [${tasksOf(preset).join(', ')}]`,
    })),
  published: () => publishedIds().map((id) => ({ id, title: publishedTitle(id) })),
  reports: () => Object.entries(REPORTERS).map(([id, { title }]) => ({ id, title })),
};

export function registerList(program: Command): void {
  program
    .command('list')
    .description(
      'Lists what has an id: suites, data sets, models, recipes, backends, protocols, published tables, reports.',
    )
    .argument('[kind]', `one of ${Object.keys(KINDS).join(', ')} (default: all)`)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  densebench list\n  densebench list suites --json')
    .action((kind: string | undefined, options: { json?: boolean }) => {
      if (kind !== undefined && !Object.hasOwn(KINDS, kind))
        throw new UsageError(unknownName('kind', kind, Object.keys(KINDS)));
      const kinds = kind === undefined ? Object.keys(KINDS) : [kind];
      const items = Object.fromEntries(kinds.map((name) => [name, KINDS[name]()]));
      process.stdout.write(options.json ? `${JSON.stringify(items, null, 1)}\n` : asTable(items));
    });
}

function asTable(items: Readonly<Record<string, readonly Item[]>>): string {
  const table = new Table({ head: ['kind', 'id', 'what'], style: { head: [], border: [] } });
  for (const [kind, list] of Object.entries(items)) for (const { id, title } of list) table.push([kind, id, title]);
  return `${table.toString()}\n`;
}

import { existsSync } from 'node:fs';
import Table from 'cli-table3';
import { findModelCard, type ModelCard, modelCardIds } from '../backends/model-card.ts';
import { checkpointIds, findCheckpointCard } from '../checkpoints/card.ts';
import { checkpointPath } from '../checkpoints/fetch.ts';
import { described } from './described.ts';

/** Model cards, which suites name, and published checkpoints, which can be fetched and imported. */
export function listModels({ json }: { json?: boolean }): void {
  const models = modelCardIds().map((id) => {
    let card: ModelCard | undefined;
    const title = described(() => {
      ({ card } = findModelCard(id));
      return card.title;
    });
    return {
      id,
      title,
      tasks: Object.keys(card?.outputs ?? {}),
      licence: card?.licence ?? null,
      weights: card?.weights ?? null,
      training: card?.training ?? null,
    };
  });
  const checkpoints = checkpointIds().map((id) => {
    const card = findCheckpointCard(id);
    const path = checkpointPath(card);
    const { title, licence, url } = card;
    return { id, title, licence: licence.name, url, path: existsSync(path) ? path : null };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify({ models, checkpoints }, null, 1)}\n`);
    return;
  }
  const style = { head: [], border: [] };
  const cards = new Table({ head: ['model', 'what', 'tasks', 'weights'], style });
  for (const { id, title, tasks, weights, training } of models)
    cards.push([id, title, tasks.join(', '), weightsWords(weights, training)]);
  const published = new Table({ head: ['checkpoint', 'what', 'state'], style });
  for (const { id, title, path } of checkpoints)
    published.push([id, title, path ?? `get it with: densebench models fetch ${id}`]);
  process.stdout.write(`${cards.toString()}\n${published.toString()}\n`);
}

function weightsWords(weights: ModelCard['weights'] | null, training: ModelCard['training'] | null): string {
  if (training) return `trained: ${training.recipe}, seed ${training.seed}`;
  if (weights?.seed !== undefined) return 'untrained';
  return weights?.file ?? '';
}

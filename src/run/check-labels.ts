import { backendOf } from '../backends/index.ts';
import { findModelCard } from '../backends/model-card.ts';
import { checkEntry } from '../backends/open.ts';
import { UsageError } from '../core/errors.ts';
import { filterName } from '../core/labels-record.ts';
import { unknownName } from '../core/nearest.ts';
import { findCard } from '../datasets/find-card.ts';
import { requireLogits } from '../experts/expert.ts';
import { stepOf } from '../experts/quality/selective-figures.ts';
import { SCORE_IDS, SCORES, type ScoreId } from '../experts/scores/index.ts';
import { modelsOf } from '../experts/suite-labels.ts';
import type { SuiteExpert } from '../suite/labels.ts';
import type { Suite } from '../suite/schema.ts';

/**
 * What a suite says of experts' labels: models and data that are there, scores that so many experts have, students that
 * are rows of the suite.
 * @throws UsageError with the place in the suite.
 */
export function checkLabels({ id, labels, entries, tasks }: Suite): void {
  if (!labels) return;
  findCard(labels.data.id);
  const words = [...new Set(entries.flatMap(({ seedsOf }) => seedsOf ?? []))];
  const requireStudents = (word: string | undefined, where: string) => {
    if (word !== undefined && !words.includes(word))
      throw new UsageError(`suite ${id}, ${where}: ${unknownName('word of seedsOf', word, words)}`);
  };
  requireStudents(labels.ceiling, 'labels.ceiling');
  requireStudents(labels.floor, 'labels.floor');
  for (const expert of labels.experts) {
    const where = `labels, expert ${expert.id}`;
    if (labels.experts.find((other) => other.id === expert.id) !== expert)
      throw new UsageError(`suite ${id}, ${where}: the id stands twice; give each its own`);
    for (const { students } of expert.filters) requireStudents(students, `${where}, students`);
    checkExpert(expert, `suite ${id}, ${where}`);
  }
  const named = [labels.ceiling, ...labels.experts.flatMap(({ filters }) => filters.map(({ students }) => students))];
  if (named.some((word) => word !== undefined) && !tasks.includes('segmentation'))
    throw new UsageError(
      `suite ${id}, labels: names students, and segmentation is no task of the suite; add the task, or leave them out`,
    );
}

function checkExpert(expert: SuiteExpert, where: string): void {
  const models = modelsOf(expert);
  if (backendOf(expert.backend.id).kind !== 'runtime')
    throw new UsageError(`${where}: backend ${expert.backend.id} executes no networks; name one that does`);
  for (const model of models) {
    checkEntry({ id: expert.id, model, backend: expert.backend });
    requireLogits(findModelCard(model).card);
  }
  const names = expert.filters.map(filterName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`${where}: the filter ${twice} stands twice; leave one out`);
  for (const { score, threshold } of expert.filters) {
    if (score === undefined || threshold === undefined) continue;
    if (!Object.hasOwn(SCORES, score)) throw new UsageError(`${where}: ${unknownName('score', score, SCORE_IDS)}`);
    if (SCORES[score as ScoreId].needs === 'several' && models.length < 2)
      throw new UsageError(`${where}: ${score} compares several experts: name more than one model`);
    stepOf(threshold);
  }
}

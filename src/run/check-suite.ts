import { checkEntry } from '../backends/open.ts';
import { UsageError } from '../core/errors.ts';
import { figureName, taskOf } from '../core/figure-name.ts';
import { unknownName } from '../core/nearest.ts';
import { PROTOCOL_PRESETS, presetsFor, tasksOf } from '../core/protocol-presets.ts';
import { findCard } from '../datasets/find-card.ts';
import { METRICS } from '../metrics/index.ts';
import { OPEN_KEYS } from '../metrics/open-segmentation.ts';
import { resolveProtocol } from '../metrics/protocols.ts';
import { deltaMTerms } from '../suite/delta-m.ts';
import type { LoadedJoint } from '../suite/loaded.ts';
import { loadPublished } from '../suite/published.ts';
import type { Suite } from '../suite/schema.ts';
import { checkLabels } from './check-labels.ts';
import { checkSeeds } from './check-seeds.ts';
import { checkLatency } from './latency-entry.ts';

/**
 * Everything of a suite that can be checked before work begins: what it names exists, options are valid, columns are
 * figures.
 * @throws UsageError with the nearest valid name: in a second, and not after an hour of measuring.
 */
export function checkSuite(suite: Suite): void {
  checkOne(suite);
  checkSeeds(suite);
  checkLabels(suite);
}

function checkOne(suite: Suite): void {
  findCard(suite.data.id);
  if (suite.data.sample !== undefined) findCard(suite.data.sample);
  const [first] = suite.entries;
  if (suite.parity && suite.parity.reference !== first.id) {
    const ids = suite.entries.map(({ id }) => id);
    if (!ids.includes(suite.parity.reference))
      throw new UsageError(`suite ${suite.id}, parity.reference: ${unknownName('entry', suite.parity.reference, ids)}`);
    throw new UsageError(
      `suite ${suite.id}, parity.reference: entry ${suite.parity.reference} must stand first, for the others are compared with its outputs`,
    );
  }
  for (const entry of suite.entries) {
    checkEntry(entry);
    if (entry.derive && !suite.tasks.includes('normals'))
      throw new UsageError(
        `suite ${suite.id}, entry ${entry.id}: derive.normals, but normals are no task of the suite; add the task, or remove derive`,
      );
  }
  checkLatency(suite);
  for (const id of suite.reported) loadPublished(id);
  requireCovered(suite);
  checkColumns(suite, figureKeys(suite));
  checkDeltaM(suite);
}

function checkDeltaM(suite: Suite): void {
  const { id, tasks, entries, deltaM } = suite;
  for (const { task, figure, single } of deltaM ? deltaMTerms(deltaM) : []) {
    const ids = entries.map((entry) => entry.id);
    if (!ids.includes(single))
      throw new UsageError(`suite ${id}, deltaM.singles.${task}: ${unknownName('entry', single, ids)}`);
    if (!tasks.includes(task))
      throw new UsageError(`suite ${id}, deltaM.singles: ${task} is no task of the suite; add it, or leave it out`);
    const keys = figureKeys(suite).filter((key) => taskOf(key) === task);
    const { key } = figureName(figure);
    if (!keys.includes(key))
      throw new UsageError(`suite ${id}, deltaM.figures.${task}: ${unknownName('figure', key, keys)}`);
  }
}

/** Every task needs rules, and every protocol something to measure. */
function requireCovered({ id, tasks, protocols }: Suite): void {
  const bare = tasks.find((task) => !protocols.some((name) => tasksOf(PROTOCOL_PRESETS[name]).includes(task)));
  if (bare)
    throw new UsageError(
      `suite ${id}: no protocol covers ${bare} (${protocols.join(', ')}); add one of ${presetsFor(bare).join(', ')}, or remove the task`,
    );
  const idle = protocols.find((name) => !tasksOf(PROTOCOL_PRESETS[name]).some((task) => tasks.includes(task)));
  if (idle)
    throw new UsageError(
      `suite ${id}: protocol ${idle} covers only ${tasksOf(PROTOCOL_PRESETS[idle]).join(', ')}, and the suite's tasks are ${tasks.join(', ')}; remove it, or add a task`,
    );
}

/** checkSuite of every part. @throws UsageError as it does. */
export function checkJoint({ suite, parts }: LoadedJoint): void {
  for (const part of parts) checkOne(part.suite);
  checkSeeds(suite);
  for (const id of suite.reported) loadPublished(id);
  // Each part has of the suite's columns those of its own tasks.
  checkColumns(
    suite,
    parts.flatMap((part) => figureKeys(part.suite)),
  );
}

function checkColumns({ id, columns = [] }: Pick<Suite, 'id' | 'columns'>, keys: readonly string[]): void {
  for (const column of columns) {
    const { key } = figureName(column);
    // Figures of single classes are named by the data set.
    if (!keys.includes(key) && !key.startsWith('segmentation/IoU:'))
      throw new UsageError(`suite ${id}: ${unknownName('column', key, [...new Set(keys)])}`);
  }
}

/** The keys of the figures of a suite's tasks. */
function figureKeys({ tasks, protocols }: Suite): string[] {
  const figures = protocols.flatMap((id) => {
    const { segmentation, depth, normals } = resolveProtocol(id, { classes: 1 });
    return tasks.flatMap((task) => {
      if (task === 'segmentation') return segmentation ? METRICS.segmentation.figures([], segmentation) : [];
      if (task === 'depth') return depth ? METRICS.depth.figures([], depth) : [];
      return normals ? METRICS.normals.figures([], normals) : [];
    });
  });
  const open = tasks.includes('segmentation') ? OPEN_KEYS : [];
  return [...new Set([...figures.map(({ key }) => key), ...open])];
}

import { readingFingerprint, type TaskProtocols } from '../core/protocol.ts';
import { type Reading, UNKNOWN_PROTOCOL } from '../core/reading.ts';
import type { Task } from '../core/tasks.ts';
import { METRICS } from './index.ts';

/**
 * The figures of a task with the fingerprints that make them comparable. `tallies` in image order.
 * `classNames[i]` names train id i.
 */
export function readingsOf<T extends Task>(
  task: T,
  tallies: Iterable<unknown>,
  protocol: TaskProtocols[T],
  classNames?: readonly string[],
): Reading[] {
  const metric = METRICS[task];
  return metric.figures(tallies, protocol, classNames).map(({ value, among, ...figure }) => ({
    ...figure,
    value: value ?? null,
    protocol: isKnown(protocol)
      ? readingFingerprint({
          metric: figure.key,
          version: metric.version,
          pooling: figure.pooling,
          protocol,
          ...(among !== undefined && { among }),
        })
      : UNKNOWN_PROTOCOL,
  }));
}

/** Figures over classes that nobody named cannot be compared with any others. */
const isKnown = (protocol: TaskProtocols[Task]) => !('taxonomy' in protocol) || protocol.taxonomy !== 'unknown';

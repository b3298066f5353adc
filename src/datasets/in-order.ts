import type { Sample } from '../core/dataset.ts';

/** `Dataset.load` of a loader that can make any sample by its position. */
export async function* inOrder(count: number, sampleAt: (position: number) => Sample, positions: Iterable<number>) {
  for (const position of positions) {
    if (!(position >= 0 && position < count)) throw new RangeError(`sample ${position} of ${count} was asked for`);
    yield sampleAt(position);
  }
}

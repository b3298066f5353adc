import { evenlySpaced } from '../../core/evenly-spaced.ts';
import type { Task } from '../../core/tasks.ts';
import { stemOf } from '../../formats/maps.ts';
import { findPairs } from '../pairs.ts';
import { readPair, type ScoreRequest } from '../score.ts';
import type { Subject } from './subject.ts';

/**
 * Stored maps with their truth, under the first protocol of the request. Nothing says which images belong to one scene.
 * @throws ResourceError when there is no pair, or a stem has no partner.
 */
export async function folderSubject(request: ScoreRequest<Task>, limit: number): Promise<Subject> {
  const { task, prediction, target, mask } = request;
  const all = await findPairs(prediction, target, mask);
  const pairs = evenlySpaced(all.length, limit).map((i) => all[i]);
  return {
    title: `${task}: ${prediction} against ${target}`,
    tasks: [task],
    protocol: { id: 'as given', [task]: request.protocols[0] },
    images: pairs.length,
    imagesInAll: all.length,
    network: { reason: 'needs the network to run again, and there are only its predictions' },
    async *walk() {
      for (const pair of pairs) {
        const read = await readPair(request, pair);
        const id = stemOf(pair.prediction) ?? pair.prediction;
        yield { id, group: id, maps: { [task]: read.prediction }, truth: { [task]: read.target }, mask: read.mask };
      }
    },
  };
}

import { join } from 'node:path';
import { canonicalJson } from '../../core/canonical.ts';
import type { LabelFilter } from '../../datasets/label-layer.ts';
import { writeAtomically } from '../../formats/atomic.ts';
import type { RunSurroundings } from '../../run/request.ts';
import { judgeLayer } from '../judge.ts';
import type { LabelledData } from '../label-dataset.ts';
import { judgementOf } from './confident-learning.ts';
import { measureLayer } from './measure-layer.ts';
import { type QualityRecord, qualityRecord } from './record.ts';

export const QUALITY_FILE = 'quality.json';

/** Measures a layer, writes <layer>/quality.json and returns what it holds. @throws as measureLayer and judgeLayer do. */
export async function measureQuality(
  labelled: LabelledData,
  thresholds: readonly number[],
  densebench: string,
  surroundings: RunSurroundings,
): Promise<QualityRecord> {
  const { layer, dataset, indices, judge } = labelled;
  const filters = layer.provenance.scores.flatMap((score) =>
    thresholds.map((threshold): LabelFilter => ({ score, threshold })),
  );
  const tally = await measureLayer({ layer, dataset, indices, filters, ...surroundings });
  const judged = judge && judgementOf(await judgeLayer({ layer, dataset, indices, judge, ...surroundings }));
  const record = qualityRecord({
    provenance: layer.provenance,
    tally,
    images: indices.length,
    hasTruth: dataset.info.tasks.includes('segmentation'),
    ...(judge &&
      judged && { judge: { model: judge.provenance.id, weightsSha256: judge.provenance.weightsSha256, ...judged } }),
    densebench,
    finishedAt: surroundings.now(),
  });
  canonicalJson(record); // throws on NaN and Infinity before anything is written
  writeAtomically(join(layer.folder, QUALITY_FILE), `${JSON.stringify(record, null, 1)}\n`);
  return record;
}

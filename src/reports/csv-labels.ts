import { filterName, type LabelExpertRecord, type LabelFilterRecord } from '../core/labels-record.ts';
import type { RunRecord } from '../core/record.ts';
import type { Line } from './csv-line.ts';
import { recoveredBy } from './students.ts';

/** Figures of experts' labels by filter, and what their students recover; the students' own figures stand with their seeds. */
export function labelLines(record: RunRecord): Line[] {
  const { labels } = record;
  if (!labels) return [];
  return labels.experts.flatMap((expert) =>
    expert.filters.flatMap((filter) => {
      const entry = `${expert.id}: ${filterName(filter)}`;
      const row: Line = { entry, title: entry, kind: 'labels', data: labels.data.id, split: labels.data.split };
      return [
        ...qualityLines(expert, filter).map((line) => ({ ...row, images: expert.images, ...line })),
        ...studentLines(record, filter).map((line) => ({ ...row, ...line })),
      ];
    }),
  );
}

function qualityLines(
  { undefinedBecause }: LabelExpertRecord,
  { figures, precisionInterval }: LabelFilterRecord,
): Line[] {
  if (figures.length === 0) return [{ key: 'labels/precision', reason: undefinedBecause }];
  const interval = precisionInterval && Object.entries(precisionInterval);
  return [
    ...figures.map(({ key, pooling, value, unit, better, count, reason }) => ({
      ...{ key, pooling, value, unit, better, count, reason },
    })),
    ...(interval ?? []).map(([end, value]) => ({
      key: `labels/precision:${end}`,
      value,
      unit: '1',
      better: 'neither',
      note: '95 %, bootstrap over groups of images',
    })),
  ];
}

/** They are of the rows' own images, not of those that were labelled. */
function studentLines(record: RunRecord, { students }: LabelFilterRecord): Line[] {
  const share = students === undefined ? undefined : recoveredBy(record, students);
  if (!share) return [];
  const { id: data, split } = record.data;
  const what = { data, split, key: 'labels/recovered', unit: '1', better: 'higher' };
  const note = `share of the gap from ${record.labels?.floor} to ${record.labels?.ceiling} that ${students} closes`;
  if ('reason' in share) return [{ ...what, reason: share.reason, note }];
  const spread = { ...what, key: `${what.key}:sd`, better: 'neither', value: share.deviation };
  return [
    { ...what, value: share.value, note },
    ...(share.deviation === undefined ? [] : [{ ...spread, note: 'of one training each, propagated to first order' }]),
  ];
}

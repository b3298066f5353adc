import { stringify } from 'csv-stringify/sync';
import {
  type AnyRecord,
  anyBannerOf,
  isJointRecord,
  isSpecialist,
  type PartRecord,
  specialistOf,
} from '../core/joint-record.ts';
import { PARITY_FIGURES } from '../core/parity.ts';
import { bannerOf, type EntryRecord, type MeasuredEntry, type ReportedEntry, type RunRecord } from '../core/record.ts';
import { costLines } from './csv-costs.ts';
import { labelLines } from './csv-labels.ts';
import { latencyLines } from './csv-latency.ts';
import { COLUMNS, type Line } from './csv-line.ts';
import { comparisonLines, seedsRow } from './csv-seeds.ts';
import type { Reporter } from './reporter.ts';
import { seedGroups } from './seeds.ts';
import { differenceToSpecialist, seedsToSpecialist } from './specialist.ts';
import { oneLine } from './text.ts';

/** Long and exact: values with every digit, undefined ones empty with their reason. Costs and times are lines too. */
export const csv: Reporter = {
  extension: 'csv',
  title: 'one line for each figure of each entry, every digit',
  render: (records) =>
    // A spreadsheet runs a text cell that begins with = + - or @; escape_formulas puts ' before it, numbers stay.
    stringify(records.flatMap(linesOf).map(cleaned), {
      header: true,
      columns: [...COLUMNS],
      escape_formulas: true,
    }),
};

const cleaned = (line: Line): Line =>
  Object.fromEntries(
    Object.entries(line).map(([name, cell]) => [name, typeof cell === 'string' ? oneLine(cell) : cell]),
  );

/** Of a run of several parts: the lines of each, each row's difference to the specialist, and the papers' rows. */
function linesOf(record: AnyRecord): Line[] {
  if (!isJointRecord(record)) return recordLines(record);
  const { suite, runId, outcome, reported } = record;
  const joint: Line = { banner: anyBannerOf(record), suite: suite.id, run: runId, outcome };
  return [
    ...record.parts.flatMap((part) => [...recordLines(part.record), ...differenceLines(part)]),
    ...reported.flatMap((entry) => entryLines(entry).map((line) => ({ ...joint, ...line }))),
  ];
}

function differenceLines(part: PartRecord): Line[] {
  const run = runOf(part.record);
  const measured = part.record.entries.filter((entry) => entry.kind === 'measured');
  const what: Line = { key: 'segmentation/mIoU:toSpecialist', unit: '1', better: 'higher' };
  const noteOf = (row: string) => `mIoU less that of ${specialistOf(part.specialist, row)}`;
  const rows = measured.flatMap((entry): Line[] => {
    const difference = differenceToSpecialist(part, entry);
    if (!difference || isSpecialist(part.specialist, entry.id)) return [];
    const { id, title, kind } = entry;
    return [{ ...run, entry: id, title, kind, ...what, ...difference, note: noteOf(id) }];
  });
  const means = seedGroups(measured).flatMap((group): Line[] => {
    const difference = seedsToSpecialist(part, group);
    if (!difference || group.members.some(({ id }) => isSpecialist(part.specialist, id))) return [];
    const note = noteOf(group.members[0].id);
    const row = { ...run, ...seedsRow(group), ...what };
    if ('reason' in difference) return [{ ...row, reason: difference.reason, note }];
    const { value, error } = difference;
    const spread = { ...row, key: `${what.key}:se`, better: 'neither', value: error };
    return [
      { ...row, value, note },
      ...(error === undefined ? [] : [{ ...spread, note: 'standard error of the difference of two means' }]),
    ];
  });
  return [...rows, ...means];
}

const runOf = (record: RunRecord): Line => ({
  banner: bannerOf(record),
  suite: record.suite.id,
  run: record.runId,
  outcome: record.outcome,
  data: record.data.id,
  split: record.data.split,
});

function recordLines(record: RunRecord): Line[] {
  const run = runOf(record);
  return [
    ...record.entries.flatMap((entry) => entryLines(entry, record).map((line) => ({ ...run, ...line }))),
    ...comparisonLines(record).map((line) => ({ ...run, ...line })),
    ...labelLines(record).map((line) => ({ ...run, ...line })),
    ...record.failures.map(({ entry, sample, message }) => ({
      ...run,
      entry,
      key: 'failure',
      reason: message,
      note: sample,
    })),
  ];
}

function entryLines(entry: EntryRecord, { overrides }: Pick<RunRecord, 'overrides'> = {}): Line[] {
  const { id, title, kind } = entry;
  const common: Line =
    kind === 'measured'
      ? { entry: id, title, kind, images: entry.images, failed: entry.failed }
      : { entry: id, title, kind, source: entry.source };
  const readings = entry.readings.map((reading) => ({
    protocol_id: reading.protocolId,
    fingerprint: reading.protocol,
    key: reading.key,
    pooling: reading.pooling,
    value: reading.value,
    unit: reading.unit,
    better: reading.better,
    count: 'count' in reading ? reading.count : undefined,
    reason: reading.reason,
  }));
  const costs =
    kind === 'measured'
      ? [...costLines(entry), ...latencyLines(entry, overrides), ...parityLines(entry)]
      : reportedCostLines(entry);
  return [...readings, ...costs].map((line) => ({ ...common, ...line }));
}

function parityLines({ parity }: MeasuredEntry): Line[] {
  if (!parity) return [];
  const note = `against ${parity.reference}, ${parity.images} of ${parity.wanted} images`;
  return [
    ...parity.figures.map(({ key, value, worst, threshold }) => ({
      key: `parity/${key}`,
      value,
      // Shares are percentages for people alone.
      unit: key === 'labelAgreement' ? '1' : PARITY_FIGURES[key].unit || '1',
      better: PARITY_FIGURES[key].better,
      count: parity.images,
      note: `${note}; worst image ${worst}${threshold === undefined ? '' : `; threshold ${threshold}`}`,
    })),
    {
      key: 'parity/violations',
      value: parity.violations.length,
      reason: parity.violations.join('; ') || undefined,
      note,
    },
  ];
}

function reportedCostLines({ cost, latencyAsReported }: ReportedEntry): Line[] {
  const note = cost?.inputSize === undefined ? undefined : `input ${cost.inputSize}`;
  return [
    ...(cost?.params === undefined ? [] : [{ key: 'cost/params', value: cost.params, unit: 'parameters', note }]),
    ...(cost?.gflopsAsReported === undefined
      ? []
      : [{ key: 'cost/gflopsAsReported', value: cost.gflopsAsReported, unit: 'GFLOPs as reported', note }]),
    ...(latencyAsReported === undefined ? [] : [{ key: 'latency/asReported', note: latencyAsReported }]),
  ];
}

import { stringify } from 'csv-stringify/sync';
import { PARITY_FIGURES } from '../core/parity.ts';
import { bannerOf, type EntryRecord, type MeasuredEntry, type ReportedEntry, type RunRecord } from '../core/record.ts';
import { costLines } from './csv-costs.ts';
import { latencyLines } from './csv-latency.ts';
import type { Reporter } from './reporter.ts';
import { oneLine } from './text.ts';

/** One line for each figure: the banner stands first, so that no line loses it when the file is cut up. */
const COLUMNS = [
  'banner',
  'suite',
  'run',
  'outcome',
  'data',
  'split',
  'entry',
  'title',
  'kind',
  'source',
  'protocol_id',
  'fingerprint',
  'key',
  'pooling',
  'value',
  'unit',
  'better',
  'count',
  'images',
  'failed',
  'reason',
  'note',
] as const;
type Line = { readonly [C in (typeof COLUMNS)[number]]?: string | number | null };

/** Long and exact: values with every digit, undefined ones empty with their reason. Costs and times are lines too. */
export const csv: Reporter = {
  extension: 'csv',
  title: 'one line for each figure of each entry, every digit',
  render: (records) =>
    // A spreadsheet runs a text cell that begins with = + - or @; escape_formulas puts ' before it, numbers stay.
    stringify(records.flatMap(recordLines).map(cleaned), {
      header: true,
      columns: [...COLUMNS],
      escape_formulas: true,
    }),
};

const cleaned = (line: Line): Line =>
  Object.fromEntries(
    Object.entries(line).map(([name, cell]) => [name, typeof cell === 'string' ? oneLine(cell) : cell]),
  );

function recordLines(record: RunRecord): Line[] {
  const run: Line = {
    banner: bannerOf(record),
    suite: record.suite.id,
    run: record.runId,
    outcome: record.outcome,
    data: record.data.id,
    split: record.data.split,
  };
  return [
    ...record.entries.flatMap((entry) => entryLines(entry, record).map((line) => ({ ...run, ...line }))),
    ...record.failures.map(({ entry, sample, message }) => ({
      ...run,
      entry,
      key: 'failure',
      reason: message,
      note: sample,
    })),
  ];
}

function entryLines(entry: EntryRecord, { overrides }: RunRecord): Line[] {
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

import { shiftDecimal } from '../core/decimal.ts';
import type { EntryReading, MeasuredEntry, ReportedEntry, ReportedReading, RunRecord } from '../core/record.ts';
import { quantile } from '../stats/quantile.ts';
import { DEFAULT_COLUMNS, fixed, formatMeasured, formatPrinted, headingOf } from './figures.ts';
import type { Column } from './table.ts';

/** A cell before best marks and footnote letters are given out. */
export interface DraftCell {
  readonly text: string;
  /** What the cell shows, where it shows a figure of accuracy; only these are ranked. */
  readonly reading?: ReportedReading;
  readonly notes?: readonly string[];
}

/** A column and where its cells come from. */
export interface ColumnSource {
  readonly column: Column;
  measured(entry: MeasuredEntry): DraftCell;
  reported(entry: ReportedEntry): DraftCell;
}

export const UNDEFINED_TEXT = '–';
const EMPTY: DraftCell = { text: '' };
const NO_COST: DraftCell = { text: UNDEFINED_TEXT, notes: ['this entry has no network, or its costs are not known'] };
const noLatency = ({ latencyUndefined }: MeasuredEntry): DraftCell => ({
  text: UNDEFINED_TEXT,
  notes: [latencyUndefined ?? 'the latency of this entry was not measured'],
});

const quartiles = (samplesMs: readonly number[]) => [quantile(samplesMs, 0.25), quantile(samplesMs, 0.75)];

/** Parameters and MACs are shown in millions and billions. */
const MEGA = -6;
const GIGA = -9;

/**
 * The figures of a table: those that the suite names ("depth/rmse", or "depth/rmse@image" for another pooling), else
 * the default ones that an entry of this run has.
 */
export function accuracyColumns(
  record: RunRecord,
  protocolId: string | undefined,
  reported: readonly ReportedEntry[],
): ColumnSource[] {
  const measured = record.entries.flatMap((entry) => (entry.kind === 'measured' ? entry.readings : []));
  const here: ReportedReading[] = measured.filter((reading) => reading.protocolId === protocolId);
  // A run in which nothing could be measured still shows what the papers have.
  const known = here.length > 0 ? here : reported.flatMap((entry) => entry.readings);
  const wanted = record.columns ?? DEFAULT_COLUMNS.filter((key) => known.some((reading) => reading.key === key));
  return wanted.map((name) => accuracyColumn(name, known, protocolId));
}

function accuracyColumn(name: string, known: readonly ReportedReading[], protocolId: string | undefined): ColumnSource {
  const [key, pooling] = name.split('@');
  const matches = known.filter(
    (reading) => reading.key === key && (pooling === undefined || reading.pooling === pooling),
  );
  const sample = matches.find((reading) => reading.pooling === 'pixel') ?? matches[0];
  const better = sample?.better ?? 'neither';
  const pick = <R extends ReportedReading>(readings: readonly R[]): R | undefined =>
    readings.find((reading) => reading.key === key && reading.pooling === sample?.pooling);
  return {
    column: {
      ...headingOf(key, sample?.pooling ?? 'pixel', sample?.unit ?? '1'),
      better,
      align: 'right',
      section: 'accuracy',
    },
    measured(entry) {
      const reading = pick<EntryReading>(entry.readings.filter((r) => r.protocolId === protocolId));
      if (!reading) return { text: UNDEFINED_TEXT, notes: ['this entry predicts nothing for this figure'] };
      if (reading.value === null)
        return { text: UNDEFINED_TEXT, reading, notes: [reading.reason ?? 'no reason recorded'] };
      return { text: formatMeasured(key, reading.value), reading };
    },
    reported(entry) {
      const reading = pick(entry.readings);
      if (!reading || reading.value === null) return EMPTY;
      return { text: formatPrinted(key, reading.value), reading };
    },
  };
}

/** Costs, latency and what papers print of them; a column that no row fills is left out. */
export function costColumns(measured: readonly MeasuredEntry[], reported: readonly ReportedEntry[]): ColumnSource[] {
  const has = (test: (entry: MeasuredEntry) => unknown) => measured.some((entry) => test(entry) !== undefined);
  const prints = (test: (entry: ReportedEntry) => unknown) => reported.some((entry) => test(entry) !== undefined);
  return [
    ...(has((e) => e.cost) || prints((e) => e.cost?.params) ? [paramsColumn] : []),
    ...(has((e) => e.cost) ? [macsColumn] : []),
    ...(has((e) => e.latency ?? e.latencyUndefined) ? [latencyColumn] : []),
    ...(has((e) => e.latency?.stages.total.p90Ms) ? [p90Column] : []),
    ...(prints((e) => e.latencyAsReported) || prints((e) => e.cost?.gflopsAsReported ?? e.cost?.inputSize)
      ? [asReportedColumn]
      : []),
  ];
}

const plain = (label: string, unit: string, meaning: string): Column => ({
  label,
  unit,
  better: 'lower',
  align: 'right',
  section: 'cost',
  meaning,
});

const paramsColumn: ColumnSource = {
  column: plain('params', 'M', 'learnable parameters before any folding'),
  measured: ({ cost }) => (cost ? { text: fixed(shiftDecimal(cost.params, MEGA), 2) } : NO_COST),
  reported: ({ cost }) => (cost?.params === undefined ? EMPTY : { text: String(shiftDecimal(cost.params, MEGA)) }),
};

const macsColumn: ColumnSource = {
  column: plain('MACs', 'G', 'multiply-accumulates of the convolutions for one image; one MAC is not one FLOP'),
  measured: ({ cost }) =>
    cost
      ? {
          text: fixed(shiftDecimal(cost.macs, GIGA), 2),
          notes: [`convolution multiply-accumulates at ${cost.inputSize}`],
        }
      : NO_COST,
  reported: () => EMPTY,
};

const latencyColumn: ColumnSource = {
  column: plain('latency', 'ms', 'median time of one image: prepare, infer and post-process, batch 1'),
  measured: (entry) => {
    const { latency } = entry;
    if (!latency) return noLatency(entry);
    const threads =
      latency.threads === undefined ? '' : `, ${latency.threads} thread${latency.threads === 1 ? '' : 's'}`;
    const { count, medianMs } = latency.stages.total;
    const [low, high] = quartiles(latency.samplesMs.total);
    const spread = `half of them from ${fixed(low, 1)} to ${fixed(high, 1)} ms`;
    const note = `median of ${count} calls (${spread}) on ${latency.device}${threads}, batch 1, images of ${latency.inputSize}; absolute times are not ranked`;
    return { text: fixed(medianMs, 1), notes: [note] };
  },
  reported: () => EMPTY,
};

const p90Column: ColumnSource = {
  column: plain('p90', 'ms', 'nine of ten calls were faster; shown from 100 calls on'),
  measured: (entry) => {
    const { latency } = entry;
    if (!latency) return noLatency(entry);
    const { p90Ms, count } = latency.stages.total;
    if (p90Ms === undefined)
      return { text: UNDEFINED_TEXT, notes: [`${count} calls are too few for a 90th percentile (100)`] };
    return { text: fixed(p90Ms, 1) };
  },
  reported: () => EMPTY,
};

const asReportedColumn: ColumnSource = {
  column: {
    label: 'as reported',
    unit: '',
    better: 'neither',
    align: 'left',
    section: 'cost',
    meaning: 'speed and size in the words of the publication; its "GFLOPs" are not MACs',
  },
  measured: () => EMPTY,
  reported: ({ cost, latencyAsReported }) => {
    const gflops = cost?.gflopsAsReported === undefined ? [] : [`${cost.gflopsAsReported} GFLOPs`];
    const time = latencyAsReported === undefined ? [] : [latencyAsReported];
    const size = cost?.inputSize === undefined ? [] : [`input ${cost.inputSize}`];
    return { text: [...gflops, ...time, ...size].join(', ') };
  },
};

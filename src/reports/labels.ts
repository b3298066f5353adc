import {
  filterName,
  type LabelExpertRecord,
  type LabelFilterRecord,
  type LabelsRecord,
} from '../core/labels-record.ts';
import type { RunRecord } from '../core/record.ts';
import { columnOfFigure, type DraftCell, EMPTY, finishCell, measuredCell, UNDEFINED_TEXT } from './column-source.ts';
import { fixed, formatMeasured } from './figures.ts';
import { noiseWords } from './label-noise.ts';
import { collectNotes } from './notes.ts';
import { withSpread } from './seeds.ts';
import { recoveredBy, STUDENT_FIGURE, studentFigure } from './students.ts';
import type { Column, Group, ProtocolLine, Row, Table } from './table.ts';

const QUALITY_KEYS = [
  'labels/coverage',
  'labels/precision',
  'labels/mIoU',
  'labels/AURC',
  'labels/E-AURC',
  'labels/ECE',
] as const;

const BETTER: Readonly<Record<(typeof QUALITY_KEYS)[number], 'higher' | 'lower'>> = {
  'labels/coverage': 'higher',
  'labels/precision': 'higher',
  'labels/mIoU': 'higher',
  'labels/AURC': 'lower',
  'labels/E-AURC': 'lower',
  'labels/ECE': 'lower',
};

const STUDENTS: Column = {
  label: 'student mIoU',
  unit: '%',
  better: 'higher',
  align: 'right',
  section: 'accuracy',
  meaning:
    'mean IoU of the small networks that were trained with these labels: mean ± standard deviation (n - 1) over their seeds',
};

const RECOVERED: Column = {
  label: 'recovered',
  unit: '%',
  better: 'higher',
  align: 'right',
  section: 'accuracy',
  meaning:
    'share of the gap between the students of few true labels (floor) and of all (ceiling) that these labels close: (m - floor) / (ceiling - floor)',
};

/** Experts' labels and what students make of them; undefined where the suite measures none. */
export function labelsTable(record: RunRecord): Table | undefined {
  const { labels } = record;
  if (!labels) return undefined;
  const { experts, ceiling, floor } = labels;
  const notes = collectNotes();
  const hasStudents = ceiling !== undefined || experts.some(({ filters }) => filters.some(({ students }) => students));
  const columns = [
    ...QUALITY_KEYS.map((key) => columnOfFigure(key, { unit: '1', better: BETTER[key], pooling: 'pixel' })),
    ...(hasStudents ? [STUDENTS] : []),
    ...(ceiling === undefined ? [] : [RECOVERED]),
  ];
  const rowOf = (title: string, quality: readonly DraftCell[], students: string | undefined): Row => ({
    title,
    marks: [],
    cells: [
      ...quality,
      ...(hasStudents ? [studentCell(record, students)] : []),
      ...(ceiling === undefined ? [] : [recoveredCell(record, students)]),
    ].map((cell) => finishCell(cell, false, notes)),
  });
  const none = QUALITY_KEYS.map(() => EMPTY);
  const bounds = [
    ...(ceiling === undefined ? [] : [rowOf(`ceiling: ${ceiling}`, none, ceiling)]),
    ...(floor === undefined ? [] : [rowOf(`floor: ${floor}`, none, floor)]),
  ];
  const groups: Group[] = [
    { kind: 'measured', label: '', rows: bounds },
    ...experts.map(
      (expert): Group => ({
        kind: 'measured',
        label: expertWords(expert, labels),
        rows: expert.filters.map((filter) => rowOf(filterName(filter), qualityCells(expert, filter), filter.students)),
      }),
    ),
  ];
  return {
    title: "Experts' labels and their students",
    columns,
    groups: groups.filter(({ rows }) => rows.length > 0),
    notes: notes.texts,
    protocol: [...(ceiling === undefined ? [] : [RECOVERED_RULE]), ...noiseLines(experts)],
  };
}

const RECOVERED_RULE: ProtocolLine = {
  label: 'Recovered',
  words:
    '(m - floor) / (ceiling - floor) of the means over seeds; ± is the deviation for one training of each, propagated to first order as if the three were independent',
};

function expertWords({ id, models, images, splitCount }: LabelExpertRecord, { data }: LabelsRecord): string {
  const titles = models.length > 0 ? models.map(({ title }) => title).join(' + ') : id;
  return `Labels of ${titles}${images > 0 ? `, measured on ${images} of the ${splitCount} images of ${data.id} ${data.split}` : ''}`;
}

const qualityCells = (expert: LabelExpertRecord, { figures, score }: LabelFilterRecord): DraftCell[] =>
  QUALITY_KEYS.map((key) => {
    const found = figures.find((figure) => figure.key === key);
    if (found) return measuredCell(found);
    if (expert.images > 0 && score === undefined) return EMPTY;
    return { text: UNDEFINED_TEXT, notes: [expert.undefinedBecause ?? 'not measured'] };
  });

function studentCell(record: RunRecord, word: string | undefined): DraftCell {
  if (word === undefined) return EMPTY;
  const figure = studentFigure(record, word);
  if ('reason' in figure) return { text: UNDEFINED_TEXT, notes: [figure.reason] };
  const mean = formatMeasured(STUDENT_FIGURE, figure.mean);
  const seeds = `${word}: ${figure.seeds} ${figure.seeds === 1 ? 'seed' : 'seeds'}`;
  return {
    text: figure.deviation === undefined ? mean : withSpread(mean, formatMeasured(STUDENT_FIGURE, figure.deviation)),
    notes: [seeds],
  };
}

function recoveredCell(record: RunRecord, word: string | undefined): DraftCell {
  if (word === undefined) return EMPTY;
  const { ceiling, floor } = record.labels ?? {};
  // By definition, and without a spread.
  if (word === ceiling) return { text: fixed(100, 1) };
  if (word === floor) return { text: fixed(0, 1) };
  const share = recoveredBy(record, word);
  if (!share) return EMPTY;
  if ('reason' in share) return { text: UNDEFINED_TEXT, notes: [share.reason] };
  const value = fixed(100 * share.value, 1);
  return { text: share.deviation === undefined ? value : withSpread(value, fixed(100 * share.deviation, 1)) };
}

const noiseLines = (experts: readonly LabelExpertRecord[]): ProtocolLine[] =>
  experts.flatMap(({ id, noise }) => (noise ? [{ label: `Noise, ${id}`, words: noiseWords(noise) }] : []));

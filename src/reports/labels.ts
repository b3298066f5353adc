import {
  expertsPhrase,
  filterName,
  type LabelExpertRecord,
  type LabelFilterRecord,
  type LabelsRecord,
} from '../core/labels-record.ts';
import type { RunRecord } from '../core/record.ts';
import { columnOfFigure, type DraftCell, EMPTY, finishCell, measuredCell, UNDEFINED_TEXT } from './column-source.ts';
import { noiseWords } from './label-noise.ts';
import { collectNotes } from './notes.ts';
import { RECOVERED, RECOVERED_RULE, recoveredCell, STUDENTS, studentCell, studentsLine } from './student-cells.ts';
import type { Group, ProtocolLine, Row, Table } from './table.ts';

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
    protocol: [
      ...(hasStudents ? [studentsLine(record, labels)] : []),
      ...(ceiling === undefined ? [] : [RECOVERED_RULE]),
      ...noiseLines(experts),
    ],
  };
}

function expertWords({ id, models, images, splitCount }: LabelExpertRecord, { data }: LabelsRecord): string {
  const titles = models.length > 0 ? expertsPhrase(models) : id;
  return `Labels of ${titles}${images > 0 ? `, measured on ${images} of the ${splitCount} images of ${data.id} ${data.split}` : ''}`;
}

const qualityCells = (expert: LabelExpertRecord, { figures, score }: LabelFilterRecord): DraftCell[] =>
  QUALITY_KEYS.map((key) => {
    const found = figures.find((figure) => figure.key === key);
    if (found) return measuredCell(found);
    if (expert.images > 0 && score === undefined) return EMPTY;
    return { text: UNDEFINED_TEXT, notes: [expert.undefinedBecause ?? 'not measured'] };
  });

const noiseLines = (experts: readonly LabelExpertRecord[]): ProtocolLine[] =>
  experts.flatMap(({ id, noise }) => (noise ? [{ label: `Noise, ${id}`, words: noiseWords(noise) }] : []));

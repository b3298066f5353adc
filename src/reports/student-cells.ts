import { filterName, type LabelsRecord } from '../core/labels-record.ts';
import type { RunRecord } from '../core/record.ts';
import { type DraftCell, EMPTY, UNDEFINED_TEXT } from './column-source.ts';
import { fixed, formatMeasured } from './figures.ts';
import { withSpread } from './seeds.ts';
import { recoveredBy, STUDENT_FIGURE, studentFigure } from './students.ts';
import type { Column, ProtocolLine } from './table.ts';

export const STUDENTS: Column = {
  label: 'student mIoU',
  unit: '%',
  better: 'higher',
  align: 'right',
  section: 'accuracy',
  meaning:
    'mean IoU of the small networks that were trained with these labels: mean ± standard deviation (n - 1) over their seeds',
};

export const RECOVERED: Column = {
  label: 'recovered',
  unit: '%',
  better: 'higher',
  align: 'right',
  section: 'accuracy',
  meaning:
    'share of the gap between the students of few true labels (floor) and of all (ceiling) that these labels close: (m - floor) / (ceiling - floor)',
};

export const RECOVERED_RULE: ProtocolLine = {
  label: 'Recovered',
  words:
    '(m - floor) / (ceiling - floor) of the means over seeds; ± is the deviation for one training of each, propagated to first order as if the three were independent',
};

/** Which rows the students of each row are. */
export function studentsLine(record: RunRecord, { ceiling, floor, experts }: LabelsRecord): ProtocolLine {
  const rows = [
    { name: 'ceiling', word: ceiling },
    { name: 'floor', word: floor },
    ...experts.flatMap(({ filters }) => filters.map((filter) => ({ name: filterName(filter), word: filter.students }))),
  ];
  const named = rows.flatMap(({ name, word }) => {
    const figure = word === undefined ? undefined : studentFigure(record, word);
    if (!figure || 'reason' in figure) return [];
    return [`${name}: ${word}, ${figure.seeds} ${figure.seeds === 1 ? 'seed' : 'seeds'}`];
  });
  return { label: 'Students', words: `mean ± standard deviation (n - 1) over the seeds of ${named.join('; ')}` };
}

export function studentCell(record: RunRecord, word: string | undefined): DraftCell {
  if (word === undefined) return EMPTY;
  const figure = studentFigure(record, word);
  if ('reason' in figure) return { text: UNDEFINED_TEXT, notes: [figure.reason] };
  const mean = formatMeasured(STUDENT_FIGURE, figure.mean);
  return {
    text: figure.deviation === undefined ? mean : withSpread(mean, formatMeasured(STUDENT_FIGURE, figure.deviation)),
  };
}

export function recoveredCell(record: RunRecord, word: string | undefined): DraftCell {
  if (word === undefined) return EMPTY;
  const { ceiling, floor } = record.labels ?? {};
  const share = recoveredBy(record, word);
  if (!share) return EMPTY;
  if ('reason' in share) return { text: UNDEFINED_TEXT, notes: [share.reason] };
  // By definition, and without a spread.
  if (word === ceiling) return { text: fixed(100, 1) };
  if (word === floor) return { text: fixed(0, 1) };
  const value = fixed(100 * share.value, 1);
  return { text: share.deviation === undefined ? value : withSpread(value, fixed(100 * share.deviation, 1)) };
}

import { PARITY_FIGURES, PARITY_KEYS, type ParityFigure, type ParityRecord } from '../core/parity.ts';
import type { MeasuredEntry, RunRecord } from '../core/record.ts';
import { UNDEFINED_TEXT } from './column-source.ts';
import { collectNotes, type Notes } from './notes.ts';
import type { Cell, Column, Row, Table } from './table.ts';

/** How far the outputs of the entries are from those of the reference; undefined where the suite does not compare. */
export function parityTable(record: RunRecord): Table | undefined {
  const measured = record.entries.filter((entry) => entry.kind === 'measured');
  const compared = measured.flatMap(({ parity }) => parity ?? []);
  if (compared.length === 0) return undefined;
  const { reference, wanted } = compared[0];
  const keys = PARITY_KEYS.filter((key) =>
    compared.some(({ figures }) => figures.some((figure) => figure.key === key)),
  );
  const notes = collectNotes();
  const referenceTitle = measured.find(({ id }) => id === reference)?.title ?? reference;
  return {
    title: `Parity: difference to ${referenceTitle}`,
    columns: [...keys.map(columnOf), VERDICT],
    groups: [{ kind: 'measured', label: '', rows: measured.flatMap((entry) => rowOf(entry, keys, notes)) }],
    notes: notes.texts,
    protocol: [
      {
        label: 'Parity',
        words:
          `raw logits, and depth, labels and normals at the size of the image, of ${wanted} image${wanted === 1 ? '' : 's'} spread evenly over the run, ` +
          `against those of ${referenceTitle}; equal labels are pooled over all pixels, every other figure is that of the worst image`,
      },
    ],
  };
}

const columnOf = (key: ParityFigure): Column => ({ ...PARITY_FIGURES[key], align: 'right', section: 'accuracy' });

const VERDICT: Column = {
  label: 'parity',
  unit: '',
  better: 'neither',
  align: 'left',
  section: 'accuracy',
  meaning: 'whether every threshold of the suite holds',
};

function rowOf({ title, parity }: MeasuredEntry, keys: readonly ParityFigure[], notes: Notes): Row[] {
  if (!parity) return [];
  return [{ title, marks: [], cells: [...keys.map((key) => cellOf(parity, key, notes)), verdictOf(parity, notes)] }];
}

function cellOf({ figures }: ParityRecord, key: ParityFigure, notes: Notes): Cell {
  const figure = figures.find((candidate) => candidate.key === key);
  if (!figure) return { text: UNDEFINED_TEXT, best: false, marks: [notes.mark('one of the two gives no such output')] };
  return { text: formatParity(key, figure.value), best: false, marks: [notes.mark(`worst image: ${figure.worst}`)] };
}

function verdictOf({ figures, violations }: ParityRecord, notes: Notes): Cell {
  if (violations.length > 0)
    return { text: 'BROKEN', best: false, marks: violations.map((violation) => notes.mark(violation)) };
  if (!figures.some(({ threshold }) => threshold !== undefined))
    return { text: UNDEFINED_TEXT, best: false, marks: [notes.mark('the suite sets no threshold')] };
  const limits = figures.flatMap(({ key, threshold }) => (threshold === undefined ? [] : [`${key} ${threshold}`]));
  return { text: 'holds', best: false, marks: [notes.mark(`thresholds: ${limits.join(', ')}`)] };
}

/** Below this, zeros after the point are harder to count than an exponent to read. */
const SMALL = 1e-3;

/** Differences by two significant digits; a share never rounds up to "all". */
export function formatParity(key: ParityFigure, value: number): string {
  if (key === 'labelAgreement') return (Math.floor(value * 1e6) / 1e4).toFixed(4);
  if (value === 0) return '0';
  return value < SMALL ? value.toExponential(1) : Number(value.toPrecision(2)).toString();
}

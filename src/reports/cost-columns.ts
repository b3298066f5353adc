import { shiftDecimal } from '../core/decimal.ts';
import type { CostRecord, MeasuredEntry, ReportedEntry } from '../core/record.ts';
import { type ColumnSource, costColumn, type DraftCell, EMPTY, UNDEFINED_TEXT } from './column-source.ts';
import { fixed } from './figures.ts';

/** What a MAC is, in every report that shows some. */
export const MAC_RULE =
  'multiply-adds of convolutions and matrix products for one image; nothing else is counted, and one MAC is not one FLOP';

/** Parameters, MACs and bytes are shown in millions, billions and MB of 10^6. */
export const inMillions = (value: number): string => fixed(shiftDecimal(value, -6), 2);
export const inBillions = (value: number): string => fixed(shiftDecimal(value, -9), 2);

const NO_COST: DraftCell = { text: UNDEFINED_TEXT, notes: ['this entry has no network, or its costs are not known'] };

/** What rows of networks cost; a column that no row fills is left out. */
export function networkColumns(measured: readonly MeasuredEntry[], reported: readonly ReportedEntry[]): ColumnSource[] {
  const hasCost = measured.some(({ cost }) => cost !== undefined);
  const printsParams = reported.some(({ cost }) => cost?.params !== undefined);
  return [...(hasCost || printsParams ? [paramsColumn] : []), ...(hasCost ? [macsColumn] : [])];
}

const paramsColumn: ColumnSource = {
  column: costColumn('params', 'M', 'learnable parameters before any folding'),
  measured: ({ cost }) => (cost ? paramsCell(cost) : NO_COST),
  reported: ({ cost }) => (cost?.params === undefined ? EMPTY : { text: String(shiftDecimal(cost.params, -6)) }),
};

function paramsCell({ params, paramsUndefined, storedParams }: CostRecord): DraftCell {
  if (params !== undefined) return { text: inMillions(params) };
  const stored = storedParams === undefined ? '' : ` (it stores ${inMillions(storedParams)} M values)`;
  const reason = paramsUndefined ?? 'the file does not tell';
  return {
    text: UNDEFINED_TEXT,
    notes: [`learnable parameters: ${reason}${stored}; cost.params of the model card can state them`],
  };
}

const macsColumn: ColumnSource = {
  column: costColumn('MACs', 'G', MAC_RULE),
  measured: ({ cost }) => (cost ? macsCell(cost) : NO_COST),
  reported: () => EMPTY,
};

function macsCell({ macs, inputSize, uncounted = [] }: CostRecord): DraftCell {
  const missing = uncounted.length ? [uncountedWords(uncounted)] : [];
  if (macs === undefined) return { text: UNDEFINED_TEXT, notes: missing.length ? missing : NO_COST.notes };
  const text = `${missing.length ? '≥ ' : ''}${inBillions(macs)}`;
  return {
    text,
    notes: [
      `multiply-adds of convolutions and matrix products at ${inputSize}, nothing else counted; a MAC is not a FLOP`,
      ...missing,
    ],
  };
}

/** Names in a note; the record has them all. */
const NAMED_LAYERS = 3;

/** "2 layers are not counted: a (Loop), b (my.domain.Op): reason of the first". */
export function uncountedWords(uncounted: NonNullable<CostRecord['uncounted']>): string {
  const named = uncounted.slice(0, NAMED_LAYERS).map(({ name, op }) => `${name} (${op})`);
  const more = uncounted.length > NAMED_LAYERS ? ` and ${uncounted.length - NAMED_LAYERS} more` : '';
  const are = uncounted.length === 1 ? '1 layer is' : `${uncounted.length} layers are`;
  return `${are} not in the MACs: ${named.join(', ')}${more}: ${uncounted[0].reason}`;
}

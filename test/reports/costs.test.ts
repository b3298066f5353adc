import { describe, expect, it } from 'vitest';
import type { CostRecord, MeasuredEntry } from '../../src/core/record.ts';
import { runRecordSchema } from '../../src/core/record-schema.ts';
import { REPORTERS } from '../../src/reports/index.ts';
import { buildTables } from '../../src/reports/table.ts';
import { syntheticRecord } from '../helpers/record.ts';

const FULL: CostRecord = {
  params: 3_070_057,
  storedParams: 3_054_249,
  macs: 5_940_288_000,
  macsBy: { convolution: 5_000_000_000, matmul: 940_288_000 },
  inputSize: '640x480',
  weightBytes: 12_217_100,
  peakActivationBytes: 58_982_400,
};
const LOOP = { name: 'decode', op: 'Loop', reason: 'what runs inside Loop depends on values met when it runs' };
const PARTIAL: CostRecord = { ...FULL, params: undefined, paramsUndefined: 'folded, perhaps', uncounted: [LOOP] };
const NONE: CostRecord = {
  inputSize: 'native',
  params: 7,
  uncounted: [1, 2, 3, 4].map((n) => ({ ...LOOP, name: `l${n}` })),
};

function recordOf(cost: CostRecord) {
  const [first] = syntheticRecord().entries;
  return syntheticRecord({ entries: [{ ...(first as MeasuredEntry), cost }] });
}

/** Text and notes of the cost cells of the only row. */
function cellsOf(cost: CostRecord) {
  const [{ columns, groups, notes }] = buildTables(recordOf(cost));
  const cell = (label: string) => groups[0].rows[0].cells[columns.findIndex((column) => column.label === label)];
  const words = (label: string) => cell(label).marks.map((mark) => notes.find((note) => note.mark === mark)?.text);
  return {
    params: cell('params').text,
    macs: cell('MACs').text,
    paramsNotes: words('params'),
    macsNotes: words('MACs'),
  };
}

const csvLines = (cost: CostRecord) =>
  REPORTERS.csv
    .render([recordOf(cost)])
    .split('\n')
    .filter((line) => line.includes(',cost/'))
    .map((line) => line.replace(/^.*,(cost\/[^,]*),,([^,]*),([^,]*),.*$/, '$1 $2 $3'));

describe('costs in reports', () => {
  it('are shown with their convention', () => {
    expect(cellsOf(FULL)).toEqual({
      params: '3.07',
      macs: '5.94',
      paramsNotes: [],
      macsNotes: [
        'multiply-adds of convolutions and matrix products at 640x480, nothing else counted; a MAC is not a FLOP',
      ],
    });
  });

  it('a count that misses layers is a lower bound and names them', () => {
    const { macs, macsNotes } = cellsOf(PARTIAL);
    expect(macs).toBe('≥ 5.94');
    expect(macsNotes[1]).toBe(`1 layer is not in the MACs: decode (Loop): ${LOOP.reason}`);
    expect(REPORTERS.latex.render([recordOf(PARTIAL)])).toContain('$\\geq$ 5.94');
  });

  it('what nothing is known of is undefined, never zero', () => {
    const { macs, macsNotes } = cellsOf(NONE);
    expect(macs).toBe('–');
    expect(macsNotes).toEqual([
      `4 layers are not in the MACs: l1 (Loop), l2 (Loop), l3 (Loop) and 1 more: ${LOOP.reason}`,
    ]);
  });

  it('stored values never stand in the column of parameters', () => {
    const { params, paramsNotes } = cellsOf(PARTIAL);
    expect(params).toBe('–');
    expect(paramsNotes[0]).toContain('folded, perhaps (it stores 3.05 M values)');
  });

  it('CSV holds every digit, and the reason of what is missing', () => {
    expect(csvLines(FULL)).toEqual([
      'cost/params 3070057 parameters',
      'cost/storedParams 3054249 values',
      'cost/macs 5940288000 MACs',
      'cost/macs:convolution 5000000000 MACs',
      'cost/macs:matmul 940288000 MACs',
      'cost/weightBytes 12217100 bytes',
      'cost/peakActivationBytes 58982400 bytes',
    ]);
    const partial = REPORTERS.csv.render([recordOf(PARTIAL)]);
    expect(partial).toMatch(/cost\/params,,,parameters,lower,,24,0,"?folded, perhaps/);
    expect(csvLines(NONE)).toEqual(['cost/params 7 parameters', 'cost/macs  MACs', 'cost/uncountedLayers 4 layers']);
  });

  it('HTML shows memory beside them', () => {
    const page = REPORTERS.html.render([recordOf(PARTIAL)]);
    const row = ['–', '3.05', '12.22', '≥ 5.00', '≥ 0.94', '58.98'].map((text) => `<td>${text}</td>`).join('');
    expect(page).toContain(row);
    expect(page).toContain('decode (Loop)');
  });

  it('pass through the record', () => {
    for (const cost of [FULL, PARTIAL, NONE]) {
      const written = JSON.parse(JSON.stringify(recordOf(cost)));
      expect(runRecordSchema.parse(written)).toEqual(written);
    }
  });
});

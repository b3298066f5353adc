import { describe, expect, it } from 'vitest';
import { protocolTable, type ScoredRow } from '../../src/reports/protocol-table.ts';
import { reading } from '../helpers/record.ts';

const DEPTH = {
  truth: 'raw',
  minimumM: 0,
  maximumM: null,
  crop: 'none',
  scaling: 'none',
  nonFinite: 'strict',
} as const;
const row = (id: string, figures: readonly string[] | undefined, rules: Partial<ScoredRow['protocol']>): ScoredRow => ({
  title: id,
  protocol: { id, figures, ...rules },
  readings: [
    reading('depth/rmse', 0.5, { count: 1000 }),
    reading('depth/rmse', 0.7, { pooling: 'image', count: 3 }),
    reading('depth/absRel', 0.1, { count: 1000 }),
    reading('depth/absRel', 0.2, { pooling: 'image', count: 3 }),
    reading('depth/log10', null, { count: 1000, reason: 'one prediction is negative' }),
    reading('normals/meanDeg', 20, { count: 7 }),
  ],
});
const rows = [
  row('pooled', ['depth/rmse', 'normals/meanDeg'], { depth: DEPTH }),
  row('imagewise', ['depth/absRel@image', 'depth/log10@image'], { depth: { ...DEPTH, crop: 'garg' } }),
  row('silent', undefined, { depth: DEPTH }),
  row('other', ['normals/meanDeg'], { normals: { crop: 'none' } }),
];
const table = protocolTable('depth', rows, { label: 'Pairs', words: '3' });
const texts = (title: string) =>
  table.groups[0].rows.find((candidate) => candidate.title === title)?.cells.map(({ text }) => text);

describe('one prediction, all protocols', () => {
  it('has a row for each protocol of the task, pooled as its source pools', () => {
    expect(table.groups[0].rows.map(({ title }) => title)).toEqual(['pooled', 'imagewise', 'silent']);
    expect(table.columns.map(({ label }) => label)).toEqual([
      ...['RMSE', 'RMSE log', 'absRel', 'log10', 'δ₁', 'pooled over', 'counted'],
    ]);
    expect(texts('pooled')).toEqual(['0.500', '', '(0.100)', '–', '', 'pixels', '1\u202f000']);
    expect(texts('imagewise')).toEqual(['(0.700)', '', '0.200', '', '', 'images', '1\u202f000']);
    // One whose figures nobody named shows the usual ones.
    expect(texts('silent')).toEqual(['0.500', '', '0.100', '–', '', 'pixels', '1\u202f000']);
  });

  it('ranks nothing, gives the reason of what is undefined, and says which pixels count once for equal rules', () => {
    expect(table.groups[0].rows.flatMap(({ cells }) => cells).some(({ best }) => best)).toBe(false);
    expect(table.notes).toEqual([{ mark: 'a', text: 'one prediction is negative' }]);
    expect(table.protocol.map(({ label }) => label)).toEqual(['pooled, silent', 'imagewise', 'Pairs', 'Rows']);
    expect(table.protocol[1].words).toMatch(/Garg crop/);
    expect(table.protocol[3].words).toMatch(/no row is better than another/);
  });
});

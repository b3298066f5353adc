import { expect, it } from 'vitest';
import { findModelCard } from '../../src/backends/model-card.ts';
import { variantOf } from '../../src/backends/variant.ts';

const three = findModelCard('mt-lw-refinenet-nyud-three');

it('changes keys to any depth, and takes away what is null', () => {
  const { card } = variantOf(three, { input: { width: 320 }, outputs: { normals: null } }, 'row');
  expect(card.input).toMatchObject({ width: 320, height: 480 });
  expect(Object.keys(card.outputs)).toEqual(['segmentation', 'depth']);
});

it('names entry and key of a change that makes no card', () => {
  expect(() => variantOf(three, { input: { mean: null } }, 'row')).toThrow(/entry row, variant\.input\.mean/);
});

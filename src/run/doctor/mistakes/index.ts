import type { Task } from '../../../core/tasks.ts';
import type { InputMistake, Mistake } from '../mistake.ts';
import { otherTruth, wrongCrop } from './depth-truth.ts';
import { constantFactor, inverse, logDepth, medianScaling, unit } from './depth-values.ts';
import { displaced, flipped } from './geometry.ts';
import { colourOrder, normalisation, valueRange } from './input.ts';
import { ignoreAsClass, offByOne, otherTaxonomy } from './labels.ts';
import { encoding, flippedAxes, permutedAxes } from './normals.ts';
import { notUnit } from './not-unit.ts';
import { permuted } from './permuted.ts';

/** Every mistake that the doctor looks for, by task. Of two that explain the same, the one that stands first is named. */
export const MISTAKES: { readonly [T in Task]: Readonly<Record<string, Mistake<T>>> } = {
  segmentation: {
    'labels-too-high': offByOne(1),
    'labels-too-low': offByOne(-1),
    taxonomy: otherTaxonomy,
    permuted,
    'ignore-as-class': ignoreAsClass,
    flipped: flipped('segmentation'),
    displaced: displaced(),
  },
  depth: {
    unit,
    inverse,
    'log-depth': logDepth,
    'constant-factor': constantFactor,
    'median-scaling': medianScaling,
    flipped: flipped('depth'),
    displaced: displaced(),
    crop: wrongCrop,
    'other-truth': otherTruth,
  },
  normals: {
    'flipped-axes': flippedAxes,
    'permuted-axes': permutedAxes,
    encoding,
    'not-unit': notUnit,
    flipped: flipped('normals'),
    displaced: displaced(),
  },
};

/** Mistakes in how images are prepared: each bears on every task of the network. */
export const INPUT_MISTAKES: Readonly<Record<string, InputMistake>> = {
  'value-range': valueRange,
  'colour-order': colourOrder,
  normalisation,
};

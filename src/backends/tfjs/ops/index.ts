import type { Operators } from '../operator.ts';
import { CONVOLUTIONS } from './convolution.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { MATRIX } from './matrix.ts';
import { NORMALISATION } from './normalisation.ts';
import { POOLING } from './pooling.ts';
import { QUANTISATION } from './quantisation.ts';
import { REDUCTIONS } from './reduction.ts';
import { RESIZING } from './resize.ts';
import { SHAPES } from './shape.ts';
import { SLICING } from './slicing.ts';

/** Every ONNX operator that the TensorFlow.js backends run, by its name in the default domain. */
export const OPERATORS: Operators = {
  ...CONVOLUTIONS,
  ...ELEMENTWISE,
  ...MATRIX,
  ...NORMALISATION,
  ...POOLING,
  ...QUANTISATION,
  ...REDUCTIONS,
  ...RESIZING,
  ...SHAPES,
  ...SLICING,
};

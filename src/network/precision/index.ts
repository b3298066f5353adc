export { toFloat16 } from './float16.ts';
export { type Int8Model, toInt8, valuesToCalibrate, withOutputs } from './int8.ts';
export { ValueHistogram } from './ranges.ts';

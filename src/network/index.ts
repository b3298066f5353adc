export { type NetworkConfig, networkConfigSchema } from './config.ts';
export { type LayerCost, layerCosts, macCount, macsByPart, paramCount } from './costs.ts';
export { networkFromCheckpoint, plainNames } from './from-checkpoint.ts';
export type { Graph } from './graph.ts';
export { HEADS } from './heads/index.ts';
export { onnxCosts } from './onnx-costs/index.ts';
export {
  type Int8Model,
  toFloat16,
  toInt8,
  ValueHistogram,
  valuesToCalibrate,
  withOutputs,
} from './precision/index.ts';
export { refinenet } from './refinenet.ts';
export { seededWeights } from './seeded.ts';
export type { ImageSize } from './shapes.ts';
export { toOnnx } from './to-onnx.ts';
export { requireWeights, tensorSpecs, type Weights } from './weights.ts';

export { type NetworkConfig, networkConfigSchema } from './config.ts';
export { type LayerCost, layerCosts, macCount, macsByPart, paramCount } from './costs.ts';
export type { Graph, Part } from './graph.ts';
export { HEADS, type HeadId } from './heads/index.ts';
export { refinenet } from './refinenet.ts';
export { seededWeights } from './seeded.ts';
export type { ImageSize, Shape } from './shapes.ts';
export { toOnnx } from './to-onnx.ts';
export { requireWeights, type TensorSpec, tensorSpecs, type Weights } from './weights.ts';

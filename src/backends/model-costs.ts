import type { CostRecord } from '../core/record.ts';
import { decodeOnnx } from '../formats/onnx.ts';
import { onnxCosts } from '../network/index.ts';
import type { ModelCard } from './model-card.ts';

/** Counted before the file was written. */
export type KnownCost = { readonly params?: number; readonly macs?: number };

/**
 * What the file that runs costs for one image: counted from its graph, but for what is known better (`known`: a built
 * network) or stated by the card. A file that still leaves its size free has no MACs.
 * @param bytes with the input fixed to the size of the card, where that has one
 * @param name how messages call the file
 * @throws ResourceError when the bytes are no ONNX model.
 */
export function costOf(card: ModelCard, bytes: Uint8Array, name: string, known: KnownCost = {}): CostRecord {
  const counted = onnxCosts(decodeOnnx(bytes, name));
  const { storedParams, weightBytes, peakActivationBytes } = counted;
  const size = inputSizeOf(card);
  const params = known.params ?? card.cost?.params ?? counted.params;
  return {
    ...(params === undefined ? { paramsUndefined: counted.paramsUndefined } : { params }),
    storedParams,
    ...macsOf(counted, known.macs ?? statedMacs(card, counted)),
    inputSize: size ? showSize(size) : sizeFed(counted.inputs[0]?.shape, card),
    weightBytes,
    ...(peakActivationBytes !== undefined && { peakActivationBytes }),
  };
}

/** What the card states holds for one size: a full count that differs is of another one (a variant), and goes first. */
function statedMacs({ cost }: ModelCard, { macs, uncounted }: ReturnType<typeof onnxCosts>): number | undefined {
  return uncounted.length === 0 && macs > 0 ? undefined : cost?.macs;
}

function macsOf(
  { macs, macsBy, uncounted }: ReturnType<typeof onnxCosts>,
  known: number | undefined,
): Pick<CostRecord, 'macs' | 'macsBy' | 'uncounted'> {
  if (known !== undefined) return { macs: known, ...(known === macs && { macsBy }) };
  if (uncounted.length === 0) return { macs, macsBy };
  return { ...(macs > 0 && { macs, macsBy }), uncounted };
}

/** What the card alone says, for files whose graph is not read. */
export function statedCost(card: ModelCard): CostRecord | undefined {
  const size = inputSizeOf(card);
  return card.cost && size && { ...card.cost, inputSize: showSize(size) };
}

function sizeFed(shape: readonly number[] | undefined, { input }: ModelCard): string {
  if (shape?.length !== 4) return 'native';
  const [height, width] = input.layout === 'nchw' ? shape.slice(2) : shape.slice(1, 3);
  return showSize({ width, height });
}

function inputSizeOf({ input: { width, height } }: ModelCard) {
  return width === undefined || height === undefined ? undefined : { width, height };
}

const showSize = ({ width, height }: { width: number; height: number }): string => `${width}x${height}`;

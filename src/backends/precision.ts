import { ResourceError } from '../core/errors.ts';
import { evenlySpaced } from '../core/evenly-spaced.ts';
import type { RgbRaster } from '../core/raster.ts';
import { type Int8Model, toFloat16, toInt8, ValueHistogram, valuesToCalibrate, withOutputs } from '../network/index.ts';
import type { PredictorContext } from './backend.ts';
import type { ModelCard } from './model-card.ts';
import { prepareInput } from './network-predictor.ts';
import { onnxruntimeNode } from './onnxruntime-node.ts';

/**
 * The share of a value's observations that its 256 steps must hold. On the reference network with seeded weights 0.9999
 * kept 82.5 % of the labels of float32, everything from the smallest to the largest 76.4 %.
 */
const COVERAGE = 0.9999;

export interface CalibrationImages {
  readonly count: number;
  readonly images: AsyncIterable<RgbRaster>;
}

/**
 * A float32 ONNX network in the precision that its card asks for; int8 is calibrated on images of the train split,
 * evenly spaced. Equal images give equal bytes.
 * @throws ResourceError when the network cannot be converted, or the split has fewer images than the card asks for.
 */
export async function inPrecision(
  bytes: Uint8Array,
  name: string,
  card: ModelCard,
  { openTrain, onProgress }: Pick<PredictorContext, 'openTrain' | 'onProgress'>,
): Promise<Uint8Array> {
  if (card.precision === 'float16') return toFloat16(bytes, name).bytes;
  const count = card.calibration?.images ?? 0;
  const train = await openTrain();
  try {
    const { info, samples } = train;
    if (samples.length < count)
      throw new ResourceError(
        `model ${card.id}: calibration asks for ${count} images, ${info.id} ${info.split} has ${samples.length} (${info.location})`,
      );
    const loaded = train.load(evenlySpaced(samples.length, count));
    const images = (async function* () {
      for await (const sample of loaded) yield await sample.image();
    })();
    return (await calibratedInt8(bytes, name, card, { count, images }, onProgress)).bytes;
  } finally {
    await train.close();
  }
}

/** The network in int8, over the ranges that its values take on the given images. @throws ResourceError as toInt8. */
export async function calibratedInt8(
  bytes: Uint8Array,
  name: string,
  card: ModelCard,
  { count, images }: CalibrationImages,
  onProgress?: (done: number, total: number) => void,
): Promise<Int8Model> {
  const values = valuesToCalibrate(bytes, name);
  const histograms = new Map(values.map((value) => [value, new ValueHistogram()]));
  const model = { name, bytes: withOutputs(bytes, values, name), sha256: '' };
  // One thread and one runtime, whatever the suite runs: the ranges decide the bytes, and these must not vary.
  const runtime = await onnxruntimeNode.open({ model, options: onnxruntimeNode.parseOptions({}) });
  try {
    let done = 0;
    for await (const image of images) {
      const input = { [runtime.inputs[0].name]: prepareInput(image, card) };
      const seen = { ...input, ...(await runtime.run(input)) };
      for (const [value, histogram] of histograms)
        histogram.add(seen[value].data, `${name}, value "${value}", calibration image ${done + 1}`);
      done++;
      onProgress?.(done, count);
    }
    if (done === 0) throw new ResourceError(`${name}: int8 needs images to calibrate on, and there is none`);
  } finally {
    await runtime.close();
  }
  const ranges = new Map([...histograms].map(([value, histogram]) => [value, histogram.range(COVERAGE)]));
  return toInt8(bytes, ranges, name);
}

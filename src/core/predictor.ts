import type { Intrinsics } from './intrinsics.ts';
import type { OpenSegmentation, RgbRaster } from './raster.ts';
import type { Maps, Task } from './tasks.ts';

/** What a predictor is given: an id, the image for those that look at it, and the camera where it is known. */
export interface PredictorInput {
  readonly id: string;
  image(): Promise<RgbRaster>;
  /** Of the image; left out where the data set does not know its camera. */
  intrinsics?(): Promise<Intrinsics>;
  /** Asks for Prediction.raw. */
  readonly wantsRaw?: boolean;
  /** Asks for Prediction.open. */
  readonly wantsOpen?: boolean;
}

/** Milliseconds spent in each stage of one prediction. */
export interface StageTimesMs {
  readonly prepare: number;
  readonly infer: number;
  readonly postprocess: number;
}

export interface Prediction {
  readonly maps: Maps;
  /** As the network gave them, where it was asked and there is a network; valid until the next prediction. */
  readonly raw?: Readonly<Partial<Record<Task, Tensor>>>;
  /** Where it was asked and the network has a slice of channels for each of several data sets. */
  readonly open?: OpenSegmentation;
  readonly timesMs: StageTimesMs;
}

/** What ran, in words that go into the record. "device requested" always equals "device used", or opening failed. */
export interface BackendCard {
  readonly id: string;
  readonly version: string;
  readonly device: string;
  readonly threads?: number;
  /** SHA-256 of the weights or stored predictions that were used. */
  readonly weightsSha256?: string;
  /** Backend options as resolved, plain JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Set where normals are computed from the depth that is predicted: how, and the width of the window in pixels. */
  readonly derived?: { readonly normals: { readonly method: string; readonly window: number } };
}

export interface Predictor {
  readonly card: BackendCard;
  readonly tasks: readonly Task[];
  /** Set when readings of accuracy would mean nothing, e.g. "untrained weights". */
  readonly accuracyUndefined?: string;
  /** Maps at the size of the image. */
  predict(input: PredictorInput): Promise<Prediction>;
  close(): Promise<void>;
}

/** A tensor of a network: C order. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A backend that executes networks: tensors in, tensors out; preparing and post-processing are done around it. */
export interface Runtime {
  readonly card: BackendCard;
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | undefined)[] }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly (number | undefined)[] }[];
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

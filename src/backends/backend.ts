import type { Dataset } from '../core/dataset.ts';
import type { Predictor, Runtime } from '../core/predictor.ts';
import type { Task } from '../core/tasks.ts';

/** An ONNX file in memory. */
export interface OnnxModel {
  /** Names the model in errors: a file or a card. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of the file as its owner has it, whatever was fixed in it since. */
  readonly sha256: string;
}

/** What predictors that execute no network may ask of the run. */
export interface PredictorContext {
  /** Tasks that the run scores; others need not be predicted. */
  readonly tasks: readonly Task[];
  /** Classes of the run's data set, where it has any: a network must tell as many apart, or say which is which. */
  readonly classCount?: number;
  /** Of the run's data set: it chooses the slice of a network of several data sets. */
  readonly taxonomy?: string;
  /** Opens the train split of the suite's data set. The caller of openTrain closes it. */
  openTrain(): Promise<Dataset>;
  readonly onProgress?: (done: number, total: number) => void;
  /** Milliseconds; performance.now unless a test says otherwise. */
  readonly now?: () => number;
}

/** Executes networks: opened with a model, it gives a Runtime, around which network-predictor.ts does the rest. */
export interface RuntimeBackend<Options = unknown> {
  readonly kind: 'runtime';
  readonly title: string;
  /** Options with their defaults filled in. @throws UsageError naming the key and the nearest valid one. */
  parseOptions(value: unknown): Options;
  /** @throws ResourceError when the model is damaged, or the device that was asked for cannot run all of it. */
  open(request: { readonly model: OnnxModel; readonly options: Options }): Promise<Runtime>;
  /** Where the backend runs TensorFlow.js GraphModels too: `path` is a model.json. @throws as open() does. */
  openGraphModel?(request: { readonly path: string; readonly options: Options }): Promise<Runtime>;
  /** Where the backend runs TensorFlow SavedModels too: `path` is a folder. @throws as open() does. */
  openSavedModel?(request: { readonly path: string; readonly options: Options }): Promise<Runtime>;
}

/** Predicts without a network. */
export interface PredictorBackend<Options = unknown> {
  readonly kind: 'predictor';
  readonly title: string;
  /** True where predict() does real work, so that its latency means something. */
  readonly timed?: boolean;
  /** Options with their defaults filled in. @throws UsageError naming the key and the nearest valid one. */
  parseOptions(value: unknown): Options;
  open(request: { readonly options: Options; readonly context: PredictorContext }): Promise<Predictor>;
}

export type Backend = RuntimeBackend | PredictorBackend;

/** Whether latency is measured: of networks, and of predictors that do real work. */
export const isTimed = (backend: Backend): boolean => backend.kind === 'runtime' || backend.timed === true;

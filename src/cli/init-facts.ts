import { ResourceError } from '../core/errors.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { decodeOnnx, type ModelProto } from '../formats/onnx.ts';
import { onnxCosts } from '../network/index.ts';
import type { OnnxCosts, OnnxValue } from '../network/onnx-costs/index.ts';
import { oneLine } from '../reports/text.ts';

type Shape = NonNullable<OnnxValue['declared']>;

/** What an ONNX file tells of how it wants to be fed and read. */
export interface ModelFacts {
  readonly input: string;
  readonly layout?: 'nchw' | 'nhwc';
  /** Where the file fixes it. */
  readonly width?: number;
  readonly height?: number;
  /** The most likely output of each task. */
  readonly outputs: Partial<Record<Task, OutputFacts>>;
  /** Outputs that no task took, in words. */
  readonly left: readonly string[];
  /** The first operators on the image, where they are arithmetic: the file may normalise by itself. */
  readonly preparesItself: readonly string[];
  /** Written by densebench, whose conventions are known. */
  readonly isOwn: boolean;
  /** In the words of the file's metadata, where it has any. */
  readonly licence?: string;
  readonly costs: OnnxCosts;
}

export interface OutputFacts {
  readonly name: string;
  /** Type and shape for people. */
  readonly words: string;
  readonly channels?: number;
  readonly holdsLabels: boolean;
}

/**
 * Reads what can be read.
 * @param name how messages call the file
 * @throws ResourceError when it is no ONNX model, or one that no card can describe.
 */
export function modelFacts(bytes: Uint8Array, name: string): ModelFacts {
  const model = decodeOnnx(bytes, name);
  const costs = onnxCosts(model);
  const [input, ...others] = costs.inputs;
  if (!input || others.length)
    throw new ResourceError(
      `${name}: ${costs.inputs.length} inputs (${costs.inputs.map((value) => value.name).join(', ')}); networks with one image input can be evaluated`,
    );
  if (input.type !== 'float32')
    throw new ResourceError(
      `${name}: input "${input.name}" has type ${input.type}; float32 is fed, so let the file begin with a Cast from it`,
    );
  const declared = input.declared;
  if (declared && declared.length !== 4)
    throw new ResourceError(
      `${name}: input "${input.name}" is ${wordsOf(input)}; an image is [1, 3, height, width] or [1, height, width, 3]`,
    );
  const layout = layoutOf(declared);
  const [height, width] = layout === 'nhwc' ? [declared?.[1], declared?.[2]] : [declared?.[2], declared?.[3]];
  const isFixed = layout && typeof height === 'number' && typeof width === 'number';
  return {
    input: wordsOf(input),
    layout,
    ...(isFixed && { width, height }),
    ...sortOutputs(costs.outputs, layout ? atSomeSize(model, input) : costs.outputs, layout ?? 'nchw'),
    preparesItself: model
      .graph!.node.filter((node) => node.input.includes(input.name))
      .map(({ opType }) => opType)
      .filter((op) => ['Sub', 'Div', 'Mul', 'Add', 'BatchNormalization', 'Cast'].includes(op)),
    isOwn: model.producerName === 'densebench',
    licence: licenceOf(model),
    costs,
  };
}

/** ONNX knows the key "model_license" (onnx/docs/MetadataProps.md); others are seen too. */
const LICENCE_KEYS = ['model_license', 'license', 'licence'];

const licenceOf = ({ metadataProps }: ModelProto): string | undefined =>
  oneLine(metadataProps.find(({ key }) => LICENCE_KEYS.includes(key.toLowerCase()))?.value ?? '') || undefined;

const layoutOf = (shape: Shape | undefined): ModelFacts['layout'] =>
  shape?.[1] === 3 ? 'nchw' : shape?.[3] === 3 ? 'nhwc' : undefined;

/** On one line: free axes bear names that a file chooses. */
function wordsOf({ type, shape, declared }: OnnxValue): string {
  const sizes = shape ?? declared;
  return oneLine(`${type} ${sizes ? `[${sizes.map((n) => n ?? '?').join(', ')}]` : 'of unknown shape'}`);
}

/** Names that give an output away, before its channels do. */
const NAMES: Readonly<Record<Task, RegExp>> = {
  segmentation: /seg|sem|logit|class|label|mask/i,
  depth: /depth|disp|dist/i,
  normals: /norm/i,
};

/** Any size that strides divide will do: it is channels that are asked for. */
const TRIAL_PX = 256;

/** The outputs as they would be at some size, for files that leave it free. */
function atSomeSize(model: ModelProto, { name, shape, declared }: OnnxValue): readonly OnnxValue[] {
  const tried = shape ?? declared?.map((n, axis) => (typeof n === 'number' ? n : axis === 0 ? 1 : TRIAL_PX));
  return onnxCosts(model, tried && { inputShapes: { [name]: tried } }).outputs;
}

function sortOutputs(
  values: readonly OnnxValue[],
  sized: readonly OnnxValue[],
  layout: 'nchw' | 'nhwc',
): Pick<ModelFacts, 'outputs' | 'left'> {
  const outputs: Partial<Record<Task, OutputFacts>> = {};
  const left: string[] = [];
  for (const [i, value] of values.entries()) {
    const channels = channelsOf(sized[i], layout);
    const holdsLabels = /int|bool/.test(value.type);
    const task = taskOf(value, channels, holdsLabels);
    if (task && !outputs[task]) outputs[task] = { name: value.name, words: wordsOf(value), channels, holdsLabels };
    else left.push(`${JSON.stringify(value.name)} (${wordsOf(value)})`);
  }
  return { outputs, left };
}

function channelsOf({ shape, declared }: OnnxValue, layout: 'nchw' | 'nhwc'): number | undefined {
  const sizes: Shape = shape ?? declared ?? [];
  if (sizes.length === 3) return 1;
  const channels = sizes.length === 4 ? sizes[layout === 'nchw' ? 1 : 3] : undefined;
  return typeof channels === 'number' ? channels : undefined;
}

/** Whole numbers are labels; else channels decide, and between tasks that they allow the name does. */
function taskOf({ name }: OnnxValue, channels: number | undefined, holdsLabels: boolean): Task | undefined {
  if (holdsLabels) return 'segmentation';
  if (channels === undefined) return TASKS.find((task) => NAMES[task].test(name));
  if (channels === 1) return 'depth';
  if (channels === 3) return NAMES.segmentation.test(name) ? 'segmentation' : 'normals';
  return 'segmentation';
}

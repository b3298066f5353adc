import { dirname } from 'node:path';
import { z } from 'zod';
import { fingerprint } from '../core/canonical.ts';
import { identifier } from '../core/identifier.ts';
import { catalogIds, readFromCatalog } from '../formats/catalog.ts';
import { normalsAxesSchema } from '../formats/normals-encoding.ts';
import { networkConfigSchema } from '../network/index.ts';
import { trainingSchema, weightsSchema } from './card-weights.ts';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const sizePx = z.int().min(1).max(16384);

const inputSchema = z
  .strictObject({
    width: sizePx.optional(),
    height: sizePx.optional(),
    stride: z.int().min(1).max(512).optional().meta({
      description:
        'without width and height: images are padded below and to the right to multiples of this, and maps are cut back',
    }),
    layout: z.enum(['nchw', 'nhwc']).default('nchw'),
    colourOrder: z.enum(['rgb', 'bgr']).default('rgb').meta({ description: 'order of the channels of the input' }),
    scale: z
      .number()
      .positive()
      .default(1 / 255)
      .meta({ description: 'what an 8-bit value is multiplied by before mean and std' }),
    mean: triple.meta({ description: 'per channel in the order of colourOrder, after scaling; [0, 0, 0] for none' }),
    std: triple
      .refine((std) => std.every((v) => v > 0), 'each std must be above 0')
      .meta({
        description: 'per channel in the order of colourOrder, after scaling; [1, 1, 1] for none',
      }),
  })
  .refine(({ width, height }) => (width === undefined) === (height === undefined), {
    message: 'give width and height, or neither (then images go in at their own size)',
  })
  .refine(({ width, stride }) => width === undefined || stride === undefined, {
    message: 'stride is for images that go in at their own size, without width and height',
    path: ['stride'],
  })
  .meta({ description: 'input = (value x scale - mean) / std; images of another size are resized (bilinear) first' });

/** Which output of the file; a card that gives the index gets the name when the network is opened. */
const whichOutput = {
  name: z.string().min(1).optional().meta({ description: 'name of the output' }),
  index: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'place of the output in the file, from 0, instead of its name' }),
};
const isNamedOnce = ({ name, index }: { name?: string; index?: number }) =>
  (name === undefined) !== (index === undefined);
const NAMED_ONCE = { message: 'give the name of the output, or its index' };

const channelRange = z.strictObject({ first: z.int().min(0), count: z.int().min(1).max(255) });

/** Two data sets that share a channel would each count it as their own. */
function overlap(slices: Readonly<Record<string, z.output<typeof channelRange>>>): string | undefined {
  const sorted = Object.entries(slices).sort(([, a], [, b]) => a.first - b.first);
  const at = sorted.findIndex(([, { first }], i) => i > 0 && first < sorted[i - 1][1].first + sorted[i - 1][1].count);
  return at < 0 ? undefined : `${sorted[at - 1][0]} and ${sorted[at][0]}`;
}

const slicesSchema = z
  .record(z.string().min(1), channelRange)
  .superRefine((slices, context) => {
    if (Object.keys(slices).length === 0)
      context.addIssue({
        code: 'custom',
        message: 'name a taxonomy and its channels, e.g. {nyud40: {first: 0, count: 40}}',
      });
    const both = overlap(slices);
    if (both !== undefined)
      context.addIssue({
        code: 'custom',
        message: `the slices of ${both} share a channel; each channel is of one data set`,
      });
  })
  .meta({
    description:
      'several data sets in one network: taxonomy -> its channels. That of the data set chooses; the first becomes class 0',
  });

const segmentationSchema = z
  .strictObject({
    ...whichOutput,
    kind: z.enum(['logits', 'labels']).default('logits').meta({
      description: 'logits or probabilities per class (resized, then argmax), or class ids (nearest neighbour)',
    }),
    channels: channelRange
      .optional()
      .meta({ description: 'argmax among these channels alone; the first becomes class 0. Default: all of them' }),
    slices: slicesSchema.optional(),
    labelMap: z.array(z.int().min(0).max(255)).min(1).optional().meta({
      description: "the data set's train id for each class of the network, in order; 255 = none, counted as wrong",
    }),
  })
  .refine(({ kind, channels }) => kind === 'logits' || channels === undefined, {
    message: 'channels is for kind: logits',
    path: ['channels'],
  })
  .refine(({ kind, channels, labelMap, slices }) => !slices || (kind === 'logits' && !channels && !labelMap), {
    message: 'slices are for kind: logits, and stand in place of channels and labelMap',
    path: ['slices'],
  })
  .refine(isNamedOnce, NAMED_ONCE)
  .refine(({ labelMap, channels }) => !labelMap || !channels || labelMap.length === channels.count, {
    message: 'labelMap needs one id for each of the channels',
    path: ['labelMap'],
  });

const depthSchema = z
  .strictObject({
    ...whichOutput,
    kind: z.enum(['depth', 'inverse-depth', 'disparity', 'log-depth']).default('depth').meta({
      description: 'what v = multiplier x activation(output) + shift is: z, 1 / z, disparity in pixels, or ln z',
    }),
    activation: z.enum(['none', 'sigmoid', 'softplus', 'relu', 'tanh']).default('none').meta({
      description: 'what the network leaves to be applied to its output',
    }),
    multiplier: z.number().default(1).meta({ description: 'of the output, after the activation; may be negative' }),
    shift: z.number().default(0).meta({ description: 'added after the multiplier' }),
    unit: z.enum(['m', 'dm', 'cm', 'mm']).meta({ description: 'unit of z' }),
    scale: z.number().positive().default(1).meta({
      description: 'metres = z x scale x unit; for disparity: focal length in pixels x baseline in that unit',
    }),
    absolute: z.boolean().default(false).meta({ description: '|output| before anything but the resize' }),
  })
  .refine(isNamedOnce, NAMED_ONCE)
  .refine(({ kind, scale }) => kind !== 'disparity' || scale !== 1, {
    message: 'kind: disparity needs scale: focal length in pixels (of the images) x baseline',
    path: ['scale'],
  })
  .refine(({ multiplier }) => multiplier !== 0, {
    message: 'multiplier: 0 leaves nothing of the output',
    path: ['multiplier'],
  });

const MODEL_SOURCES = ['onnx', 'graphModel', 'savedModel', 'network'] as const;

const normalsSchema = z
  .strictObject({
    ...whichOutput,
    encoding: z.enum(['signed', 'zero-to-one']).default('signed').meta({
      description: 'whether channels hold -1..1, or 0..1 in place of it as pictures of normals do',
    }),
    axes: normalsAxesSchema,
  })
  .refine(isNamedOnce, NAMED_ONCE);

export const modelCardSchema = z
  .strictObject({
    id: identifier,
    title: z.string().min(1),
    description: z.string().optional(),
    licence: z.string().min(1),
    onnx: z.string().min(1).optional().meta({ description: 'ONNX file, relative to this card' }),
    graphModel: z.string().min(1).optional().meta({
      description: 'model.json of a TensorFlow.js GraphModel, relative to this card; its weight files lie beside it',
    }),
    savedModel: z.string().min(1).optional().meta({
      description: 'folder of a TensorFlow SavedModel, relative to this card',
    }),
    network: networkConfigSchema.optional().meta({ description: 'a network that densebench builds itself' }),
    weights: weightsSchema.optional().meta({ description: 'of `network`: a seed (untrained), or a file' }),
    training: trainingSchema.optional(),
    input: inputSchema,
    outputs: z
      .strictObject({
        segmentation: segmentationSchema.optional(),
        depth: depthSchema.optional(),
        normals: normalsSchema.optional(),
      })
      .refine((outputs) => Object.values(outputs).some((output) => output !== undefined), 'name at least one output'),
    resize: z.enum(['bicubic', 'bilinear']).default('bicubic').meta({
      description: 'how outputs are brought to the size of the image (cv2 INTER_CUBIC or INTER_LINEAR)',
    }),
    cost: z
      .strictObject({ params: z.int().min(0).optional(), macs: z.int().min(0).optional() })
      .refine(({ params, macs }) => params !== undefined || macs !== undefined, 'give params, macs or both')
      .optional()
      .meta({
        description:
          'what the file does not tell: learnable parameters before folding; multiply-adds of convolutions and matrix products per image (counted from the file unless given)',
      }),
    precision: z.enum(['float16', 'int8']).optional().meta({
      description: 'what densebench converts the float32 network to before it runs; default: as it is',
    }),
    calibration: z
      .strictObject({ images: z.int().min(1).max(10_000) })
      .optional()
      .meta({ description: 'of int8: on how many images of the train split its ranges are observed, evenly spaced' }),
    note: z.string().optional().meta({ description: 'shown beside every figure of the model' }),
  })
  .refine((card) => MODEL_SOURCES.filter((source) => card[source] !== undefined).length === 1, {
    message: 'give exactly one of onnx (or graphModel or savedModel: files) and network (built from its description)',
  })
  .refine(({ network, weights }) => (network === undefined) === (weights === undefined), {
    message: 'network needs weights: {seed: ...} or {file: ...}; an onnx file brings its own',
  })
  .refine(({ weights, training }) => weights?.seed === undefined || training === undefined, {
    message: 'training is of weights that were trained, and these are seeded',
    path: ['training'],
  })
  .refine(({ network, input }) => network === undefined || input.width !== undefined, {
    message: 'a network needs its input size: width and height',
    path: ['input'],
  })
  .refine(({ cost, network }) => cost === undefined || network === undefined, {
    message: 'cost is for a file; of a network it is computed',
    path: ['cost'],
  })
  .refine(({ cost, input }) => cost?.macs === undefined || input.width !== undefined, {
    message: 'cost.macs needs a fixed input size',
    path: ['cost', 'macs'],
  })
  .refine(({ precision, calibration }) => (precision === 'int8') === (calibration !== undefined), {
    message: 'precision: int8 needs calibration: {images: 16}, and nothing else takes it',
    path: ['calibration'],
  })
  .refine(({ precision, onnx, network }) => precision === undefined || (onnx ?? network) !== undefined, {
    message: 'precision is for onnx and network; other files run as they are',
    path: ['precision'],
  });

export type ModelCard = z.output<typeof modelCardSchema>;
export type SegmentationOutput = z.output<typeof segmentationSchema>;
export type DepthOutput = z.output<typeof depthSchema>;
export type NormalsOutput = z.output<typeof normalsSchema>;

type Outputs = ModelCard['outputs'];
/** The outputs of a card when each is known by its name. */
export type NamedOutputs = { readonly [T in keyof Outputs]: Outputs[T] & { readonly name: string } };

/**
 * The outputs by name, those that the card knows by their place too.
 * @param nameAt the name of the output at a place of the network; it throws where there is none
 */
export function namedOutputs(outputs: Outputs, nameAt: (index: number, task: string) => string): NamedOutputs {
  const named = Object.entries(outputs).map(([task, output]) =>
    output?.index === undefined ? [task, output] : [task, { ...output, name: nameAt(output.index, task) }],
  );
  return Object.fromEntries(named);
}

/** Weights of a seed: costs and latency are real, accuracy means nothing. */
export const isUntrained = ({ weights }: Pick<ModelCard, 'weights'>): boolean => weights?.seed !== undefined;

/** Of everything that decides what goes in and what comes out. */
export function cardFingerprint({ training: _, ...card }: ModelCard): string {
  return fingerprint(card);
}

export interface LoadedModelCard {
  readonly card: ModelCard;
  /** The card's own file. */
  readonly file: string;
  /** Where its relative paths start. */
  readonly folder: string;
}

export const modelCardIds = (workingDirectory = process.cwd()): string[] => catalogIds('models', workingDirectory);

/**
 * The card of an id (./models/<id>.yaml of the working directory, then the package's), or of a path to a YAML file.
 * @throws UsageError with file, line and column, or the nearest id, and where its id is not its file name.
 */
export function findModelCard(reference: string, workingDirectory = process.cwd()): LoadedModelCard {
  const { value: card, file } = readFromCatalog('models', 'model', reference, modelCardSchema, workingDirectory);
  return { card, file, folder: dirname(file) };
}

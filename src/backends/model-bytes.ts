import { join, resolve } from 'node:path';
import { sha256 } from '../core/canonical.ts';
import { ResourceError } from '../core/errors.ts';
import type { CostRecord } from '../core/record.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { readBytes } from '../formats/file.ts';
import { macCount, paramCount, refinenet, toOnnx } from '../network/index.ts';
import type { OnnxModel, PredictorContext } from './backend.ts';
import { withFixedInput } from './fix-input.ts';
import type { LoadedModelCard, ModelCard } from './model-card.ts';
import { costOf, type KnownCost } from './model-costs.ts';
import { inputShapeOf } from './network-predictor.ts';
import { networkWeights } from './network-weights.ts';
import { inPrecision } from './precision.ts';

/** An ONNX file that densebench made and keeps in its cache, under <cache>/models. */
export interface BuiltModel {
  readonly name: string;
  readonly sha256: string;
}

export interface CostedModel {
  readonly model: OnnxModel;
  readonly cost?: CostRecord;
  /** Set where the bytes were made here, so that another process can run the very same. */
  readonly built?: BuiltModel;
}

export interface ModelContext extends PredictorContext {
  readonly cacheDirectory: string;
  /** What an earlier call for the same card built: these bytes are used, nothing is built anew. */
  readonly built?: BuiltModel;
}

/**
 * The network of a card, ready for a backend.
 * @throws ResourceError when its file is missing or damaged, or is not any more what `built` says.
 */
export async function modelBytes(loaded: LoadedModelCard, context: ModelContext): Promise<CostedModel> {
  const { card } = loaded;
  if (context.built) return { model: await readBuilt(context.built), built: context.built };
  const { model, known } = await floatModel(loaded);
  if (!card.network && !card.precision) return { model, cost: costOf(card, model.bytes, model.name, known) };
  const bytes = card.precision ? await inPrecision(model.bytes, model.name, card, context) : model.bytes;
  return {
    ...keepBuilt(card.id, bytes, context.cacheDirectory),
    cost: costOf(card, bytes, model.name, known),
  };
}

interface FloatModel {
  readonly model: OnnxModel;
  /** Of a network built here: what its file does not tell any more. */
  readonly known?: KnownCost;
}

/** The network as the card's file holds it or as it is built, before any change of precision. */
export async function floatModel(loaded: LoadedModelCard): Promise<FloatModel> {
  return loaded.card.network ? buildNetwork(loaded) : readNetwork(loaded);
}

async function readBuilt({ name, sha256: wanted }: BuiltModel): Promise<OnnxModel> {
  const bytes = await readBytes(name);
  const found = sha256(bytes);
  if (found !== wanted)
    throw new ResourceError(
      `${name}: its SHA-256 is ${found}, ${wanted} was built there; delete the file and run again`,
    );
  return { name, bytes, sha256: found };
}

/** Built anew each time, in less than a second: a cached file could stem from an older densebench. */
async function buildNetwork(loaded: LoadedModelCard): Promise<FloatModel> {
  const { card } = loaded;
  const size = inputSizeOf(card);
  if (!card.network || !card.weights || !size) throw new Error(`model ${card.id}: not a complete network card`);
  const graph = refinenet(card.network);
  const bytes = toOnnx(graph, await networkWeights(loaded, graph), size);
  return {
    model: { name: `model ${card.id}`, bytes, sha256: sha256(bytes) },
    known: { params: paramCount(graph), macs: macCount(graph, size) },
  };
}

/** The very bytes that run, for other processes and for whoever wants to look at them or run them elsewhere. */
function keepBuilt(id: string, bytes: Uint8Array, cacheDirectory: string): Required<Omit<CostedModel, 'cost'>> {
  const hash = sha256(bytes);
  const name = join(cacheDirectory, 'models', `${id}-${hash.slice(0, 16)}.onnx`);
  // Written even where a file of this name lies: nobody has checked what is in it.
  writeAtomically(name, bytes);
  return { model: { name, bytes, sha256: hash }, built: { name, sha256: hash } };
}

async function readNetwork({ card, folder }: LoadedModelCard): Promise<FloatModel> {
  const name = resolve(folder, card.onnx as string);
  const bytes = await readBytes(name);
  const size = inputSizeOf(card);
  return {
    model: {
      name,
      bytes: size ? withFixedInput(bytes, inputShapeOf(card, size), name) : bytes,
      sha256: sha256(bytes),
    },
  };
}

function inputSizeOf({ input: { width, height } }: ModelCard) {
  return width === undefined || height === undefined ? undefined : { width, height };
}

import { dirname, join, relative, resolve } from 'node:path';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { io } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { messageOf, ResourceError } from '../core/errors.ts';
import type { BackendCard, Runtime } from '../core/predictor.ts';
import { readBytes } from '../formats/file.ts';
import { hashFiles } from '../formats/hash-files.ts';
import { firstLine } from './tf-files.ts';
import { type TfPort, type TfTensors, tfRuntime } from './tf-files-runtime.ts';
import { type Engine, onEngine, type Tf } from './tfjs/engine.ts';

const BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  uint16: 2,
  float16: 2,
  uint8: 1,
  bool: 1,
};

// What is checked here is what the converter library would answer with a stack trace, or with wrong numbers.
const modelJson = z.looseObject({
  modelTopology: z.looseObject({ node: z.array(z.unknown()) }),
  weightsManifest: z.array(
    z.looseObject({
      paths: z.array(z.string()),
      weights: z.array(
        z.looseObject({
          name: z.string(),
          shape: z.array(z.int().min(0)),
          dtype: z.string(),
          quantization: z.looseObject({ dtype: z.string() }).optional(),
        }),
      ),
    }),
  ),
});
type ModelJson = z.output<typeof modelJson>;

/**
 * A GraphModel of disk (model.json and its weight files) on one of TensorFlow.js's backends. Inputs and outputs carry
 * the names of its signature, or those of its nodes where it has none.
 * @throws ResourceError when a file is missing or damaged, or the graph cannot be loaded.
 */
export async function openGraphModel(request: {
  readonly engine: Engine;
  readonly path: string;
  readonly card: (weightsSha256: string) => BackendCard;
}): Promise<Runtime> {
  const { engine, path } = request;
  const parsed = parse(new TextDecoder().decode(await readBytes(path)), path);
  const weightFiles = shardsOf(parsed, path);
  const card = request.card(await hashFiles(dirname(path), [path, ...weightFiles]));
  const { loadGraphModelSync } = await importConverter(card.id);
  const artifacts = await artifactsOf(engine.tf, parsed, weightFiles, path);
  const model = await onEngine(engine, () => {
    try {
      return loadGraphModelSync(artifacts);
    } catch (error) {
      throw new ResourceError(`${path}: TensorFlow.js cannot load this GraphModel: ${firstLine(error)}`);
    }
  });
  const signature = model.modelSignature as Signature | undefined;
  const inputs = portsOf(signature?.inputs, model.inputs);
  const outputs = portsOf(signature?.outputs, model.outputs);
  const names = outputs.map(({ name }) => name);
  return tfRuntime({
    engine,
    path,
    card,
    inputs,
    outputs,
    execute(feeds) {
      const results = [executeOnce(model, feeds, names, path)].flat();
      return Object.fromEntries(results.map((result, i) => [names[i], result]));
    },
    dispose: () => model.dispose(),
  });
}

function executeOnce(model: Pick<GraphModel, 'execute'>, feeds: TfTensors, names: string[], path: string) {
  try {
    return model.execute(feeds, names);
  } catch (error) {
    // The library's advice is a call of its own.
    const dynamic = /the node '(.*?)', which has the dynamic op '(.*?)'/.exec(messageOf(error));
    if (!dynamic) throw error;
    throw new ResourceError(
      `${path}: node "${dynamic[1]}" (${dynamic[2]}) has control flow or an output of unknown size, which is not run from a GraphModel; run the SavedModel on tfjs-node, or export it to ONNX`,
    );
  }
}

function parse(text: string, path: string): ModelJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ResourceError(`${path}: not JSON (${firstLine(error)}); a GraphModel starts with a model.json`);
  }
  const result = modelJson.safeParse(value);
  if (result.success) return result.data;
  const { format, modelTopology } = (value ?? {}) as { format?: unknown; modelTopology?: { model_config?: unknown } };
  if (format === 'layers-model' || modelTopology?.model_config !== undefined)
    throw new ResourceError(
      `${path}: this is a Keras layers model; convert it with tensorflowjs_converter --output_format=tfjs_graph_model`,
    );
  const [issue] = result.error.issues;
  throw new ResourceError(
    `${path}: not a GraphModel (${issue.path.join('.')}: ${issue.message}); tensorflowjs_converter --output_format=tfjs_graph_model writes one`,
  );
}

/** The weight files in the order of the manifest. */
function shardsOf({ weightsManifest }: ModelJson, path: string): string[] {
  const folder = dirname(path);
  return weightsManifest.flatMap(({ paths }) =>
    paths.map((name) => {
      const file = resolve(folder, name);
      if (relative(folder, file).startsWith('..'))
        throw new ResourceError(`${path}: its weight file "${name}" lies outside its folder; keep them together`);
      return file;
    }),
  );
}

async function artifactsOf(
  tf: Tf,
  parsed: ModelJson,
  weightFiles: readonly string[],
  path: string,
): Promise<io.ModelArtifacts> {
  const parts = await Promise.all(weightFiles.map((file) => readBytes(file)));
  const found = parts.reduce((sum, { length }) => sum + length, 0);
  const specs = parsed.weightsManifest.flatMap(({ weights }) => weights);
  // The length of text is told by the data alone.
  const wanted = specs.some(({ dtype }) => dtype === 'string') ? found : bytesOf(specs, path);
  if (found !== wanted)
    throw new ResourceError(
      `${join(dirname(path), '*')}: its weight files hold ${found} bytes, ${path} asks for ${wanted}; copy them again, all of one conversion`,
    );
  const weightData = new Uint8Array(found);
  let at = 0;
  for (const part of parts) {
    weightData.set(part, at);
    at += part.length;
  }
  return tf.io.getModelArtifactsForJSON(parsed as unknown as io.ModelJSON, async () => [
    specs as unknown as io.WeightsManifestEntry[],
    weightData.buffer,
  ]);
}

function bytesOf(specs: ModelJson['weightsManifest'][number]['weights'], path: string): number {
  return specs.reduce((sum, { name, shape, dtype, quantization }) => {
    const stored = quantization?.dtype ?? dtype;
    if (!Object.hasOwn(BYTES, stored))
      throw new ResourceError(`${path}: weight "${name}" has type ${stored}, which is not read; convert it again`);
    return sum + BYTES[stored] * shape.reduce((product, size) => product * size, 1);
  }, 0);
}

interface Signature {
  readonly inputs?: SignaturePorts;
  readonly outputs?: SignaturePorts;
}
type SignaturePorts = Readonly<Record<string, { readonly name: string; readonly resourceId?: unknown }>>;

/** By the keys of the signature, which people chose; a node's name ("StatefulPartitionedCall") tells nothing. */
function portsOf(signature: SignaturePorts | undefined, nodes: readonly TfPort[]): TfPort[] {
  const keys = Object.entries(signature ?? {}).filter(([, { resourceId }]) => resourceId === undefined);
  if (keys.length === 0) return [...nodes];
  return keys.flatMap(([key, { name }]) => {
    const node = nodes.find((port) => port.name === name || port.name.replace(/:0$/, '') === name.replace(/:0$/, ''));
    return node ? [{ ...node, name: key }] : [];
  });
}

async function importConverter(id: string): Promise<typeof import('@tensorflow/tfjs-converter')> {
  try {
    const converter = await import('@tensorflow/tfjs-converter');
    return (converter as unknown as { default?: typeof converter }).default ?? converter;
  } catch (error) {
    throw new ResourceError(
      `backend ${id} needs @tensorflow/tfjs-converter for a GraphModel (${firstLine(error)}); npm install @tensorflow/tfjs-converter`,
    );
  }
}

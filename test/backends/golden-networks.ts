import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OnnxModel } from '../../src/backends/backend.ts';
import { prepareInput } from '../../src/backends/network-predictor.ts';
import type { Tensor } from '../../src/core/predictor.ts';
import type { Task } from '../../src/core/tasks.ts';
import { readRgb } from '../../src/formats/image.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { readCheckpoint } from '../../src/formats/torch/index.ts';
import { networkFromCheckpoint, toOnnx } from '../../src/network/index.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { tinyCard } from './tiny-onnx.ts';

/** A network of golden/checkpoints, an image, and what PyTorch made of it. */
export interface GoldenNetwork {
  readonly model: OnnxModel;
  readonly inputName: string;
  readonly image: Tensor;
  /** By output name of the model. */
  readonly raw: ReadonlyMap<
    string,
    { readonly task: Task; readonly shape: readonly number[]; readonly data: Float32Array }
  >;
}

const RAW: Readonly<Record<Task, string>> = { segmentation: 'segm', depth: 'depth', normals: 'normal' };
/** Of the authors' networks, in image/255 per channel. */
const NORMALISATION = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** The folders of golden/forward whose checkpoint is at hand, `<checkpoint>__<image>`. */
export function goldenFolders(checkpoints: readonly string[]): string[] {
  if (needsShared('golden', 'forward').skip) return [];
  return readdirSync(sharedPath('golden', 'forward'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && checkpointOf(entry.name, checkpoints) !== undefined)
    .map(({ name }) => name)
    .sort();
}

function checkpointOf(folder: string, checkpoints: readonly string[]): string | undefined {
  const name = `${folder.split('__')[0]}.zip.ckpt`;
  return checkpoints.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

/** @param checkpoints folders that hold `<checkpoint>.zip.ckpt` */
export async function goldenNetwork(folder: string, checkpoints: readonly string[]): Promise<GoldenNetwork> {
  const path = checkpointOf(folder, checkpoints);
  if (path === undefined) throw new Error(`no checkpoint for ${folder}`);
  const { graph, weights } = networkFromCheckpoint(await readCheckpoint(path), path);
  const image = await inputOf(folder);
  const [, , height, width] = image.shape;
  const tasks = graph.outputs.map(({ task }) => task);
  return {
    model: { name: folder, bytes: toOnnx(graph, weights, { width, height }), sha256: '' },
    inputName: 'image',
    image,
    raw: await rawOutputs(folder, new Map(tasks.map((task) => [task, task]))),
  };
}

/** The model.onnx that PyTorch exported, which lies beside one image; other names than ours, and opset 11. */
export async function exportedNetwork(folder: string): Promise<GoldenNetwork> {
  const bytes = readFileSync(sharedPath('golden', 'forward', folder, 'model.onnx'));
  const outputs = new Map((Object.entries(RAW) as [Task, string][]).map(([task, name]) => [name, task]));
  return {
    model: { name: `${folder}/model.onnx`, bytes, sha256: '' },
    inputName: 'image',
    image: await inputOf(folder),
    raw: await rawOutputs(folder, outputs),
  };
}

async function inputOf(folder: string): Promise<Tensor> {
  const stored = sharedPath('golden', 'forward', folder, 'input_tensor.npy');
  if (!existsSync(stored))
    return prepareInput(
      await readRgb(sharedPath('golden', 'forward', folder, 'input.png')),
      tinyCard({ input: NORMALISATION }),
    );
  const { shape, data } = await readNpy(stored);
  return { shape: [1, ...shape.slice(-3)], data: data as Float32Array };
}

async function rawOutputs(folder: string, tasks: ReadonlyMap<string, Task>) {
  const raw = new Map<string, { task: Task; shape: number[]; data: Float32Array }>();
  for (const [output, task] of tasks) {
    const path = sharedPath('golden', 'forward', folder, `raw_${RAW[task]}.npy`);
    if (!existsSync(path)) continue;
    const { shape, data } = await readNpy(path);
    raw.set(output, { task, shape: [1, ...shape], data: data as Float32Array });
  }
  return raw;
}

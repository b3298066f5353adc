import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import type { Tensor } from '../../src/core/predictor.ts';
import { ModelProtoSchema, ValueInfoProtoSchema } from '../../src/formats/generated/onnx_pb.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { type Checkpoint, type CheckpointTensor, readCheckpoint } from '../../src/formats/torch/index.ts';
import { networkFromCheckpoint, refinenet, seededWeights, tensorSpecs, toOnnx } from '../../src/network/index.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { execute, OUTPUT_TOLERANCE, relativeL2, STAGE_TOLERANCE } from './execute.ts';

const FORWARD = ['golden', 'forward'] as const;
const CHECKPOINTS = ['golden', 'checkpoints'] as const;
const OUTPUTS = { segmentation: 'raw_segm.npy', depth: 'raw_depth.npy', normals: 'raw_normal.npy' } as const;

const float = async (path: string): Promise<Tensor> => {
  const { shape, data } = await readNpy(path);
  return { shape, data: Float32Array.from(data as ArrayLike<number>) };
};

/** Which value of the ONNX graph is the output of a named child of the authors' module; folding renames the first. */
function valueOfStage(stage: string): string {
  if (stage === 'layer1') return 'layer1.2';
  const crp = /^crp\d$/.exec(stage);
  return crp ? `${stage}.0.4_sum` : stage;
}

describe.skipIf(needsShared(...FORWARD).skip || needsShared(...CHECKPOINTS).skip)(
  'imported networks against PyTorch',
  () => {
    const folders = needsShared(...FORWARD).skip
      ? []
      : readdirSync(sharedPath(...FORWARD)).filter((name) =>
          existsSync(sharedPath(...FORWARD, name, 'input_tensor.npy')),
        );
    const fileOf = (folder: string) => {
      const model = folder.split('__')[0];
      const file = readdirSync(sharedPath(...CHECKPOINTS)).find(
        (name) => name.startsWith(`${model}.`) && name.includes('.zip.'),
      );
      return sharedPath(...CHECKPOINTS, file!);
    };

    it.each(folders)('%s: raw outputs and every stage', async (folder) => {
      const path = fileOf(folder);
      const { graph, weights } = networkFromCheckpoint(await readCheckpoint(path), path);
      const input = await float(sharedPath(...FORWARD, folder, 'input_tensor.npy'));
      const [height, width] = input.shape.slice(-2);
      const image = { shape: [1, 3, height, width], data: input.data };
      const onnx = toOnnx(graph, weights, { width, height });
      const results = await execute(onnx, image);
      for (const [task, file] of Object.entries(OUTPUTS)) {
        const reference = sharedPath(...FORWARD, folder, file);
        if (!existsSync(reference)) continue;
        const wanted = await float(reference);
        expect(results[task].shape).toEqual([1, ...wanted.shape.slice(-3)]);
        expect(relativeL2(results[task].data, wanted.data), task).toBeLessThan(OUTPUT_TOLERANCE);
        expect(largest(results[task].data, wanted.data), task).toBeLessThan(1e-3);
      }
      const stages = readdirSync(sharedPath(...FORWARD, folder)).flatMap(
        (name) => /^stage_(.+)\.npy$/.exec(name)?.[1] ?? [],
      );
      if (stages.length === 0) return;
      expect(stages.length).toBeGreaterThan(20);
      const inner = await execute(withOutputs(onnx, stages), image);
      for (const stage of stages) {
        const wanted = await float(join(sharedPath(...FORWARD, folder), `stage_${stage}.npy`));
        expect(relativeL2(inner[outputOf(onnx, stage)].data, wanted.data), stage).toBeLessThan(STAGE_TOLERANCE);
      }
    });

    it('are the same bytes from every container, and from a second import', async () => {
      const files = readdirSync(sharedPath(...CHECKPOINTS)).filter((name) => /^nano6t3\..*(ckpt|pth)$/.test(name));
      expect(files.length).toBe(7);
      const made = await Promise.all(
        [...files, files[0]].map(async (file) => {
          const { graph, weights } = networkFromCheckpoint(
            await readCheckpoint(sharedPath(...CHECKPOINTS, file)),
            file,
          );
          return Buffer.from(toOnnx(graph, weights, { width: 40, height: 32 })).toString('base64');
        }),
      );
      expect(new Set(made).size).toBe(1);
    });
  },
);

/** layerN is the last node of its block: the sum where there is one, else the projection; found by its name. */
function outputOf(onnx: Uint8Array, stage: string): string {
  const names = fromBinary(ModelProtoSchema, onnx).graph!.node.flatMap(({ output }) => output);
  const wanted = valueOfStage(stage);
  if (names.includes(wanted)) return wanted;
  const inside = names.filter((name) => name.startsWith(`${stage}.`));
  return inside[inside.length - 1];
}

function withOutputs(onnx: Uint8Array, stages: readonly string[]): Uint8Array {
  const model = fromBinary(ModelProtoSchema, onnx);
  model.graph!.output.push(...stages.map((stage) => create(ValueInfoProtoSchema, { name: outputOf(onnx, stage) })));
  return toBinary(ModelProtoSchema, model);
}

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  for (let i = 0; i < b.length; i++) difference = Math.max(difference, Math.abs(a[i] - b[i]));
  return difference;
}

const SMALL = {
  classes: 5,
  tasks: ['segmentation', 'depth', 'normals'] as ('segmentation' | 'depth' | 'normals')[],
  stem: 4,
  rows: [1, 2, 2, 2, 1, 2, 1].map((stride): [number, number, number, 1 | 2] => [2, 6, 2, stride as 1 | 2]),
  decoderWidth: 8,
  crp1: 'depthwise' as const,
  head: 'depthwise' as const,
};

/** A checkpoint as the reader gives it, of tensors in memory. */
function checkpointOf(tensors: Iterable<[string, Tensor & { dtype?: string }]>, path = 'state_dict'): Checkpoint {
  const made = [...tensors].map(([name, { shape, data, dtype = 'float32' }]): [string, CheckpointTensor] => [
    name,
    {
      dtype: dtype as CheckpointTensor['dtype'],
      shape,
      elements: data.length,
      identity: name,
      bytes: () => new Uint8Array(data.buffer),
      values: () => (dtype === 'float64' ? Float64Array.from(data) : dtype === 'int64' ? new BigInt64Array(1) : data),
    },
  ]);
  return { container: 'zip', groups: [{ path, tensors: new Map(made) }] };
}

describe('networkFromCheckpoint', () => {
  const tensorsOf = (config: Parameters<typeof refinenet>[0]) => seededWeights(refinenet(config), 3);

  it.each([
    SMALL,
    { ...SMALL, head: 'dense' as const },
    { ...SMALL, head: 'none' as const },
    { ...SMALL, crp1: 'dense' as const, tasks: ['segmentation' as const, 'depth' as const] },
    {
      ...SMALL,
      stem: 3,
      rows: SMALL.rows.map(([, , , stride], i): [number, number, number, 1 | 2] => [i + 1, i + 2, (i % 3) + 1, stride]),
    },
  ])('finds the configuration from names and shapes alone: %#', (config) => {
    const found = networkFromCheckpoint(checkpointOf(tensorsOf(config)), 'made.pth');
    expect(found.config).toEqual(config);
    expect(found.notes).toEqual([]);
  });

  it('leaves out counters and the prefix of DataParallel, and looks past an optimiser', () => {
    const counted = [
      ...tensorsOf(SMALL),
      ['layer1.1.num_batches_tracked', { shape: [], data: Float32Array.of(1), dtype: 'int64' }],
    ] as [string, Tensor][];
    const model = checkpointOf(counted.map(([name, tensor]) => [`module.${name}`, tensor]));
    const optimiser = checkpointOf([['exp_avg', { shape: [1], data: Float32Array.of(1) }]], 'optimizer/state/0');
    const { weights, graph } = networkFromCheckpoint({ ...model, groups: [...optimiser.groups, ...model.groups] }, 'x');
    expect([...weights.keys()].sort()).toEqual(
      tensorSpecs(graph)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('says that float64 is rounded, and refuses integers', () => {
    const [first, ...rest] = tensorsOf(SMALL);
    const as = (dtype: string) => checkpointOf([[first[0], { ...first[1], dtype }], ...rest]);
    expect(networkFromCheckpoint(as('float64'), 'x').notes).toEqual(['1 float64 tensors are rounded to float32']);
    expect(() => networkFromCheckpoint(as('int64'), 'x.pth')).toThrow(/x\.pth: "layer1\.0\.weight" is int64/);
  });

  it('names what another network holds, and how to go on', () => {
    const other = checkpointOf([['encoder.conv1.weight', { shape: [64, 3, 7, 7], data: new Float32Array(64 * 147) }]]);
    const read = () => networkFromCheckpoint(other, 'unet.pth');
    expect(read).toThrow(ResourceError);
    expect(read).toThrow(/unet\.pth: not a MobileNet.*"layer1\.0\.weight".*"encoder\.conv1\.weight" 64x3x7x7.*ONNX/);
    expect(() => networkFromCheckpoint({ container: 'zip', groups: [] }, 'empty.pth')).toThrow(/no tensor/);
  });

  it('refuses to choose between two networks in one file', () => {
    const tensors = tensorsOf(SMALL);
    const twice = {
      ...checkpointOf(tensors),
      groups: [...checkpointOf(tensors).groups, ...checkpointOf(tensors, 'ema').groups],
    };
    expect(() => networkFromCheckpoint(twice, 'x')).toThrow(/holds the network 2 times \("state_dict", "ema"\)/);
  });

  it('leaves what is missing or left over to the weights check of the exporter', () => {
    const without = [...tensorsOf(SMALL)].filter(([name]) => name !== 'conv4.weight');
    const { graph, weights } = networkFromCheckpoint(checkpointOf(without), 'x');
    expect(() => toOnnx(graph, weights, { width: 32, height: 32 })).toThrow(/"conv4\.weight" is missing/);
  });
});

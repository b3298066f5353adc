import { readFileSync } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ValueInfoProtoSchema } from '../../src/formats/generated/onnx_pb.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { decodeOnnx, encodeOnnx } from '../../src/formats/onnx.ts';
import { refinenet, toOnnx } from '../../src/network/index.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { execute, OUTPUT_TOLERANCE, relativeL2, STAGE_TOLERANCE } from './execute.ts';
import { configOf, readManifest, zipWeights } from './golden-checkpoint.ts';

const RAW_FILES: Record<string, string> = { segmentation: 'segm', depth: 'depth', normals: 'normal' };

/** Named children of the authors' network, and the values in our graph that they are. */
const STAGES: Record<string, string> = {
  layer1: 'layer1.2',
  conv8: 'conv8',
  conv7: 'conv7',
  crp4: 'crp4.0.4_sum',
  conv_adapt4: 'conv_adapt4',
  conv6: 'conv6',
  conv5: 'conv5',
  crp3: 'crp3.0.4_sum',
  conv_adapt3: 'conv_adapt3',
  conv4: 'conv4',
  crp2: 'crp2.0.4_sum',
  conv_adapt2: 'conv_adapt2',
  conv3: 'conv3',
  crp1: 'crp1.0.4_sum',
  pre_segm: 'pre_segm',
  pre_depth: 'pre_depth',
  pre_normal: 'pre_normal',
};

const CASES = [
  'nano6t3__nyud_000433_crop71x53',
  'nano6t3__nyud_000464_crop32x32',
  'tiny40t3__nyud_000433_crop131x97',
  'tiny40t3__nyud_000464_crop33x47',
  'tiny40t3__nyud_000464_crop64x64',
  'tiny6t2__kitti_000099_crop307x93',
];

async function golden(folder: string, file: string) {
  const { shape, data } = await readNpy(sharedPath('golden', 'forward', folder, file));
  return { shape, data: data as Float32Array };
}

async function exported(folder: string) {
  const name = folder.split('__')[0];
  const manifest = readManifest(name);
  const input = await golden(folder, 'input_tensor.npy');
  const [height, width] = input.shape.slice(-2);
  const graph = refinenet(configOf(manifest));
  const weights = zipWeights(sharedPath('golden', 'checkpoints', `${name}.zip.ckpt`), manifest);
  const onnx = toOnnx(graph, weights, { width, height });
  return { graph, onnx, image: { data: input.data, shape: [1, 3, height, width] } };
}

describe.skipIf(needsShared('golden', 'forward').skip)('the exported network against PyTorch', () => {
  it.each(CASES)('%s: raw outputs', async (folder) => {
    const { graph, onnx, image } = await exported(folder);
    const results = await execute(onnx, image);
    expect(Object.keys(results)).toEqual(graph.outputs.map(({ task }) => task));
    for (const [task, { data, shape }] of Object.entries(results)) {
      const wanted = await golden(folder, `raw_${RAW_FILES[task]}.npy`);
      expect(shape.slice(1), task).toEqual(wanted.shape);
      expect(relativeL2(data, wanted.data), task).toBeLessThan(OUTPUT_TOLERANCE);
    }
  });

  it.each(CASES.filter((name) => !/131x97|307x93/.test(name)))('%s: every stage', async (folder) => {
    const { graph, onnx, image } = await exported(folder);
    const model = decodeOnnx(onnx, folder);
    const stages = { ...STAGES, ...encoderStages(graph.nodes.map(({ name }) => name)) };
    // The last batch normalisation of a block is folded into the convolution before it.
    const values = new Set(model.graph!.node.map(({ name }) => name));
    const valueFor = (name: string) => (values.has(name) ? name : name.replace(/\.1$/, '.0'));
    for (const name of Object.values(stages))
      model.graph!.output.push(create(ValueInfoProtoSchema, { name: valueFor(name) }));
    const results = await execute(encodeOnnx(model), image);
    for (const [stage, name] of Object.entries(stages)) {
      const wanted = await golden(folder, `stage_${stage}.npy`);
      expect(results[valueFor(name)].shape.slice(1), stage).toEqual(wanted.shape);
      expect(relativeL2(results[valueFor(name)].data, wanted.data), stage).toBeLessThan(STAGE_TOLERANCE);
    }
  });

  it('equals the file that PyTorch exported', async () => {
    const folder = 'tiny40t3__nyud_000433_crop131x97';
    const { onnx, image } = await exported(folder);
    const theirs = await execute(readFileSync(sharedPath('golden', 'forward', folder, 'model.onnx')), image);
    const ours = await execute(onnx, image);
    const byShape = new Map(Object.values(theirs).map((tensor) => [String(tensor.shape), tensor]));
    for (const { shape, data } of Object.values(ours))
      expect(relativeL2(data, byShape.get(String(shape))!.data)).toBeLessThan(OUTPUT_TOLERANCE);
  });
});

/** The last node of each of layers 2 to 8. */
function encoderStages(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    [2, 3, 4, 5, 6, 7, 8].map((layer) => [
      `layer${layer}`,
      names.findLast((name) => name.startsWith(`layer${layer}.`))!,
    ]),
  );
}

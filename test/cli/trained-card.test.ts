import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../../src/formats/safetensors.ts';
import { refinenet, seededWeights } from '../../src/network/index.ts';
import { cli } from '../helpers/cli.ts';

const cwd = mkdtempSync(join(tmpdir(), 'densebench-trained-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const graph = refinenet({ tasks: ['depth'], width: 0.25, decoderWidth: 16 });
mkdirSync(join(cwd, 'models'));
writeFileSync(join(cwd, 'models/net.safetensors'), encodeSafetensors(seededWeights(graph, 1), { dtype: 'float16' }));
writeFileSync(
  join(cwd, 'models/net.yaml'),
  `id: net
title: T
licence: MIT
network: { tasks: [depth], width: 0.25, decoderWidth: 16 }
weights: { file: net.safetensors }
outputs: { depth: { name: depth, unit: m } }
input: { width: 64, height: 48, mean: [0, 0, 0], std: [1, 1, 1] }
training:
  recipe: tiny
  seed: 3
  data: [{ id: rooms, split: train, images: 1200, labelled: { segmentation: 0.1 }, layers: [{ experts: [{ id: a }, { id: b }], filter: { score: margin, threshold: 0.9 } }] }]
  imagesSeen: 48000
  hardware: two cores
  seconds: 5400
  date: 2026-01-31
  backend: tfjs-node 4.22.0
  measured:
    - { command: densebench run tiny, data: rooms test, figures: { depth/rmse: 0.5, depth/delta1: 0.875, normals/meanDeg: 20 } }
`,
);

describe('a card of trained weights', () => {
  it('is valid, and listed as what it is', () => {
    expect(cli(['validate', 'models/net.yaml'], { cwd })).toMatchObject({ status: 0, stdout: 'ok  model net\n' });
    expect(cli(['models', 'list'], { cwd }).stdout).toMatch(/net .*trained: tiny, seed 3/);
    const { models } = JSON.parse(cli(['models', 'list', '--json'], { cwd }).stdout);
    const byId = (id: string) => models.find((model: { id: string }) => model.id === id);
    expect(byId('net')).toMatchObject({
      weights: { file: 'net.safetensors' },
      training: { seed: 3, imagesSeen: 48000 },
    });
    expect(byId('mt-lw-refinenet-nyud')).toMatchObject({ weights: { seed: 1 }, training: null });
  });

  it('is inspected with how it was trained', () => {
    const { stdout, status } = cli(['models', 'inspect', 'net'], { cwd });
    expect(status).toBe(0);
    const narrow = stdout.replaceAll('\u202f', ' ');
    expect(narrow).toContain(
      'trained: recipe tiny, seed 3, on rooms train (1 200 images, segmentation of 10 % of them, labels of a + b where margin >= 0.9): 48 000 images seen in 90 min on two cores with tfjs-node 4.22.0, 2026-01-31\n' +
        'measured: RMSE 0.500 m, δ₁ 87.50 %, mean angle 20.00 ° on rooms test: densebench run tiny\n',
    );
    const { training } = JSON.parse(cli(['models', 'inspect', 'net', '--json'], { cwd }).stdout);
    expect(training).toMatchObject({ recipe: 'tiny', seconds: 5400 });
  });

  it('is converted as any other', () => {
    const { status, stdout } = cli(['models', 'convert', 'net', '--to', 'float16', '-o', 'half.onnx'], { cwd });
    expect(stdout).toMatch(/^half\.onnx: float16/);
    expect(status).toBe(0);
    expect(readFileSync(join(cwd, 'half.onnx')).length).toBeGreaterThan(1000);
  });

  it('whose file is gone is named with its path', () => {
    rmSync(join(cwd, 'models/net.safetensors'));
    const { status, stderr } = cli(['models', 'inspect', 'net'], { cwd });
    expect(stderr).toMatch(/models[/\\]net\.safetensors: there is no such file/);
    expect(status).toBe(3);
  });
});

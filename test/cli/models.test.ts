import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPredictor } from '../../src/backends/open.ts';
import { importModel } from '../../src/cli/models-import.ts';
import { TASKS } from '../../src/core/tasks.ts';
import { readBytes } from '../../src/formats/file.ts';
import { readRgb } from '../../src/formats/image.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { decodePng } from '../../src/formats/png.ts';
import { resizePlanar } from '../../src/kernels/resize.ts';
import { cli, cliStarted } from '../helpers/cli.ts';
import { type FileServer, serve, startFileServer } from '../helpers/file-server.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { savedLegacy } from '../helpers/torch-save.ts';
import { canUnpackXz, unpackXz } from '../helpers/unpack-xz.ts';

const CHECKPOINTS = ['golden', 'checkpoints'] as const;
const FORWARD = ['golden', 'forward'] as const;
const NANO = 'nano6t3.zip.ckpt';

const cwd = mkdtempSync(join(tmpdir(), 'densebench-models-'));
afterAll(() => rmSync(cwd, { recursive: true }));

describe.skipIf(needsShared(...CHECKPOINTS, NANO).skip)('densebench models', () => {
  const nano = () => sharedPath(...CHECKPOINTS, NANO);
  const importNano = (...more: string[]) => cli(['models', 'import', nano(), '--size', '64x48', ...more], { cwd });

  it('imports a checkpoint, with a card, and overwrites neither unasked', () => {
    const first = importNano('-o', 'models/nano.onnx');
    expect([first.status, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toContain('segmentation, depth, normals, 6 classes');
    const bytes = readFileSync(join(cwd, 'models/nano.onnx'));
    const card = readFileSync(join(cwd, 'models/nano.yaml'), 'utf8');
    expect(cli(['validate'], { cwd }).status).toBe(0);

    const again = importNano('-o', 'models/nano.onnx');
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('add --force to overwrite it')]);
    writeFileSync(join(cwd, 'models/nano.yaml'), `${card}note: mine\n`);
    const forced = importNano('-o', 'models/nano.onnx', '--force');
    expect([forced.status, forced.stdout]).toEqual([0, expect.stringContaining('was there and is kept')]);
    expect(readFileSync(join(cwd, 'models/nano.yaml'), 'utf8')).toContain('note: mine');
    expect(readFileSync(join(cwd, 'models/nano.onnx')).equals(bytes)).toBe(true);
    expect(readdirSync(join(cwd, 'models')).sort()).toEqual(['nano.onnx', 'nano.yaml']);
  });

  it('inspects a checkpoint: learnable parameters as PyTorch counted them', () => {
    const { params, tensors } = JSON.parse(readFileSync(sharedPath(...CHECKPOINTS, 'nano6t3.manifest.json'), 'utf8'));
    const { status, stdout } = cli(['models', 'inspect', nano(), '--json'], { cwd });
    const found = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(found).toMatchObject({ kind: 'checkpoint', params, macs: null, macsBy: null, inputs: null, uncounted: [] });
    expect(found.reasons.macs).toContain('--size');
    expect(found.tensors.map(({ name, dtype, shape }: (typeof tensors)[0]) => [name, dtype, shape])).toEqual(
      tensors.map(({ name, dtype, shape }: (typeof tensors)[0]) => [name, dtype, shape]),
    );
    const sized = JSON.parse(cli(['models', 'inspect', nano(), '--size', '64x48', '--json'], { cwd }).stdout);
    const onnx = JSON.parse(cli(['models', 'inspect', 'models/nano.onnx', '--json'], { cwd }).stdout);
    expect(sized.macs).toBe(onnx.macs);
    expect(onnx).toMatchObject({ kind: 'onnx', params, macsBy: { convolution: onnx.macs, matmul: 0 }, uncounted: [] });
    expect(onnx.storedParams).toBeLessThan(params);
    expect(onnx.inputs).toEqual([{ name: 'image', type: 'float32', shape: [1, 3, 48, 64] }]);
    expect(onnx.outputs.map(({ name }: { name: string }) => name)).toEqual(['segmentation', 'depth', 'normals']);
    expect(onnx.layers.reduce((sum: number, { macs }: { macs: number }) => sum + macs, 0)).toBe(onnx.macs);
  });

  it('counts what storages share once, and says so', () => {
    const path = sharedPath(...CHECKPOINTS, 'tricky', 'corners.zip.pth');
    const { stdout } = cli(['models', 'inspect', path], { cwd });
    expect(stdout).toContain('architecture: not recognised');
    expect(stdout).toMatch(/t\.transposed_view +│ 6x4 +│ float32/);
    writeFileSync(join(cwd, 'plain.pth'), savedLegacy({ a: { shape: [2], values: Float32Array.of(1, 2) } }));
    const { params, storedParams } = JSON.parse(cli(['models', 'inspect', 'plain.pth', '--json'], { cwd }).stdout);
    expect([params, storedParams]).toEqual([2, 2]);
  });

  it('inspects a model card: the network that it describes', () => {
    const { stdout } = cli(['models', 'inspect', 'mt-lw-refinenet-nyud', '--json'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'network', params: 3_070_057, uncounted: [] });
  });

  it.each([
    [['inspect', 'missing.onnx'], 3, 'there is no such file'],
    [['inspect', 'mt-lw-refinenet-nyu'], 2, 'mt-lw-refinenet-nyud'],
    [['import', 'plain.pth', '-o', 'x.onnx'], 3, 'not a MobileNet-v2 Light-Weight RefineNet'],
    [['import', 'plain.pth', '-o', 'x.txt'], 2, 'ends in .onnx'],
    [['import', 'plain.pth', '-o', 'x.onnx', '--size', '640'], 2, 'give width x height'],
    [['import', 'plain.pth', '-o', 'x.onnx', '--arch', 'refinenett'], 2, 'refinenet'],
    [['import', 'nekrasov2019-nyud', '-o', 'x.onnx'], 3, 'densebench models fetch nekrasov2019-nyud'],
    [['fetch', 'nekrasov2019-nyud'], 2, 'has to be accepted'],
    [['fetch', 'nekrasov2019-nyud', '--offline'], 2, '--offline forbids'],
    [['fetch', 'nekrasov2019-nyu'], 2, 'nekrasov2019-nyud'],
  ])('%j exits %i: %s', (args, status, message) => {
    const result = cli(['models', ...args], { cwd, env: { XDG_CACHE_HOME: join(cwd, 'empty-cache') } });
    expect([result.status, result.stderr]).toEqual([status, expect.stringContaining(message)]);
    expect(existsSync(join(cwd, 'x.onnx'))).toBe(false);
  });
});

describe.skipIf(needsShared(...CHECKPOINTS, NANO).skip)('densebench models fetch', () => {
  let server: FileServer;
  beforeAll(async () => {
    server = await startFileServer();
  });
  afterAll(() => server.close());

  it('downloads, shows the checksum, and import takes the id', async () => {
    mkdirSync(join(cwd, 'models', 'checkpoints'), { recursive: true });
    const published =
      `id: made\ntitle: A made one\nlicence: { name: MIT }\nfile: made.ckpt\nurl: ${server.url}/made.ckpt\n` +
      'input: { width: 40, height: 32 }\nslices: { nyud40: { first: 2, count: 4 } }\n';
    writeFileSync(join(cwd, 'models', 'checkpoints', 'made.yaml'), published);
    server.routes.set('/made.ckpt', serve(readFileSync(sharedPath(...CHECKPOINTS, NANO))));
    const env = { XDG_CACHE_HOME: join(cwd, 'cache') };
    const fetching = cliStarted(['models', 'fetch', 'made', '--yes'], { cwd, env });
    let output = '';
    for (const stream of [fetching.stdout, fetching.stderr]) stream?.on('data', (piece) => (output += piece));
    expect(await new Promise((resolve) => fetching.once('close', resolve))).toBe(0);
    expect(output).toMatch(/licence: MIT[\s\S]*SHA-256 da4702f046f8[0-9a-f]{52} \(pinned: no checksum is published\)/);

    const { checkpoints } = JSON.parse(cli(['models', 'list', '--json'], { cwd, env }).stdout);
    expect(checkpoints.find(({ id }: { id: string }) => id === 'made').path).toContain('made.ckpt');
    expect(cli(['models', 'import', 'made', '-o', 'made.onnx'], { cwd, env }).status).toBe(0);
    const card = readFileSync(join(cwd, 'made.yaml'), 'utf8');
    expect(card).toMatch(
      /title: "A made one"[\s\S]*licence: "MIT"[\s\S]*width: 40[\s\S]*slices: \{ "nyud40": \{ first: 2, count: 4 \} \}/,
    );
    expect(cli(['validate', './made.yaml'], { cwd, env }).stderr).toBe('');
  });
});

const hasXz = canUnpackXz();

describe.skipIf(needsShared(...FORWARD).skip)(
  'an imported model and its card, against the maps of the authors’ steps',
  () => {
    const folders = needsShared(...FORWARD).skip
      ? []
      : readdirSync(sharedPath(...FORWARD)).filter((name) => existsSync(sharedPath(...FORWARD, name, 'input.png')));

    /** The plain file, or the one that lies in an archive. */
    function checkpointOf(model: string): string | undefined {
      const plain = sharedPath(...CHECKPOINTS, `${model}.zip.ckpt`);
      if (existsSync(plain)) return plain;
      if (!hasXz) return undefined;
      unpackXz(sharedPath(...CHECKPOINTS, `${model}.tar.xz`), cwd);
      const found = readdirSync(cwd, { recursive: true, encoding: 'utf8' }).find((name) =>
        name.endsWith(`${model}.zip.ckpt`),
      );
      return join(cwd, found as string);
    }

    it.each(folders)('%s', async (folder) => {
      const model = folder.split('__')[0];
      const checkpoint = checkpointOf(model);
      if (checkpoint === undefined) return;
      const place = (file: string) => sharedPath(...FORWARD, folder, file);
      const image = await readRgb(place('input.png'));
      const { width, height } = image;
      const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      await importModel(checkpoint, { output: join(cwd, `${folder}.onnx`), size: { width, height } });
      written.mockRestore();
      const card = join(cwd, `${folder}.yaml`);
      const entry = { id: 'e', model: card, backend: { id: 'onnxruntime-node' } };
      const { predictor, cost } = await openPredictor(entry, {
        cacheDirectory: join(cwd, 'cache'),
        tasks: TASKS,
        openTrain: () => Promise.reject(new Error('not needed')),
      });
      const { maps } = await predictor
        .predict({ id: folder, image: async () => image })
        .finally(() => predictor.close());
      const { params } = JSON.parse(readFileSync(sharedPath(...CHECKPOINTS, `${model}.manifest.json`), 'utf8'));
      expect(cost).toMatchObject({ params, inputSize: `${width}x${height}` });

      if (existsSync(place('label.png'))) {
        const wanted = Array.from(decodePng(await readBytes(place('label.png')), 'label.png').data);
        const differing = wanted.reduce((sum, label, i) => sum + Number(label !== maps.segmentation?.data[i]), 0);
        expect(differing / wanted.length).toBeLessThanOrEqual(2e-4);
      }
      const depth = (await readNpy(place('depth.npy'))).data as Float32Array;
      expect(worst(depth, (z, i) => Math.abs(z - (maps.depth?.data[i] as number)) / Math.max(1, z / 10))).toBeLessThan(
        2e-3,
      );
      if (!existsSync(place('normals.npy'))) return;
      const normals = (await readNpy(place('normals.npy'))).data as Float32Array;
      const raw = await readNpy(place('raw_normal.npy'));
      const length = lengths(raw.data as Float32Array, raw.shape, height, width);
      // Channels c0, c1, c2 are x, z, y of the camera frame.
      const axis = [0, 2, 1];
      const difference = (value: number, i: number) =>
        length[Math.floor(i / 3)] > 0.05
          ? Math.abs(value - (maps.normals?.data[i - (i % 3) + axis[i % 3]] as number))
          : 0;
      expect(worst(normals, difference)).toBeLessThan(2e-3);
    });
  },
);

const worst = (values: Float32Array, of: (value: number, i: number) => number): number =>
  values.reduce((largest, value, i) => Math.max(largest, of(value, i)), 0);

/** Of the raw normals, brought to the size of the image. */
function lengths(raw: Float32Array, shape: readonly number[], height: number, width: number): Float32Array {
  const planes = resizePlanar(raw, 3, shape[1], shape[2], height, width, 'bicubic');
  const area = height * width;
  return Float32Array.from({ length: area }, (_, i) => Math.hypot(planes[i], planes[area + i], planes[2 * area + i]));
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeOnnx } from '../../src/formats/onnx.ts';
import { refinenet, seededWeights, toOnnx } from '../../src/network/index.ts';
import { cli } from '../helpers/cli.ts';
import { makeWorkspace } from '../helpers/workspace.ts';

const cwd = makeWorkspace({ count: 3, height: 48, width: 64 });
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const graph = refinenet({ tasks: ['depth'], width: 0.25, decoderWidth: 16 });
mkdirSync(join(cwd, 'models'));
writeFileSync(join(cwd, 'models/net.onnx'), toOnnx(graph, seededWeights(graph, 1), { width: 64, height: 48 }));
writeFileSync(join(cwd, 'models/bare.onnx'), readFileSync(join(cwd, 'models/net.onnx')));
writeFileSync(
  join(cwd, 'models/net.yaml'),
  'id: net\ntitle: T\nlicence: MIT\nonnx: net.onnx\noutputs: { depth: { name: depth, unit: m } }\n' +
    'input: { width: 64, height: 48, mean: [0, 0, 0], std: [1, 1, 1] }\n',
);

const convert = (...args: string[]) => cli(['models', 'convert', ...args], { cwd });
const operators = (file: string) =>
  new Set(decodeOnnx(readFileSync(join(cwd, file)), file).graph?.node.map(({ opType }) => opType));

describe('models convert', () => {
  it('writes float16, of a bare file too', () => {
    const { status, stdout } = convert('models/bare.onnx', '--to', 'float16', '-o', 'half.onnx');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^half\.onnx: float16, .* SHA-256 [0-9a-f]{64}\n {2}\d+ values\n$/);
    expect(operators('half.onnx')).toContain('Cast');
  });

  it('writes int8, calibrated on a folder of images, and says how much of it is int8', () => {
    const args = ['models/net.onnx', '--to', 'int8', '--calibration', 'data/tiny/images', '--images', '3'];
    const { status, stdout } = convert(...args, '-o', 'small.onnx');
    expect(status).toBe(0);
    expect(stdout).toMatch(/int8: \d+ of \d+ convolutions, \d+ sums, poolings and resizings\n {2}float32: 1 Conv/);
    expect(operators('small.onnx')).toContain('QuantizeLinear');
    const again = convert('net', ...args.slice(1), '-o', 'again.onnx');
    expect(again.status).toBe(0);
    expect(Buffer.compare(readFileSync(join(cwd, 'small.onnx')), readFileSync(join(cwd, 'again.onnx')))).toBe(0);
  });

  it.each([
    ['no precision', ['net', '-o', 'a.onnx'], 2, /--to/],
    ['another precision', ['net', '--to', 'int4', '-o', 'a.onnx'], 2, /float16, int8/],
    ['a file that is there', ['net', '--to', 'float16', '-o', 'models/net.onnx'], 2, /is there already/],
    ['no images', ['net', '--to', 'int8', '-o', 'a.onnx'], 2, /needs --calibration/],
    ['no card', ['models/bare.onnx', '--to', 'int8', '--calibration', 'data', '-o', 'a.onnx'], 2, /only a model card/],
    ['too few', ['net', '--to', 'int8', '--calibration', 'data/tiny/images', '-o', 'a.onnx'], 3, /3 images there/],
    ['no model', ['models/none.onnx', '--to', 'float16', '-o', 'a.onnx'], 3, /no such file/],
  ])('refuses %s', (_, args, code, message) => {
    const { status, stderr } = convert(...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(code);
  });
});

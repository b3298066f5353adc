import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { tinyOnnx } from '../backends/tiny-onnx.ts';
import { cli } from '../helpers/cli.ts';
import { HEIGHT, IN_WORKSPACE, makeWorkspace, recordIn, WIDTH } from '../helpers/workspace.ts';

/** The network's depth in metres, and a variant of its card that reads the same output as decimetres. */
function workspace(rules: string, count = 6): string {
  const root = makeWorkspace({ count });
  mkdirSync(join(root, 'models'));
  writeFileSync(join(root, 'models/net.onnx'), tinyOnnx({ height: HEIGHT, width: WIDTH }));
  writeFileSync(
    join(root, 'models/net.yaml'),
    `id: net\ntitle: one convolution\nlicence: MIT\nonnx: net.onnx\ninput: { width: ${WIDTH}, height: ${HEIGHT}, mean: [0, 0, 0], std: [1, 1, 1] }\n` +
      'outputs:\n  depth: { name: depth, unit: m, absolute: true }\n',
  );
  writeFileSync(
    join(root, 'suites/pair.yaml'),
    'id: pair\ntitle: pair\ndata: { id: tiny }\ntasks: [depth]\nprotocols: [authors-nyud]\nentries:\n' +
      '  - { id: metres, model: net, backend: { id: onnxruntime-node } }\n' +
      '  - { id: again, model: net, backend: { id: onnxruntime-node, optimisation: disabled } }\n' +
      '  - { id: decimetres, model: net, variant: { outputs: { depth: { unit: dm } } }, backend: { id: onnxruntime-node } }\n' +
      rules,
  );
  return root;
}
const run = (root: string, ...args: string[]) => cli(['run', 'pair', ...args, ...IN_WORKSPACE], { cwd: root });
const entriesIn = (root: string) => recordIn(join(root, 'out')).entries as MeasuredEntry[];

describe('parity of a run', () => {
  it('finds the entry whose depth is a tenth, exits 1 and names figure, image and threshold', () => {
    const root = workspace('parity: { reference: metres, images: 2, thresholds: { depthMaxM: 1.0e-4 } }\n');
    const { status, stdout, stderr } = run(root, '-o', 'out');
    expect({ status, stderr: stderr.includes('at ') }).toEqual({ status: 1, stderr: false });
    const [metres, again, decimetres] = entriesIn(root).slice(-3);
    expect(metres.parity).toBeUndefined();
    expect(again.parity).toMatchObject({ reference: 'metres', images: 2, wanted: 2, violations: [] });
    expect(decimetres.parity?.violations).toEqual([
      expect.stringMatching(/^depthMaxM .* \(at most 0.0001 allowed; worst image/),
    ]);
    expect(stdout).toMatch(/Parity: difference to metres/);
    expect(stdout).toMatch(/BROKEN/);
    // The reference's outputs were kept for the comparison alone.
    expect(existsSync(join(root, 'out/parity'))).toBe(false);
    expect(readFileSync(join(root, 'out/journal.jsonl'), 'utf8')).toMatch(
      /"kind":"parity","reference":"metres","entry":"decimetres"/,
    );
  });

  it('lets an entry have thresholds of its own', () => {
    const root = workspace('parity: { reference: metres, images: 2, thresholds: { depthMaxM: 1.0e-4 } }\n');
    const file = join(root, 'suites/pair.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('{ id: decimetres,', '{ id: decimetres, parity: { depthMaxM: 99 },'),
    );
    expect(run(root, '-o', 'out').status).toBe(0);
  });

  it('asks for a reference that stands first', () => {
    const wrong = workspace('parity: { reference: meters }\n');
    expect(run(wrong)).toMatchObject({ status: 2, stderr: expect.stringMatching(/did you mean "metres"/) });
    const late = workspace('parity: { reference: decimetres }\n');
    expect(run(late)).toMatchObject({ status: 2, stderr: expect.stringMatching(/must stand first/) });
  });

  it('says which key of a variant is wrong', () => {
    const root = workspace('');
    const file = join(root, 'suites/pair.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('unit: dm', 'unit: yard'));
    expect(run(root)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/entry decimetres, variant\.outputs\.depth\.unit/),
    });
  });
});

describe('audit of a run', () => {
  it('passes a network that answers alike, on more images than it looks at', () => {
    const root = workspace('latency: { minimumSeconds: 0.01, minimumCount: 3, warmupSeconds: 0 }\n', 8);
    const { status, stderr } = run(root, '-o', 'out');
    expect(stderr).not.toMatch(/audit/);
    const [metres] = entriesIn(root);
    expect({ status, audited: metres.latency?.auditedImages }).toEqual({ status: 0, audited: 3 });
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MeasuredEntry, RunRecord } from '../../src/core/record.ts';
import { tinyOnnx } from '../backends/tiny-onnx.ts';
import { cli } from '../helpers/cli.ts';
import { HEIGHT, IN_WORKSPACE, makeWorkspace, recordIn, WIDTH } from '../helpers/workspace.ts';

let root: string;
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
};
const run = (suite: string, ...args: string[]) => cli(['run', suite, ...args, ...IN_WORKSPACE], { cwd: root });

beforeAll(() => {
  root = makeWorkspace({ count: 2 });
  put('models/net.onnx', tinyOnnx({ height: HEIGHT, width: WIDTH }));
  put(
    'models/net.yaml',
    `id: net\ntitle: one convolution\nlicence: MIT\nonnx: net.onnx\ninput: { width: ${WIDTH}, height: ${HEIGHT}, mean: [0, 0, 0], std: [1, 1, 1] }\n` +
      'outputs:\n  depth: { name: depth, unit: m, absolute: true }\n',
  );
});

const suite = (id: string, latency: string) =>
  put(
    `suites/${id}.yaml`,
    `id: ${id}\nextends: tiny\ntasks: [depth]\nprotocols: [authors-nyud]\n${latency}entries:\n` +
      '  - { id: net, model: net, backend: { id: onnxruntime-node } }\n' +
      '  - { id: again, model: net, backend: { id: onnxruntime-node } }\n' +
      '  - { id: two, model: net, backend: { id: onnxruntime-node, threads: 2 } }\n',
  );
const SHORT = 'minimumSeconds: 0.05, minimumCount: 3, warmupSeconds: 0';

describe('comparisons and the open loop, as a run does them', () => {
  it('compares in one process or in two, answers frames at a rate, and keeps every raw sample', () => {
    suite('ratios', `latency: { ${SHORT}, compareTo: net, maximumSeconds: 3, halfWidth: 0.2 }\n`);
    const { status, stdout, stderr } = run('ratios', '-o', 'ratios', '--rate', '50', '--duration', '0.5');
    // 4 where this machine is busy: then the open loop is rejected, and says so.
    expect([0, 4], stderr).toContain(status);
    const record: RunRecord = recordIn(join(root, 'ratios'));
    const [stored, net, again, two] = record.entries as MeasuredEntry[];
    expect(stored.latencyRatio ?? stored.latencyRatioUndefined ?? stored.openLoop).toBeUndefined();
    expect(net.latencyRatio ?? net.latencyRatioUndefined).toBeUndefined();
    expect(again.latencyRatio).toMatchObject({ to: 'net', processes: 1 });
    expect(two.latencyRatio).toMatchObject({ to: 'net', processes: 2 });
    for (const { latencyRatio } of [again, two]) {
      expect(latencyRatio?.ownMs).toHaveLength(latencyRatio?.pairs ?? -1);
      expect(latencyRatio?.referenceMs).toHaveLength(latencyRatio?.pairs ?? -1);
      expect(latencyRatio?.low).toBeLessThanOrEqual(latencyRatio?.ratio ?? 0);
      expect(latencyRatio?.high).toBeGreaterThanOrEqual(latencyRatio?.ratio ?? 9e9);
    }
    for (const { openLoop, openLoopRejected, openLoopUndefined } of [net, again, two]) {
      expect((openLoop ?? openLoopRejected)?.responsesMs).toHaveLength(25);
      expect(openLoopRejected === undefined).toBe(openLoopUndefined === undefined);
    }
    expect(record.overrides).toEqual(['--duration 0.5', '--rate 50']);
    expect(stdout).toMatch(/Flags:\s+--duration\s+0\.5\s+--rate\s+50/);
    expect(stdout).toMatch(/× net/);
    expect(stdout).toMatch(/Open loop/);
  });

  it('a ratio that does not fit into its time leaves a reason and exit code 4', () => {
    suite('short', `latency: { ${SHORT}, compareTo: net, maximumSeconds: 0.0001 }\n`);
    expect(run('short', '-o', 'short').status).toBe(4);
    const [, , again] = recordIn(join(root, 'short')).entries as MeasuredEntry[];
    expect(again.latencyRatioUndefined).toMatch(/do not fit into 0\.0001 s; raise latency\.maximumSeconds/);
    expect(again.latency).toBeDefined();
  });

  it('an entry whose threads would spin while idle is not compared', () => {
    suite('spin', `latency: { ${SHORT}, compareTo: net }\n`);
    put(
      'suites/spinning.yaml',
      'id: spinning\nextends: spin\nentries:\n' +
        '  - { id: again, model: net, backend: { id: onnxruntime-node, spinning: true } }\n' +
        '  - { id: two, backend: { id: fake } }\n',
    );
    expect(run('spinning', '-o', 'spinning').status).toBe(4);
    const again = recordIn(join(root, 'spinning')).entries.find(({ id }) => id === 'again') as MeasuredEntry;
    expect(again.latencyRatioUndefined).toMatch(/again asks for spinning/);
  });
});

describe('refused before any work', () => {
  it.each([
    ['an entry that is not there', 'compareTo: nett', /compareTo.*nett.*did you mean "net"/],
    ['an entry without a network', 'compareTo: stored', /compareTo: entry "stored" runs no network/],
  ])('%s', (_, rules, message) => {
    suite('refused', `latency: { ${rules} }\n`);
    expect(run('refused')).toMatchObject({ status: 2, stderr: expect.stringMatching(message) });
  });

  it('an entry that would be compared with itself alone', () => {
    put(
      'suites/alone.yaml',
      'id: alone\nextends: tiny\ntasks: [depth]\nlatency: { compareTo: net }\nentries:\n' +
        '  - { id: net, model: net, backend: { id: onnxruntime-node } }\n',
    );
    expect(run('alone')).toMatchObject({ status: 2, stderr: expect.stringMatching(/with itself/) });
  });

  it('latency flags where no latency is measured, and rates that are none', () => {
    expect(run('tiny', '--rate', '30')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--rate 30: suite tiny measures no latency/),
    });
    expect(run('tiny', '--rate', '0')).toMatchObject({ status: 2, stderr: expect.stringMatching(/--rate "0"/) });
  });
});

import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MeasuredEntry } from '../../src/core/record.ts';
import { cli } from '../helpers/cli.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';
import { recordIn } from '../helpers/workspace.ts';

const OFFICIAL_NAMES = {
  'nyu_depth_v2_labeled.mini.mat': 'nyu_depth_v2_labeled.mat',
  'splits_mini.v5_compressed.mat': 'splits.mat',
  'classMapping40.mat': 'classMapping40.mat',
  'class13Mapping.mat': 'class13Mapping.mat',
};

describe.skipIf(needsShared('golden', 'datasets', 'nyudv2').skip)('real photographs in the official layout', () => {
  it('run through the suite nyud with the reference network, and are not called sample data', () => {
    const root = mkdtempSync(join(tmpdir(), 'real-'));
    mkdirSync(join(root, 'nyudv2'));
    for (const [from, to] of Object.entries(OFFICIAL_NAMES))
      copyFileSync(sharedPath('golden', 'datasets', 'nyudv2', from), join(root, 'nyudv2', to));
    const { status, stdout, stderr } = cli(
      ['run', 'nyud', '--data', root, '--require-data', '--no-latency', '--quiet', '-o', 'out', '--json'],
      { cwd: root },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const json = JSON.parse(stdout) as { banner?: string };
    expect(json.banner).toMatch(/^NOT THE PUBLISHED SPLIT: \d images, nyudv2 test has 654$/);
    const record = recordIn(join(root, 'out'));
    expect(record.data).toMatchObject({ id: 'nyudv2', isSample: false, taxonomy: 'nyud40', depthTruth: 'raw' });
    const [network, prior] = record.entries as MeasuredEntry[];
    expect(network).toMatchObject({
      images: record.data.count,
      failed: 0,
      cost: { params: 3_070_057, macs: 5_940_288_000 },
    });
    for (const reading of network.readings) expect(reading).toMatchObject({ value: null, reason: 'untrained weights' });
    const mIoU = prior.readings.find(({ key }) => key === 'segmentation/mIoU');
    expect(mIoU?.value).toBeGreaterThan(0);
    expect(mIoU?.value).toBeLessThan(1);
  });
});

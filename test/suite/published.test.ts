import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { PACKAGE_ROOT } from '../../src/core/package-root.ts';
import { parseYaml } from '../../src/formats/yaml.ts';
import {
  loadPublished,
  publishedIds,
  publishedSchema,
  publishedTitle,
  reportedEntries,
} from '../../src/suite/published.ts';

const figures = (id: string) =>
  Object.fromEntries(
    loadPublished(id).map((entry) => [
      entry.title,
      Object.fromEntries(entry.readings.map(({ key, value }) => [key.split('/')[1], value])),
    ]),
  );

describe('published tables', () => {
  it('holds Table I of the paper, digit by digit', () => {
    expect(figures('nekrasov2019-table1')).toEqual({
      'MT-LW-RefineNet (joint)': { mIoU: 0.4202, rmse: 0.565, rmseLog: 0.205 },
      'RefineNet-101': { mIoU: 0.436 },
      'RefineNet-LW-50': { mIoU: 0.417 },
      Context: { mIoU: 0.406 },
      'Sem-CRF+ (joint)': { mIoU: 0.392, rmse: 0.816, rmseLog: 0.314 },
      'Kendall and Gal (separate weights)': { mIoU: 0.373, rmse: 0.506 },
      'Fast Res. Forests': { mIoU: 0.343 },
      'Eigen and Fergus (separate weights)': { mIoU: 0.341, rmse: 0.641, rmseLog: 0.214 },
      'Laina et al.': { rmse: 0.573, rmseLog: 0.195 },
      'Qi et al. (joint)': { rmse: 0.569 },
    });
    const [own] = loadPublished('nekrasov2019-table1');
    expect(own).toMatchObject({
      kind: 'reported',
      id: 'nekrasov2019-table1/mt-lw-refinenet',
      source: 'Nekrasov et al., ICRA 2019, Table I (NYUDv2 test, 640x480)',
      url: 'https://arxiv.org/abs/1809.04766',
      cost: { params: 3_070_000, gflopsAsReported: 6.49, inputSize: '640x480' },
      latencyAsReported: '12.8 ± 0.1 ms (GTX 1080 Ti)',
    });
  });

  it('holds Tables IV, VI and VII', () => {
    expect(figures('nekrasov2019-table4')['MT-LW-RefineNet (joint)']).toEqual({
      mIoU: 0.8702,
      rmse: 3.453,
      rmseLog: 0.182,
    });
    expect(figures('nekrasov2019-table6')['MT-LW-RefineNet (three tasks)']).toEqual({
      mIoU: 0.3866,
      rmse: 0.566,
      rmseLog: 0.209,
      meanDeg: 23.95,
      medianDeg: 17.74,
    });
    expect(Object.values(figures('nekrasov2019-table7'))).toEqual([
      { mIoU: 0.3876, rmse: 0.59, rmseLog: 0.213 },
      { mIoU: 0.861, rmse: 3.659, rmseLog: 0.19 },
    ]);
  });

  it('never claims a protocol or MACs, and prints the digits of the paper', () => {
    for (const id of publishedIds()) {
      const text = readFileSync(join(PACKAGE_ROOT, 'results', 'published', `${id}.yaml`), 'utf8');
      for (const entry of loadPublished(id)) {
        expect(entry.cost ?? {}).not.toHaveProperty('macs');
        for (const reading of entry.readings) {
          expect(reading.protocol).toBe('unknown');
          const printed = reading.key === 'segmentation/mIoU' ? reading.value! * 100 : reading.value!;
          expect(text).toContain(String(Number(printed.toFixed(4))));
        }
      }
    }
  });

  it('gives rows on different data different sources, so that they are not ranked', () => {
    const [nyud, kitti] = loadPublished('nekrasov2019-table7');
    expect(nyud.source).not.toBe(kitti.source);
    expect(nyud.source).toMatch(/NYUDv2/);
    expect(kitti.source).toMatch(/KITTI/);
  });

  it('is listed by the data of the whole table, not of its first row', () => {
    expect(publishedTitle('nekrasov2019-table7')).toBe('Nekrasov et al., ICRA 2019, Table VII (NYUDv2 test and KITTI)');
  });

  it('names the nearest table, and the place of a wrong key', () => {
    expect(() => loadPublished('nekrasov2019-table11')).toThrow(/did you mean "nekrasov2019-table1"/);
    const text =
      'id: x\ncitation: c\ntable: t\ndata: d\nrows:\n  - { id: a, title: A, tasks: [depth], figures: { depth/rmsee: 1 } }\n';
    expect(() => parseYaml(text, publishedSchema, 'x.yaml')).toThrow(UsageError);
    expect(() => parseYaml(text, publishedSchema, 'x.yaml')).toThrow(/x\.yaml:6:.*rmsee/s);
    const link = text.replace('rmsee', 'rmse').replace('table: t', 'table: t\nurl: "javascript:alert(1)"');
    expect(() => parseYaml(link, publishedSchema, 'x.yaml')).toThrow(/x\.yaml:4/);
  });

  it('keeps a printed percentage exact', () => {
    const table = publishedSchema.parse({
      id: 'x',
      citation: 'c',
      table: 't',
      data: 'd',
      rows: [{ id: 'a', title: 'A', tasks: ['segmentation'], figures: { 'segmentation/mIoU': 0.07 } }],
    });
    expect(reportedEntries(table)[0].readings[0].value).toBe(0.0007);
  });
});

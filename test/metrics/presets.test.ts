import { describe, expect, it } from 'vitest';
import { figureName } from '../../src/core/figure-name.ts';
import { PROTOCOL_IDS, PROTOCOL_PRESETS, type ProtocolId, tasksOf } from '../../src/core/protocol-presets.ts';
import { IGNORE_LABEL } from '../../src/core/raster.ts';
import type { Figure, Pooling } from '../../src/core/reading.ts';
import { TASKS, type Task } from '../../src/core/tasks.ts';
import { METRICS } from '../../src/metrics/index.ts';
import { resolveProtocol } from '../../src/metrics/protocols.ts';
import { type GoldenImage, goldenImages, goldenNumbers, lacksCase } from './golden.ts';
import { PROOFS, type Proof } from './preset-proofs.ts';
import { read } from './read.ts';

function figuresUnder(
  id: ProtocolId,
  { task, classes }: Pick<Proof, 'task' | 'classes'>,
  images: readonly GoldenImage<Task>[],
): Figure[] {
  const rules = resolveProtocol(id, { classes, taxonomy: 'golden', depthTruth: 'as-given' })[task];
  if (!rules) throw new Error(`${id} does not cover ${task}`);
  const metric = METRICS[task];
  const tallies = images.map(({ prediction, target, mask }, i) => {
    return metric.tally(prediction as never, target as never, rules as never, { where: `image ${i}`, mask });
  });
  return metric.figures(tallies, rules as never);
}

const namesOf = (figures: readonly Figure[]) => figures.map(({ key, pooling }) => `${key}@${pooling}`);

describe.each(PROTOCOL_IDS)('preset %s', (id) => {
  const preset = PROTOCOL_PRESETS[id];
  const printed: readonly string[] = preset.figures;

  it.each(TASKS)(
    'pools the figures that it prints of %s in one way: a table of protocols has one for a row',
    (task) => {
      const names = printed.map(figureName).filter((name) => name.task === task);
      expect(new Set(names.map(({ pooling = 'pixel' }) => pooling)).size).toBeLessThanOrEqual(1);
    },
  );

  it('prints figures that there are, of tasks that it covers, each of them proved', async () => {
    const { segmentation: s, depth: d, normals: n } = resolveProtocol(id, { classes: 2 });
    const there = [
      ...(s ? METRICS.segmentation.figures([], s) : []),
      ...(d ? METRICS.depth.figures([], d) : []),
      ...(n ? METRICS.normals.figures([], n) : []),
    ];
    for (const name of printed) expect(namesOf(there)).toContain(name.includes('@') ? name : `${name}@pixel`);
    const covered = TASKS.filter((task) => printed.some((name) => name.startsWith(`${task}/`)));
    // eigen-nyu measures all that a network of several tasks gives inside one crop; its sources print depth.
    expect(covered).toEqual(id === 'eigen-nyu' ? ['depth'] : tasksOf(preset));
    const proofs = PROOFS[id].filter(({ skip }) => !skip);
    const proved = new Set((await Promise.all(proofs.map(async ({ want }) => Object.keys(await want())))).flat());
    if (PROOFS[id].every(({ skip }) => !skip)) for (const name of printed) expect([...proved]).toContain(name);
  });

  for (const proof of PROOFS[id])
    it.skipIf(proof.skip)(`equals ${proof.by}`, async () => {
      const figures = figuresUnder(id, proof, await proof.images());
      for (const [name, want] of Object.entries(await proof.want())) {
        const [key, pooling = 'pixel'] = name.split('@');
        const got = read(figures, key, pooling as Pooling).value;
        if (got === undefined)
          throw new Error(`${name} is undefined: ${read(figures, key, pooling as Pooling).reason}`);
        const { relative: share = 0, absolute = 0 } = proof.within(name);
        expect(Math.abs(got - want), `${name}: ${got} against ${want}`).toBeLessThanOrEqual(
          absolute + share * Math.abs(want),
        );
      }
    });
});

describe('where presets and their sources differ, on purpose', () => {
  it.skipIf(lacksCase('segmentation', 'prediction_out_of_range'))(
    'a prediction that is no class stays wrong; mmeval cannot read it and torchmetrics drops it',
    async () => {
      const images = await goldenImages('segmentation', 'prediction_out_of_range');
      const figures = figuresUnder('torchmetrics', { task: 'segmentation', classes: 40 }, images);
      const numbers = goldenNumbers('segmentation', 'prediction_out_of_range');
      expect(read(figures, 'segmentation/mIoU').value).toBeLessThan(numbers.torchmetrics_2026_head_reduce.macro);
      expect(read(figures, 'segmentation/pixelAccuracy').value).toBeCloseTo(numbers.sklearn.accuracy_score, 12);
    },
  );

  it.skipIf(lacksCase('depth', 'threshold_edge'))(
    'the bounds of the truth are compared in float64; BTS compares float32 arrays in float32',
    async () => {
      const numbers = goldenNumbers('depth', 'threshold_edge').references;
      const rules = { ...resolveProtocol('bts', {}).depth!, crop: 'none' } as const;
      const tallies = (await goldenImages('depth', 'threshold_edge')).map(({ prediction, target }) =>
        METRICS.depth.tally(prediction, target, rules, { where: 'edge' }),
      );
      const figures = METRICS.depth.figures(tallies, rules);
      const got = read(figures, 'depth/absRel', 'image').value!;
      expect(read(figures, 'depth/rmse').count).toBe(2 * numbers.n_pixels_selected.float64);
      const { mean_over_images, mean_over_images_float64 } = numbers.bts_eval_none;
      expect(Math.abs(got / mean_over_images_float64.abs_rel - 1)).toBeLessThan(1e-6);
      expect(Math.abs(got / mean_over_images.abs_rel - 1)).toBeGreaterThan(0.1);
    },
  );

  it('the classes of a preset are those of the data', () => {
    expect(resolveProtocol('mmseg', { classes: 19 }).segmentation).toEqual({
      classes: 19,
      ignore: IGNORE_LABEL,
      taxonomy: 'unknown',
    });
  });
});

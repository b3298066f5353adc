import { beforeAll, describe, expect, it } from 'vitest';
import { TASKS } from '../../src/core/tasks.ts';
import { diagnose } from '../../src/run/doctor/diagnose.ts';
import { INPUT_MISTAKES, MISTAKES } from '../../src/run/doctor/mistakes/index.ts';
import type { Subject } from '../../src/run/doctor/subject.ts';
import type { Verdict } from '../../src/run/doctor/verdict.ts';
import { SILENT } from '../../src/run/progress.ts';
import { fittedOnnx } from '../helpers/fitted-network.ts';
import { networkSubject } from '../helpers/network-patient.ts';
import { degraded, type Frame, roomFrames, streetFrames, subjectOf } from '../helpers/patients.ts';
import { INPUT_PLANTS, PLANTS } from '../helpers/plants.ts';

const examine = (subject: Subject) => diagnose(subject, { progress: SILENT, signal: new AbortController().signal });
const named = (verdicts: readonly Verdict[]) =>
  verdicts.filter(({ verdict, explainedBy }) => verdict === 'found' && !explainedBy).map(({ mistake }) => mistake);

let frames: Frame[];
beforeAll(() => {
  frames = roomFrames(10, 1);
});

describe.each(TASKS)('mistakes of %s', (task) => {
  let good: Subject;
  beforeAll(() => {
    good = { ...subjectOf(frames, (frame, i) => degraded(frame, 0.8, i)), tasks: [task] };
  });

  it('are not seen where none was made', async () => {
    const { verdicts, figures } = await examine(good);
    expect(named(verdicts)).toEqual([]);
    expect(figures[0].value).toBeGreaterThan(0);
    expect(verdicts.map(({ mistake }) => mistake)).toEqual([
      ...Object.keys(MISTAKES[task]),
      ...Object.keys(INPUT_MISTAKES),
    ]);
    for (const { mistake, verdict, reason } of verdicts) {
      expect(reason, mistake).toBeTruthy();
      if (mistake in INPUT_MISTAKES) expect(verdict, mistake).toBe('not testable');
    }
  });

  it.each(Object.keys(MISTAKES[task]))('%s is named where it was made', async (mistake) => {
    const plant = PLANTS.find((one) => one.task === task && one.mistake === mistake);
    if (!plant) throw new Error(`plant ${task}/${mistake} in test/helpers/plants.ts`);
    const { verdicts } = await examine(plant.make(good));
    expect(named(verdicts)).toEqual([mistake]);
    const { effect, confidence } = verdicts.find((one) => one.mistake === mistake) as Verdict;
    expect(effect?.change).not.toBeNull();
    expect(['high', 'moderate']).toContain(confidence);
  });

  it('align_corners is told from a shift', async () => {
    const plant = PLANTS.find((one) => one.task === task && one.how.startsWith('align_corners'));
    // A stretch is the smallest of all mistakes: it is looked for in the best of predictions.
    const best = { ...subjectOf(frames, (frame, i) => degraded(frame, 0.3, i)), tasks: [task] };
    const { verdicts } = await examine((plant as (typeof PLANTS)[number]).make(best));
    expect(named(verdicts)).toContain('displaced');
    expect(verdicts.find(({ mistake }) => mistake === 'displaced')?.effect?.words).toMatch(
      /^stretched by (0\.[5-9]|1\.\d) px/,
    );
  });
});

describe('mistakes of the input, on a network that looks at colours', () => {
  let network: Uint8Array;
  let streets: Frame[];
  beforeAll(() => {
    network = fittedOnnx(streetFrames(6, 101));
    streets = streetFrames(10, 7);
  });
  const examined = async (input: (typeof INPUT_PLANTS)[number]['input']) =>
    (await examine({ ...(await networkSubject(network, streets, input)), tasks: ['segmentation'] })).verdicts;

  it('are not seen where none was made', async () => {
    expect(named(await examined({}))).toEqual([]);
  });

  it('each have a plant', () => {
    expect(new Set(INPUT_PLANTS.map(({ mistake }) => mistake))).toEqual(new Set(Object.keys(INPUT_MISTAKES)));
  });

  it.each(INPUT_PLANTS)('$mistake is named: $how', async ({ mistake, input }) => {
    expect(named(await examined(input))).toEqual([mistake]);
  });
});

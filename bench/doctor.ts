import Table from 'cli-table3';
import { fitPrior } from '../src/backends/prior-fit.ts';
import type { Dataset } from '../src/core/dataset.ts';
import { TASKS, type Task } from '../src/core/tasks.ts';
import { diagnose } from '../src/run/doctor/diagnose.ts';
import { INPUT_MISTAKES, MISTAKES } from '../src/run/doctor/mistakes/index.ts';
import type { Subject } from '../src/run/doctor/subject.ts';
import type { Diagnosis, Verdict } from '../src/run/doctor/verdict.ts';
import { SILENT } from '../src/run/progress.ts';
import { fittedOnnx } from '../test/helpers/fitted-network.ts';
import { networkSubject } from '../test/helpers/network-patient.ts';
import { degraded, type Frame, roomFrames, streetFrames, subjectOf } from '../test/helpers/patients.ts';
import { INPUT_PLANTS, PLANTS } from '../test/helpers/plants.ts';

const HELP = `node scripts/bench.mjs doctor [planted | correct]
The tables of docs/doctor.md: what the doctor says of each planted mistake, and of runs in which nothing is planted.`;

const PLANTED_FRAMES = 16;
const CORRECT_FRAMES = 8;
const SEEDS = [1, 2, 3, 4, 5];
const AMOUNTS = [0.3, 0.7, 1, 1.5, 2.5];

export async function main([what, ...rest]: readonly string[]): Promise<void> {
  if (rest.length > 0 || (what !== undefined && what !== 'planted' && what !== 'correct')) return console.log(HELP);
  const network = fittedOnnx(streetFrames(12, 101));
  if (what !== 'correct') await planted(network);
  if (what !== 'planted') await correct(network);
}

const examine = (subject: Subject) => diagnose(subject, { progress: SILENT, signal: new AbortController().signal });

/** One row for each planted mistake, one column for each that is looked for; a table for each task. */
async function planted(network: Uint8Array): Promise<void> {
  const rooms = roomFrames(PLANTED_FRAMES, 1);
  const good = subjectOf(rooms, (frame, i) => degraded(frame, 1, i));
  for (const task of TASKS) {
    const rows: [string, Diagnosis][] = [['none', await examine({ ...good, tasks: [task] })]];
    for (const plant of PLANTS.filter((one) => one.task === task))
      rows.push([`${plant.mistake}: ${plant.how}`, await examine({ ...plant.make(good), tasks: [task] })]);
    matrix(`${task}, ${PLANTED_FRAMES} frames of rooms`, task, Object.keys(MISTAKES[task]), rows);
  }
  const streets = streetFrames(PLANTED_FRAMES, 7);
  const rows: [string, Diagnosis][] = [['none', await examine(await networkSubject(network, streets))]];
  for (const { mistake, how, input } of INPUT_PLANTS)
    rows.push([`${mistake}: ${how}`, await examine(await networkSubject(network, streets, input))]);
  for (const task of TASKS)
    matrix(`input, seen by ${task}, ${PLANTED_FRAMES} frames of streets`, task, Object.keys(INPUT_MISTAKES), rows);
}

const WORDS = { found: 'FOUND', 'not found': '.', 'not testable': '-' } as const;

function matrix(title: string, task: Task, mistakes: readonly string[], rows: readonly [string, Diagnosis][]): void {
  const table = new Table({ head: ['planted', 'now', ...mistakes], style: { head: [], border: [] } });
  for (const [name, { figures, verdicts }] of rows) {
    const now = figures.find((one) => one.task === task)?.value;
    const cells = mistakes.map((mistake) => {
      const verdict = verdicts.find((one) => one.task === task && one.mistake === mistake) as Verdict;
      return verdict.explainedBy === undefined ? WORDS[verdict.verdict] : 'also';
    });
    table.push([name, now?.toPrecision(4) ?? 'undefined', ...cells]);
  }
  console.log(`${title}\n${table.toString()}\n`);
}

/** Different data, and predictions that are wrong in no way but their quality: whatever is found is a false alarm. */
async function correct(network: Uint8Array): Promise<void> {
  let runs = 0;
  let alarms = 0;
  const count = async (name: string, subject: Subject) => {
    const { verdicts, figures } = await examine(subject);
    const found = verdicts.filter(({ verdict }) => verdict === 'found');
    runs++;
    if (found.length > 0) alarms++;
    const quality = figures.map(({ value }) => value?.toPrecision(3)).join(' ');
    const words = found.map(({ task, mistake, effect }) => `${task}/${mistake} ${effect?.now} -> ${effect?.after}`);
    console.log(`${name} (${quality}): ${words.join(', ') || 'silent'}`);
  };
  for (const [world, make] of Object.entries({ rooms: roomFrames, streets: streetFrames }))
    for (const seed of SEEDS) {
      const frames = make(CORRECT_FRAMES, 10 * seed);
      for (const amount of AMOUNTS)
        await count(
          `${world} ${seed}, degraded ${amount}`,
          subjectOf(frames, (frame, i) => degraded(frame, amount, 100 * seed + i)),
        );
      const prior = await fitPrior(trainSplit(make(CORRECT_FRAMES, 10 * seed + 1)), TASKS, CORRECT_FRAMES);
      await count(
        `${world} ${seed}, prior`,
        subjectOf(frames, () => prior),
      );
      if (world === 'streets') await count(`${world} ${seed}, network`, await networkSubject(network, frames));
    }
  console.log(`${alarms} of ${runs} correct runs gave an alarm`);
}

function trainSplit(frames: readonly Frame[]): Dataset {
  const classNames = Array.from({ length: frames[0].classes }, (_, id) => String(id));
  return {
    info: { id: 'frames', split: 'train', location: 'memory', classNames } as unknown as Dataset['info'],
    samples: frames,
    async *load(indices) {
      for (const i of indices) {
        const { id, group, picture, truth } = frames[i];
        yield {
          id,
          group,
          image: async () => picture,
          segmentation: async () => truth.segmentation,
          depth: async () => truth.depth,
          normals: async () => truth.normals,
        };
      }
    },
    close: async () => {},
  };
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPredictor } from '../src/backends/open.ts';
import type { Maps } from '../src/core/tasks.ts';
import { openForSuite } from '../src/datasets/open-for-suite.ts';
import { cacheDirectory } from '../src/download/cache-directory.ts';
import { readRgb } from '../src/formats/image.ts';
import { readDepth, readLabels } from '../src/formats/maps.ts';
import { encodePng } from '../src/formats/png.ts';
import { resolveProtocol } from '../src/metrics/protocols.ts';
import { tallyAll } from '../src/run/evaluate.ts';
import { summarise } from '../src/run/latency.ts';
import { loadSingle } from '../test/helpers/suite.ts';

const ROUNDS = 30;
const WARMUP_ROUNDS = 3;
const DEPTH_UNITS_PER_M = 5000;

/**
 * The cost of everything but inference for one 640x480 image, by stage, beside inference in the same rounds: the image
 * and both targets from PNG files, prepare, post-process of two heads, the metrics under both protocols. The same
 * targets from the .mat are timed apart. One process, one thread.
 */
export async function main(): Promise<void> {
  const { suite } = loadSingle('nyud');
  const { dataset } = await openForSuite(
    { ...suite.data, id: 'rooms', sample: undefined },
    {
      onProgress: (done, total) => done === total && console.log(`made ${total} sample frames`),
    },
  );
  const protocols = suite.protocols.map((id) =>
    resolveProtocol(id, { classes: dataset.info.classNames.length, taxonomy: dataset.info.taxonomy }),
  );
  const { predictor } = await openPredictor(suite.entries[0], {
    cacheDirectory: cacheDirectory(),
    tasks: suite.tasks,
    openTrain: () => Promise.reject(new Error('not needed')),
  });
  const folder = mkdtempSync(join(tmpdir(), 'bench-self-'));
  const times: Record<string, number[]> = {};
  try {
    const files: { image: string; labels: string; depth: string }[] = [];
    for await (const sample of dataset.load([0, 6, 12, 18])) {
      const [rgb, labels, depth] = [await sample.image(), await sample.segmentation(), await sample.depth()];
      const { height, width } = rgb;
      const png = (name: string, image: Parameters<typeof encodePng>[0]) => {
        const path = join(folder, `${sample.id}-${name}.png`);
        writeFileSync(path, encodePng(image));
        return path;
      };
      const stored = Uint16Array.from(depth.data, (z) => (z > 0 ? Math.round(z * DEPTH_UNITS_PER_M) : 0));
      files.push({
        image: png('image', { height, width, channels: 3, data: rgb.data }),
        labels: png('labels', { height, width, channels: 1, data: Uint8Array.from(labels.data) }),
        depth: png('depth', { height, width, channels: 1, data: stored }),
      });
    }
    for (let round = -WARMUP_ROUNDS; round < ROUNDS; round++) {
      const keep = (stage: string, ms: number) => {
        times[stage] ??= [];
        if (round >= 0) times[stage].push(ms);
      };
      const file = files[(round + WARMUP_ROUNDS) % files.length];
      let from = performance.now();
      const image = await readRgb(file.image);
      const truth: Maps = {
        segmentation: await readLabels(file.labels),
        depth: await readDepth(file.depth, { scale: 1 / DEPTH_UNITS_PER_M, scaleOption: 'scale' }),
      };
      keep('decode', performance.now() - from);
      const { maps, timesMs } = await predictor.predict({ id: 'bench', image: async () => image });
      keep('prepare', timesMs.prepare);
      keep('infer', timesMs.infer);
      keep('post-process', timesMs.postprocess);
      from = performance.now();
      tallyAll(protocols, suite.tasks, { maps, truth }, 'bench');
      keep('metrics', performance.now() - from);
      for await (const sample of dataset.load([(round + WARMUP_ROUNDS) % dataset.samples.length])) {
        from = performance.now();
        await sample.image();
        await sample.segmentation();
        await sample.depth();
        keep('decode from .mat', performance.now() - from);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
    await predictor.close();
    await dataset.close();
  }
  print(times);
}

function print(times: Readonly<Record<string, readonly number[]>>): void {
  const median = (stage: string) => summarise(times[stage]).medianMs;
  const infer = median('infer');
  const stages = ['decode', 'prepare', 'post-process', 'metrics'];
  const line = (name: string, ms: number) =>
    console.log(`${name.padEnd(34)} ${ms.toFixed(1).padStart(8)} ms   ${(ms / infer).toFixed(2)} x inference`);
  console.log(`one 640x480 image, medians of ${ROUNDS} rounds, one thread`);
  for (const stage of stages) line(stage, median(stage));
  line(
    'not inference, together',
    stages.reduce((sum, stage) => sum + median(stage), 0),
  );
  line('inference (the floor)', infer);
  line('decode from .mat, instead of PNG', median('decode from .mat'));
}

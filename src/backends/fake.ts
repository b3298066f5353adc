import { z } from 'zod';
import type { BackendCard, Prediction, Predictor, PredictorInput, StageTimesMs } from '../core/predictor.ts';
import type { Maps, Task } from '../core/tasks.ts';
import type { PredictorBackend } from './backend.ts';
import { parseBackendOptions } from './options.ts';

const ID = 'fake';

const timesSchema = z.strictObject({
  prepare: z.number().min(0).default(0),
  infer: z.number().min(0).default(0),
  postprocess: z.number().min(0).default(0),
});

const optionsSchema = z.strictObject({
  label: z.int().min(0).max(255).default(0).describe('the one label of every pixel'),
  depthM: z.number().default(1).describe('the one depth of every pixel, metres'),
  normal: z
    .tuple([z.number(), z.number(), z.number()])
    .default([0, 0, -1])
    .describe('the one normal of every pixel, camera frame'),
  timesMs: z
    .array(timesSchema)
    .min(1)
    .default([{ prepare: 0, infer: 0, postprocess: 0 }])
    .describe('the stage times that are reported, call after call, then from the start again'),
});
type Options = z.output<typeof optionsSchema>;

/** A clock that moves only when told to, so that every statistic of time can be tested to the last digit. */
export function fakeClock(startMs = 0): { now(): number; advance(ms: number): void } {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

/**
 * A predictor for tests: `maps` says what is predicted, `timesMs` what each call claims to have taken; `advance`, where
 * given, moves the caller's clock by as much. Its card says "fake", so nothing can pass for measured.
 */
export function fakePredictor(script: {
  readonly tasks: readonly Task[];
  readonly maps: (input: PredictorInput) => Promise<Maps> | Maps;
  readonly timesMs: (call: number) => StageTimesMs;
  readonly advance?: (ms: number) => void;
  readonly options?: BackendCard['options'];
}): Predictor {
  let calls = 0;
  let closed = false;
  return {
    card: { id: ID, version: '1', device: 'none', options: script.options ?? {} },
    tasks: script.tasks,
    async predict(input): Promise<Prediction> {
      if (closed) throw new Error(`${ID}: predict() after close()`);
      const timesMs = script.timesMs(calls++);
      const maps = await script.maps(input);
      script.advance?.(timesMs.prepare + timesMs.infer + timesMs.postprocess);
      return { maps, timesMs };
    },
    async close() {
      closed = true;
    },
  };
}

export const fake: PredictorBackend<Options> = {
  kind: 'predictor',
  title: 'constant maps and scripted times, for tests',
  parseOptions: (value) => parseBackendOptions(ID, optionsSchema, value),
  async open({ options, context }) {
    return fakePredictor({
      tasks: context.tasks,
      options,
      timesMs: (call) => options.timesMs[call % options.timesMs.length],
      async maps(input) {
        const { height, width } = await input.image();
        const pixels = height * width;
        const normals = Float32Array.from({ length: 3 * pixels }, (_, i) => options.normal[i % 3]);
        const all: Required<Maps> = {
          segmentation: { height, width, channels: 1, data: new Uint8Array(pixels).fill(options.label) },
          depth: { height, width, channels: 1, data: new Float32Array(pixels).fill(options.depthM) },
          normals: { height, width, channels: 3, data: normals },
        };
        return Object.fromEntries(context.tasks.map((task) => [task, all[task]]));
      },
    });
  },
};

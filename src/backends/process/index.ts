import { resolve } from 'node:path';
import { z } from 'zod';
import { ResourceError } from '../../core/errors.ts';
import type { Prediction, Predictor, PredictorInput } from '../../core/predictor.ts';
import { TASKS } from '../../core/tasks.ts';
import { resizeRgb } from '../../kernels/resize-rgb.ts';
import type { PredictorBackend } from '../backend.ts';
import { type OutputCard, postprocess, rawOf } from '../network-predictor.ts';
import { parseBackendOptions } from '../options.ts';
import { readAs } from '../slices.ts';
import { mapsOf, tensorsOf } from './arrays.ts';
import { Conversation } from './conversation.ts';
import { filesOf } from './identity.ts';
import { PROTOCOL_VERSION, type Ready } from './protocol.ts';

const ID = 'process';

const optionsSchema = z.strictObject({
  command: z.array(z.string()).min(1).describe('the program, then its arguments; no shell reads them'),
  cwd: z.string().min(1).optional().describe('folder it runs in; default: the working directory'),
  env: z.record(z.string().min(1), z.string()).default({}).describe('added to the environment; stands in the record'),
  device: z.string().min(1).optional().describe('the device that the program must say it uses; default: any'),
  startSeconds: z.number().positive().max(86_400).default(120).describe('until it must be ready'),
  timeoutSeconds: z.number().positive().max(86_400).default(60).describe('until it must have answered an image'),
});
type Options = z.output<typeof optionsSchema>;

/** A program of the user's over its standard input and output: docs/process-backend.md is its protocol. */
export const processBackend: PredictorBackend<Options> = {
  kind: 'predictor',
  timed: true,
  title: 'an external program over standard input and output (PyTorch and anything else)',
  parseOptions: (value) => parseBackendOptions(ID, optionsSchema, value),
  async open({ options, context }) {
    const { env, startSeconds, timeoutSeconds } = options;
    const cwd = resolve(options.cwd ?? '.');
    const files = await filesOf(options.command, cwd);
    const talk = await Conversation.open({ command: options.command, cwd, env }, context.tasks, startSeconds);
    try {
      const { ready } = talk;
      requireDevice(ready, options.device);
      const gives = ready.raw ? TASKS.filter((task) => ready.raw?.outputs[task]) : (ready.tasks ?? []);
      const tasks = TASKS.filter((task) => gives.includes(task) && context.tasks.includes(task));
      if (tasks.length === 0)
        throw new ResourceError(
          `backend ${ID}: ${ready.name} gives ${gives.join(', ') || 'nothing'}; the run asks for ${context.tasks.join(', ')}`,
        );
      const network = networkOf(ready, context.tasks.includes('segmentation') ? context.taxonomy : undefined);
      let closed = false;
      return {
        card: {
          id: ID,
          version: String(PROTOCOL_VERSION),
          device: ready.device ?? 'unknown',
          threads: ready.threads,
          weightsSha256: ready.weights,
          options: {
            ...options,
            // Not options, but what the program says of itself and what it is made of: another program is another row.
            program: {
              name: ready.name,
              version: ready.version ?? 'unknown',
              weights: ready.weights ?? 'unknown',
              files,
            },
          },
        },
        tasks,
        async predict(input) {
          if (closed) throw new Error(`${ID}: predict() after close()`);
          return predictBy(talk, network, tasks, input, timeoutSeconds, context.now ?? (() => performance.now()));
        },
        async close() {
          closed = true;
          await talk.close();
        },
      } satisfies Predictor;
    } catch (error) {
      await talk.close();
      throw error;
    }
  },
};

/** How the raw outputs of a program become maps; undefined where it makes the maps itself. */
const networkOf = ({ raw, name }: Ready, taxonomy: string | undefined) =>
  raw && readAs({ id: name, input: { layout: 'nchw' }, ...raw } satisfies OutputCard, taxonomy);

async function predictBy(
  talk: Conversation,
  card: OutputCard | undefined,
  tasks: Predictor['tasks'],
  { id, image, wantsRaw, wantsOpen }: PredictorInput,
  timeoutSeconds: number,
  now: () => number,
): Promise<Prediction> {
  const { ready } = talk;
  const rgb = await image();
  const start = now();
  const [width, height] = ready.size ?? [rgb.width, rgb.height];
  const isSame = width === rgb.width && height === rgb.height;
  const data = isSame ? rgb.data : resizeRgb(rgb.data, rgb.height, rgb.width, height, width);
  const prepared = now();
  const { result, payload } = await talk.ask({ sample: id, data, height, width, map: rgb }, timeoutSeconds);
  const answered = now();
  const where = `backend ${ID}, ${ready.name}, sample ${id}`;
  const { raw } = ready;
  const network = raw && card && { tensors: tensorsOf(result, payload, raw, where), card };
  const { maps, open } = network
    ? postprocess(network.tensors, network.card, { size: rgb, image: rgb }, id, wantsOpen)
    : { maps: mapsOf(result, payload, tasks, rgb, where) };
  const end = now();
  const own = ownTimes(result.timesMs, answered - prepared, where);
  return {
    maps,
    ...(open && { open }),
    ...(wantsRaw && network && { raw: rawOf(network.tensors, network.card) }),
    timesMs: {
      prepare: prepared - start + own.prepare,
      infer: own.infer,
      postprocess: end - answered + own.postprocess,
    },
  };
}

/** A clock of another process ticks at its own pace; more than this is no matter of clocks. */
const CLOCK_TOLERANCE_MS = 5;

/**
 * The program's own stages, where it tells them; the way through the pipes is then in the total alone. Otherwise all of
 * the round trip is its inference. @throws ResourceError when it tells more time than has passed.
 */
function ownTimes(told: Prediction['timesMs'] | undefined, roundTripMs: number, where: string): Prediction['timesMs'] {
  if (!told) return { prepare: 0, infer: roundTripMs, postprocess: 0 };
  const sum = told.prepare + told.infer + told.postprocess;
  if (sum > roundTripMs + CLOCK_TOLERANCE_MS)
    throw new ResourceError(
      `${where}: its timesMs make ${sum.toFixed(1)} ms, but it answered within ${roundTripMs.toFixed(1)} ms; are they in milliseconds?`,
    );
  return told;
}

function requireDevice({ name, device }: Ready, wanted: string | undefined): void {
  if (wanted !== undefined && device !== wanted)
    throw new ResourceError(
      `backend ${ID}: device "${wanted}" was asked for, ${name} says it uses ${device === undefined ? 'an unknown one (its "ready" has no device)' : `"${device}"`}`,
    );
}

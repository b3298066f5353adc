import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, ResourceError } from '../core/errors.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { hashFiles } from '../formats/hash-files.ts';
import { MAP_EXTENSIONS, readMap, stemOf } from '../formats/maps.ts';
import { NORMALS_ENCODING_IDS, normalsEncodingOf, normalsEncodingSchema } from '../formats/normals-encoding.ts';
import { filesByStem } from '../formats/stems.ts';
import type { PredictorBackend } from './backend.ts';
import { parseBackendOptions } from './options.ts';

const ID = 'replay';

const optionsSchema = z.strictObject({
  directory: z
    .string()
    .min(1)
    .describe('holds <task>/<sample id>.npy, .npy.gz or .png; relative to the working directory'),
  scale: z.number().positive().optional().describe('metres = stored depth x scale; needed for integer depth'),
  encoding: normalsEncodingSchema
    .optional()
    .describe(`how normals are stored, needed for pictures: ${NORMALS_ENCODING_IDS.join(', ')}, or a description`),
});
type Options = z.output<typeof optionsSchema>;

/** Sample id -> the file that holds its map. */
type TaskIndex = ReadonlyMap<string, string>;

/** Predictions stored earlier or elsewhere, so that anything that writes maps can be scored by a suite. */
export const replay: PredictorBackend<Options> = {
  kind: 'predictor',
  title: 'stored prediction maps',
  parseOptions: (value) => parseBackendOptions(ID, optionsSchema, value),
  async open({ options, context }) {
    const now = context.now ?? (() => performance.now());
    const directory = resolve(options.directory);
    const indices = new Map<Task, TaskIndex>();
    for (const task of await tasksIn(directory))
      if (context.tasks.includes(task)) indices.set(task, await filesByStem(join(directory, task), stemOf));
    if (indices.size === 0)
      throw new ResourceError(
        `${directory}: no folder of predictions in it; ${ID} looks for ${context.tasks.join('/, ')}/ with <sample id>${MAP_EXTENSIONS.join(', ')}`,
      );
    // Equal sizes do not make equal predictions: the bytes count.
    const weightsSha256 = await hashFiles(
      directory,
      [...indices.values()].flatMap((index) => [...index.values()].flat()),
    );
    const { scale, encoding } = options;
    const depth = { scale, scaleOption: 'the backend option "scale"' };
    const normals = {
      encoding: encoding && normalsEncodingOf(encoding),
      encodingOption: 'the backend option "encoding"',
    };
    let closed = false;
    return {
      card: { id: ID, version: '1', device: 'none', weightsSha256, options },
      tasks: [...indices.keys()],
      async predict({ id }) {
        if (closed) throw new Error(`${ID}: predict() after close()`);
        const start = now();
        const maps = await Promise.all(
          [...indices].map(async ([task, index]) => {
            const path = index.get(id);
            if (path !== undefined) return [task, await readMap(task, path, depth, normals)] as const;
            throw new ResourceError(
              `${join(directory, task, id)}: no prediction stored (looked for ${MAP_EXTENSIONS.join(', ')})`,
            );
          }),
        );
        // Reading is all that happens here: nothing is inferred.
        return { maps: Object.fromEntries(maps), timesMs: { prepare: now() - start, infer: 0, postprocess: 0 } };
      },
      async close() {
        closed = true;
      },
    };
  },
};

async function tasksIn(directory: string): Promise<Task[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    throw new ResourceError(
      `${directory}: cannot be read (${messageOf(error)}); backend ${ID} takes its predictions from there: see its option "directory"`,
    );
  });
  const names = new Set(entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((e) => e.name));
  return TASKS.filter((task) => names.has(task));
}

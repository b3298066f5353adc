import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, ResourceError } from '../core/errors.ts';
import { type Maps, TASKS, type Task } from '../core/tasks.ts';
import { readBytes } from '../formats/file.ts';
import { MAP_EXTENSIONS, readDepth, readLabels, readNormals, stemOf } from '../formats/maps.ts';
import type { PredictorBackend } from './backend.ts';
import { parseBackendOptions } from './options.ts';

const ID = 'replay';

/** Above this, hashing every byte would cost more than scoring the maps does. */
const HASH_BYTES_MAX = 2 ** 30;

const optionsSchema = z.strictObject({
  directory: z
    .string()
    .min(1)
    .describe('holds <task>/<sample id>.npy, .npy.gz or .png; relative to the working directory'),
  scale: z.number().positive().optional().describe('metres = stored depth x scale; needed for integer depth'),
});
type Options = z.output<typeof optionsSchema>;

/** Sample id -> the files that hold its map: more than one is ambiguous and fails that sample. */
type TaskIndex = ReadonlyMap<string, readonly string[]>;

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
      if (context.tasks.includes(task)) indices.set(task, await indexOf(join(directory, task)));
    if (indices.size === 0)
      throw new ResourceError(
        `${directory}: no folder of predictions in it; ${ID} looks for ${context.tasks.join('/, ')}/ with <sample id>${MAP_EXTENSIONS.join(', ')}`,
      );
    const { sha256, hashOf } = await hashFiles(directory, [...indices.values()]);
    let closed = false;
    return {
      card: { id: ID, version: '1', device: 'none', weightsSha256: sha256, options: { ...options, hashOf } },
      tasks: [...indices.keys()],
      async predict({ id }) {
        if (closed) throw new Error(`${ID}: predict() after close()`);
        const start = now();
        const maps: { -readonly [T in Task]?: Maps[T] } = {};
        for (const [task, index] of indices) {
          const path = onlyFile(index.get(id) ?? [], join(directory, task), id);
          if (task === 'segmentation') maps.segmentation = await readLabels(path);
          else if (task === 'depth')
            maps.depth = await readDepth(path, { scale: options.scale, scaleOption: 'the backend option "scale"' });
          else maps.normals = await readNormals(path);
        }
        // Reading is all that happens here: nothing is inferred.
        return { maps, timesMs: { prepare: now() - start, infer: 0, postprocess: 0 } };
      },
      async close() {
        closed = true;
      },
    };
  },
};

async function tasksIn(directory: string): Promise<Task[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const names = new Set(entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((e) => e.name));
    return TASKS.filter((task) => names.has(task));
  } catch (error) {
    throw directoryError(directory, error);
  }
}

function directoryError(directory: string, error: unknown): ResourceError {
  return new ResourceError(
    `${directory}: cannot be read (${messageOf(error)}); backend ${ID} takes its predictions from there: see its option "directory"`,
  );
}

async function indexOf(folder: string): Promise<TaskIndex> {
  const index = new Map<string, string[]>();
  const names = await readdir(folder).catch((error: unknown) => {
    throw directoryError(folder, error);
  });
  for (const name of names.sort()) {
    const stem = stemOf(name);
    if (stem === undefined) continue;
    const files = index.get(stem);
    if (files) files.push(join(folder, name));
    else index.set(stem, [join(folder, name)]);
  }
  return index;
}

function onlyFile(paths: readonly string[], folder: string, id: string): string {
  if (paths.length === 1) return paths[0];
  if (paths.length === 0)
    throw new ResourceError(`${join(folder, id)}: no prediction stored (looked for ${MAP_EXTENSIONS.join(', ')})`);
  throw new ResourceError(`${paths.join(' and ')}: two predictions for one sample; remove one of them`);
}

/** One hash for all stored maps: names and bytes, or names and sizes where there is more than 1 GiB of them. */
async function hashFiles(directory: string, indices: readonly TaskIndex[]) {
  const paths = indices.flatMap((index) => [...index.values()].flat()).sort();
  const files = await Promise.all(paths.map(async (path) => ({ path, sizeBytes: (await stat(path)).size })));
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const hashOf = totalBytes <= HASH_BYTES_MAX ? 'names and bytes' : 'names and sizes';
  const hash = createHash('sha256');
  for (const { path, sizeBytes } of files) {
    hash.update(`${path.slice(directory.length).replaceAll('\\', '/')}\0${sizeBytes}\0`);
    if (hashOf === 'names and bytes') hash.update(await readBytes(path));
  }
  return { sha256: hash.digest('hex'), hashOf };
}

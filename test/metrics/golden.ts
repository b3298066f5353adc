import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { RealArray } from '../../src/core/raster.ts';
import type { Task, TaskRasters } from '../../src/core/tasks.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { needsShared, sharedPath } from '../helpers/shared.ts';

export interface GoldenImage<T extends Task> {
  readonly prediction: TaskRasters[T];
  readonly target: TaskRasters[T];
  readonly mask?: Uint8Array;
}

const path = (task: Task, file: string) => sharedPath('golden', 'metrics', task, file);

/** Whether a case is to be skipped: some hold the truth of a data set, which cannot be published here. */
export const lacksCase = (task: Task, name: string): boolean =>
  needsShared('golden', 'metrics', task, `${name}.json`).skip;

/** The numbers of a case: NAME.json, in which the strings "NaN" and "Infinity" stand for themselves. */
export const goldenNumbers = (task: Task, name: string) => JSON.parse(readFileSync(path(task, `${name}.json`), 'utf8'));

/** The images of a case, in order. */
export async function goldenImages<T extends Task>(task: T, name: string): Promise<GoldenImage<T>[]> {
  const files = readdirSync(path(task, '.'));
  const images: GoldenImage<T>[] = [];
  for (let i = 0; files.some((file) => file.startsWith(`${name}_${i}_gt.npy`)); i++) {
    const raster = async (part: string) => {
      const plain = path(task, `${name}_${i}_${part}.npy`);
      const { shape, data } = await readNpy(existsSync(plain) ? plain : `${plain}.gz`);
      const [height, width, channels = 1] = shape;
      return { height, width, channels, data: data as Uint8Array & RealArray };
    };
    images.push({
      prediction: (await raster('pred')) as TaskRasters[T],
      target: (await raster('gt')) as TaskRasters[T],
      mask: task === 'normals' ? (await raster('mask')).data : undefined,
    });
  }
  return images;
}

/** Relative difference, or absolute for a wanted 0. */
export function relativeError(got: number, want: number): number {
  return Math.abs(got - want) / (want === 0 ? 1 : Math.abs(want));
}

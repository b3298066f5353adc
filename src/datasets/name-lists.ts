import { join } from 'node:path';
import { ALL, type Split } from '../core/dataset.ts';
import { ResourceError } from '../core/errors.ts';
import { filesByStem, someOf } from '../formats/stems.ts';
import { readList } from './file-dataset.ts';

/** Splits of a card that lists names, or else has one split of all images. */
export const splitsOfNames = ({ lists }: { readonly lists?: Readonly<Record<Split, string>> }): Split[] => [
  ...Object.keys(lists ?? { test: '' }),
  ALL,
];

/** The PNG files of a folder, by the part before ".png". */
export const pngsOf = (folder: string): Promise<Map<string, string>> =>
  filesByStem(folder, (name) => (name.toLowerCase().endsWith('.png') ? name.slice(0, -'.png'.length) : undefined));

/**
 * The names of a split, each of which has an image.
 * @throws ResourceError when the list names images that are not there, or there is none at all.
 */
export async function namesOfSplit(
  directory: string,
  list: string | undefined,
  images: ReadonlyMap<string, string>,
  folder: string,
): Promise<string[]> {
  if (images.size === 0) throw new ResourceError(`${folder}: no image (.png) is there`);
  if (list === undefined) return [...images.keys()];
  const path = join(directory, list);
  const names = (await readList(path)).map(({ text }) => text);
  const unknown = names.filter((name) => !images.has(name));
  if (unknown.length)
    throw new ResourceError(
      `${path}: ${unknown.length} of its ${names.length} names have no image in ${folder}: ${someOf(unknown)}`,
    );
  return names;
}

/** @throws ResourceError naming the samples that lack a file of the kind. */
export function requireAll(
  folder: string,
  what: string,
  names: readonly string[],
  has: (name: string) => boolean,
): void {
  const alone = names.filter((name) => !has(name));
  if (alone.length)
    throw new ResourceError(`${folder}: no ${what} for ${alone.length} of ${names.length} images: ${someOf(alone)}`);
}

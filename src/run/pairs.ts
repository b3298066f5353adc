import { stat } from 'node:fs/promises';
import { ResourceError, UsageError } from '../core/errors.ts';
import { checkReadable } from '../formats/file.ts';
import { MAP_EXTENSIONS, stemOf } from '../formats/maps.ts';
import { filesByStem, someOf } from '../formats/stems.ts';

/** Files that belong together. */
export interface Pair {
  readonly prediction: string;
  readonly target: string;
  readonly mask?: string;
}

/**
 * Two files (and a mask) are one pair; folders pair by stem, in the order of the stems.
 * @throws UsageError when files and folders are mixed.
 * @throws ResourceError when something is missing, a folder holds no map, or a stem has no partner.
 */
export async function findPairs(prediction: string, target: string, mask?: string): Promise<Pair[]> {
  const paths = mask === undefined ? [prediction, target] : [prediction, target, mask];
  const areFolders = await Promise.all(paths.map(isFolder));
  if (!areFolders.some(Boolean)) return [{ prediction, target, mask }];
  if (!areFolders.every(Boolean)) {
    const list = paths.map((path, i) => `${path} is a ${areFolders[i] ? 'folder' : 'file'}`).join(', ');
    throw new UsageError(`--prediction, --target and --mask must be all files or all folders: ${list}`);
  }
  const folders = await Promise.all(paths.map(mapsIn));
  requirePartners(paths, folders);
  const [predictions, targets, masks] = folders;
  return [...predictions.keys()].map((stem) => ({
    prediction: predictions.get(stem)!,
    target: targets.get(stem)!,
    mask: masks?.get(stem),
  }));
}

async function isFolder(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  // Asked only to put the operating system's refusal into words: a pipe must not be opened twice.
  if (status === undefined) await checkReadable(path);
  return status?.isDirectory() ?? false;
}

async function mapsIn(folder: string): Promise<Map<string, string>> {
  const files = await filesByStem(folder, stemOf);
  if (files.size === 0) throw new ResourceError(`${folder}: holds no ${MAP_EXTENSIONS.join(', ')} file`);
  return files;
}

function requirePartners(paths: readonly string[], folders: readonly Map<string, string>[]): void {
  const lonely = paths.flatMap((path, i) => {
    const alone = [...folders[i].keys()].filter((stem) => folders.some((folder) => !folder.has(stem)));
    if (alone.length === 0) return [];
    return [`in ${path}: ${someOf(alone)}`];
  });
  if (lonely.length > 0)
    throw new ResourceError(
      `stems without a partner in every folder; ${lonely.join('; ')}; take them out, or add what is missing`,
    );
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ResourceError } from '../core/errors.ts';

/**
 * Users' own TensorFlow files, by the key of the model card that names them: `graphModel: path/model.json` is what
 * tensorflowjs_converter writes, `savedModel: folder` what TensorFlow's tf.saved_model.save writes.
 */
export const TF_FORMATS = {
  graphModel: { title: 'TensorFlow.js GraphModel', opener: 'openGraphModel' },
  savedModel: { title: 'TensorFlow SavedModel', opener: 'openSavedModel' },
} as const;
export type TfFormat = keyof typeof TF_FORMATS;

/** All files below a folder, as paths that start with it. @throws ResourceError when it cannot be read. */
export async function filesBelow(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    throw new ResourceError(`${directory}: this folder cannot be read (${messageOf(error)}); check the path`);
  }
}

/** The first line of what a library threw: they add stacks and advice of their own. */
export const firstLine = (error: unknown): string => messageOf(error).trim().split('\n')[0].trim();

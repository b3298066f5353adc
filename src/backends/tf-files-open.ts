import { resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import type { Runtime } from '../core/predictor.ts';
import type { RuntimeBackend } from './backend.ts';
import { BACKENDS } from './index.ts';
import type { LoadedModelCard } from './model-card.ts';
import { TF_FORMATS, type TfFormat } from './tf-files.ts';

/** TensorFlow files that a card names, and what of a backend opens them. */
export interface TfFiles {
  readonly format: TfFormat;
  /** Absolute. */
  readonly path: string;
}

const FORMATS = Object.keys(TF_FORMATS) as TfFormat[];

/** Undefined for a card of another kind. */
export function tfFilesOf({ card, folder }: LoadedModelCard): TfFiles | undefined {
  const format = FORMATS.find((key) => card[key] !== undefined);
  return format && { format, path: resolve(folder, card[format] as string) };
}

const runs = (backend: object, format: TfFormat): boolean => TF_FORMATS[format].opener in backend;

/** @throws UsageError naming the backends that can, when this one does not run files of this kind. */
export function requireRuns(backend: RuntimeBackend, files: TfFiles, entry: string, backendId: string): void {
  const { format } = files;
  if (runs(backend, format)) return;
  const able = Object.entries(BACKENDS).flatMap(([id, other]) => (runs(other, format) ? [id] : []));
  throw new UsageError(
    `entry ${entry}: backend ${backendId} does not run a ${TF_FORMATS[format].title} (${files.path}); ` +
      `${able.join(', ')} ${able.length === 1 ? 'does' : 'do'}, or export it to ONNX`,
  );
}

/** The files, opened by a backend that runs them. */
export function openTfFiles(backend: RuntimeBackend, { format, path }: TfFiles, options: unknown): Promise<Runtime> {
  const opened = backend[TF_FORMATS[format].opener]?.({ path, options });
  if (!opened) throw new Error(`backend ${backend.title} was asked for a ${format}`);
  return opened;
}

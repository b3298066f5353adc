import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type DatasetCard, isSampleCard } from './card.ts';
import { type LocateOptions, locate } from './locate.ts';

export interface DataStatus {
  readonly id: string;
  readonly title: string;
  readonly licence: string;
  readonly complete: boolean;
  /** Made by densebench itself when it is missing. */
  readonly generated: boolean;
  /** The card names files to download; else its user brings them. */
  readonly downloads: boolean;
  readonly directory: string;
  /** `bytes` is absent for folders. */
  readonly found: readonly { readonly path: string; readonly bytes?: number }[];
  readonly missing: readonly string[];
  readonly lookedIn: readonly string[];
}

/** Where a data set is looked for and what is there. Reads nothing of the data. */
export function dataStatus(card: DatasetCard, options: LocateOptions = {}): DataStatus {
  const { directory, found, missing, lookedIn } = locate(card, options);
  return {
    id: card.id,
    title: card.title,
    licence: card.licence.name,
    complete: missing.length === 0,
    generated: isSampleCard(card),
    downloads: card.files.length > 0,
    directory,
    found: found.map((path) => {
      const status = statSync(join(directory, path));
      return status.isFile() ? { path, bytes: status.size } : { path };
    }),
    missing,
    lookedIn,
  };
}

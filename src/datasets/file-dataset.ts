import type { Dataset, DatasetInfo, Sample } from '../core/dataset.ts';
import { ResourceError } from '../core/errors.ts';
import { readBytes } from '../formats/file.ts';
import type { DatasetCard } from './card.ts';
import { type FileRules, fileSample, requireGoodIds, type SampleFiles, type Sized, sizedFor } from './file-samples.ts';
import { inOrder } from './in-order.ts';
import type { OpenRequest } from './request.ts';

/** What a loader found: the samples as files, and what the card says of them. */
export interface FoundFiles extends Pick<DatasetInfo, 'tasks' | 'taxonomy' | 'classNames' | 'depthTruth'> {
  readonly files: readonly SampleFiles[];
  readonly rules: FileRules;
  readonly isSample?: boolean;
  readonly officialCount?: number;
  readonly leftOut?: number;
  /** Targets that are no files of their own, and the camera, of the sample at this position of `files`. */
  own?(position: number, sized: Sized): Partial<Sample>;
  close?(): Promise<void>;
}

/** A data set whose images and targets are files of their own. @throws ResourceError on ids that are not plain and unique. */
export function fileDataset(card: DatasetCard, { directory, split }: OpenRequest, found: FoundFiles): Dataset {
  const { files, rules, own, close = async () => {}, ...said } = found;
  requireGoodIds(files, directory);
  const sampleAt = (position: number): Sample => {
    const sized = sizedFor(files[position].id);
    return { ...fileSample(files[position], rules, sized), ...own?.(position, sized) };
  };
  return {
    info: {
      id: card.id,
      title: card.title,
      licence: card.licence.name,
      split,
      location: directory,
      isSample: false,
      ...said,
    },
    samples: files.map(({ id, group }) => ({ id, group })),
    load: (positions) => inOrder(files.length, sampleAt, positions),
    close,
  };
}

/** The lines of a list that are not blank, with their numbers from 1. @throws ResourceError when there is none. */
export async function readList(path: string): Promise<{ readonly text: string; readonly number: number }[]> {
  const text = new TextDecoder().decode(await readBytes(path));
  const lines = text.split(/\r?\n/).map((line, index) => ({ text: line.trim(), number: index + 1 }));
  const given = lines.filter((line) => line.text !== '');
  if (given.length === 0) throw new ResourceError(`${path}: the list is empty`);
  return given;
}

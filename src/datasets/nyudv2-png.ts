import { basename, extname, join } from 'node:path';
import type { Dataset, Split } from '../core/dataset.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { readBytes } from '../formats/file.ts';
import { type CardOf, isInside } from './card.ts';
import { classNamesOf, identityTable } from './class-names.ts';
import { type FileRules, fileSample, groupOf, requireGoodIds, type SampleFiles, tasksOf } from './file-samples.ts';
import { inOrder } from './in-order.ts';
import { type OpenRequest, requireOffered } from './request.ts';

type Card = CardOf<'nyudv2-png'>;

const listsOf = (card: Card): string[] => Object.values(card.lists).filter((path) => path !== undefined);

export const neededByNyudv2Png = listsOf;

/**
 * NYUDv2 unpacked as in the authors' repositories: list files of relative paths (image, segmentation, depth), RGB
 * images, label PNGs of train ids with 255 = ignore, 16-bit depth PNGs of 1/5000 m with 0 = not measured.
 *
 * A sample's id is the stem of its image.
 */
export async function openNyudv2Png(card: Card, request: OpenRequest): Promise<Dataset> {
  const { directory, split } = request;
  requireOffered(card.id, 'a class count of', request.classes, [card.classes]);
  const depthTruth = requireOffered(card.id, 'a depth of', request.depth, [card.depthTruth]);
  const files = (await Promise.all(listNames(card, split).map((list) => readList(card, directory, list)))).flat();
  requireGoodIds(files, directory);
  const rules: FileRules = {
    segmentation: {
      table: identityTable(card.classes),
      ignore: IGNORE_LABEL,
      valid: `0..${card.classes - 1} and ${IGNORE_LABEL}`,
    },
    depth: { scale: card.depthUnitM, invalid: 0, allowNaN: false, scaleOption: 'depthUnitM' },
  };
  return {
    info: {
      id: card.id,
      title: card.title,
      licence: card.licence.name,
      split,
      location: directory,
      isSample: false,
      tasks: tasksOf(files[0]),
      taxonomy: card.taxonomy,
      classNames: classNamesOf(card.id, card.taxonomy, card.classes),
      depthTruth,
    },
    samples: files.map(({ id, group }) => ({ id, group })),
    load: (positions) => inOrder(files.length, (position) => fileSample(files[position], rules), positions),
    close: async () => {},
  };
}

function listNames(card: Card, split: Split): string[] {
  if (split === 'all') return listsOf(card);
  const list = card.lists[split];
  if (list === undefined) throw new UsageError(`data set ${card.id}: the card names no list of the ${split} split`);
  return [list];
}

async function readList(card: Card, directory: string, list: string): Promise<SampleFiles[]> {
  const path = join(directory, list);
  const text = new TextDecoder().decode(await readBytes(path));
  const samples: SampleFiles[] = [];
  let columns: number | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const cells = line.trim().split(/\s+/);
    if (cells[0] === '') continue;
    const place = `${path}:${index + 1}`;
    columns ??= cells.length;
    if (cells.length !== columns || columns < 2 || columns > card.columns.length)
      throw new ResourceError(
        `${place}: ${cells.length} paths, expected ${samples.length ? columns : `2 to ${card.columns.length}`} (${card.columns.join(', ')})`,
      );
    const bad = cells.find((cell) => !isInside(cell));
    if (bad !== undefined) throw new ResourceError(`${place}: "${bad}" leads out of the data set's folder`);
    const paths = Object.fromEntries(cells.map((cell, at) => [card.columns[at], join(directory, cell)]));
    const id = basename(cells[0], extname(cells[0]));
    if (!paths.image) throw new UsageError(`data set ${card.id}: the first ${columns} columns hold no image`);
    samples.push({ id, group: groupOf(card.group, cells[0], id), paths: { ...paths, image: paths.image } });
  }
  if (samples.length === 0) throw new ResourceError(`${path}: the list is empty`);
  return samples;
}

import { basename, extname, join } from 'node:path';
import { ALL, type Dataset, type Split } from '../core/dataset.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { normalsEncodingOf } from '../formats/normals-encoding.ts';
import { type CardOf, isInside } from './card.ts';
import { classNamesOf, identityTable } from './class-names.ts';
import { fileDataset, readList } from './file-dataset.ts';
import { type FileRules, groupOf, type SampleFiles, tasksOf } from './file-samples.ts';
import { type OpenRequest, requireOffered } from './request.ts';

type Card = CardOf<'nyudv2-png'>;

const listsOf = (card: Card): string[] => Object.values(card.lists);

export const neededByNyudv2Png = listsOf;

export const splitsOfNyudv2Png = (card: Card): Split[] => [...Object.keys(card.lists), ALL];

/**
 * NYUDv2 unpacked as in the authors' repositories: list files of relative paths (image, segmentation, depth, normals), RGB
 * images, label PNGs of train ids with 255 = ignore, 16-bit depth PNGs of 1/5000 m with 0 = not measured, normals as RGB.
 *
 * A sample's id is the stem of its image.
 */
export async function openNyudv2Png(card: Card, request: OpenRequest): Promise<Dataset> {
  const { directory, split } = request;
  requireOffered(card.id, 'a class count of', request.classes, [card.classes]);
  const depthTruth = requireOffered(card.id, 'a depth of', request.depth, [card.depthTruth]);
  const lists = split === ALL ? listsOf(card) : [card.lists[split]];
  const files = (await Promise.all(lists.map((list) => readSamples(card, directory, list)))).flat();
  const rules: FileRules = {
    segmentation: {
      table: identityTable(card.classes),
      ignore: IGNORE_LABEL,
      valid: `0..${card.classes - 1} and ${IGNORE_LABEL}`,
    },
    depth: { scale: card.depthUnitM, invalid: 0, allowNaN: false, scaleOption: 'depthUnitM' },
    normals: {
      encoding: normalsEncodingOf(card.normalsEncoding),
      encodingOption: 'normalsEncoding in the data set card',
    },
  };
  return fileDataset(card, request, {
    files,
    rules,
    tasks: tasksOf(files[0]),
    taxonomy: card.taxonomy,
    classNames: classNamesOf(card.id, card.taxonomy, card.classes),
    depthTruth,
  });
}

async function readSamples(card: Card, directory: string, list: string): Promise<SampleFiles[]> {
  const path = join(directory, list);
  const samples: SampleFiles[] = [];
  let columns: number | undefined;
  for (const { text, number } of await readList(path)) {
    const cells = text.split(/\s+/);
    const place = `${path}:${number}`;
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
  return samples;
}

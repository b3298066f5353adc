import { extname, join } from 'node:path';
import { ALL, type Dataset, type Split } from '../core/dataset.ts';
import { ResourceError, UsageError } from '../core/errors.ts';
import type { Intrinsics } from '../core/intrinsics.ts';
import { IGNORE_LABEL } from '../core/raster.ts';
import { TASKS, type Task } from '../core/tasks.ts';
import { stemOf } from '../formats/maps.ts';
import { normalsEncodingOf } from '../formats/normals-encoding.ts';
import { filesByStem, someOf } from '../formats/stems.ts';
import type { CardOf } from './card.ts';
import { classNamesOf, identityTable } from './class-names.ts';
import { fileDataset, readList } from './file-dataset.ts';
import { type FileRules, groupOf, type SampleFiles } from './file-samples.ts';
import { type OpenRequest, requireOffered } from './request.ts';

type Card = CardOf<'folder'>;

const IMAGE_EXTENSIONS = ['.png', '.jpg', '.jpeg'];

const tasksOfCard = (card: Card): Task[] => TASKS.filter((task) => card[task] !== undefined);

/** A class list without a name is this card's own: comparable within it, equal to no other. */
const taxonomyOf = (id: string, { taxonomy }: NonNullable<Card['segmentation']>) => taxonomy ?? `of ${id}`;

export const neededByFolder = (card: Card): string[] => [
  card.images.folder,
  ...tasksOfCard(card).map((task) => card[task]!.folder),
  ...Object.values(card.splits ?? {}).filter((stems) => typeof stems === 'string'),
];

export const splitsOfFolder = ({ splits }: Card): Split[] => [...Object.keys(splits ?? { test: [] }), ALL];

/**
 * Any folder of images with targets of the same stem. The images make the set: a target without an image is no sample,
 * an image without a target is an error. Without `splits` in the card everything is the test split.
 *
 * A sample's id is the stem of its image, or what the stem pattern finds in it.
 */
export async function openFolder(card: Card, request: OpenRequest): Promise<Dataset> {
  const { directory, split } = request;
  const { segmentation } = card;
  // Asked for what its tasks lack, the data set is still good for the others: the run knows `info.tasks`.
  if (segmentation) requireOffered(card.id, 'a class count of', request.classes, [segmentation.classes]);
  const depthTruth = card.depth && requireOffered(card.id, 'a depth of', request.depth, [card.depth.truth]);
  const tasks = tasksOfCard(card);
  const images = await filesOf(join(directory, card.images.folder), card.images.stem, imageStem);
  const targets = new Map<Task, Map<string, string>>();
  for (const task of tasks) {
    const { folder, stem } = card[task]!;
    targets.set(task, await filesOf(join(directory, folder), stem, stemOf));
  }
  const ids = await idsOf(card, directory, split, images);
  const files = ids.map((id): SampleFiles => {
    const paths = Object.fromEntries(tasks.map((task) => [task, targets.get(task)!.get(id)]));
    return { id, group: groupOf(card.group, id, id), paths: { ...paths, image: images.get(id)! } };
  });
  for (const task of tasks) {
    const alone = files.filter(({ paths }) => paths[task] === undefined).map(({ id }) => id);
    if (alone.length)
      throw new ResourceError(
        `${join(directory, card[task]!.folder)}: no ${task} for ${alone.length} of ${files.length} images: ${someOf(alone)}`,
      );
  }
  return fileDataset(card, request, {
    files,
    rules: rulesOf(card),
    tasks,
    taxonomy: segmentation ? taxonomyOf(card.id, segmentation) : 'unknown',
    classNames: segmentation
      ? classNamesOf(card.id, taxonomyOf(card.id, segmentation), segmentation.classes, segmentation.classNames)
      : [],
    depthTruth: depthTruth ?? 'as-given',
    ...(card.camera && { own: () => ({ intrinsics: async () => intrinsicsOf(card.camera!) }) }),
  });
}

const intrinsicsOf = ({ fx, fy, cx, cy }: NonNullable<Card['camera']>): Intrinsics => ({
  fxPx: fx,
  fyPx: fy,
  cxPx: cx,
  cyPx: cy,
});

function imageStem(name: string): string | undefined {
  const extension = extname(name);
  return IMAGE_EXTENSIONS.includes(extension.toLowerCase()) ? name.slice(0, -extension.length) : undefined;
}

/** The files of a role, by what the card's pattern finds in their stems. */
function filesOf(
  folder: string,
  pattern: string | undefined,
  stem: (name: string) => string | undefined,
): Promise<Map<string, string>> {
  return filesByStem(folder, (name) => {
    const whole = stem(name);
    if (whole === undefined || pattern === undefined) return whole;
    const key = new RegExp(pattern).exec(whole)?.[1];
    if (key === undefined)
      throw new ResourceError(`${join(folder, name)}: the card's stem pattern /${pattern}/ finds nothing in it`);
    return key;
  });
}

async function idsOf(card: Card, directory: string, split: Split, images: ReadonlyMap<string, string>) {
  const everything = [...images.keys()];
  if (everything.length === 0)
    throw new ResourceError(
      `${join(directory, card.images.folder)}: no image (${IMAGE_EXTENSIONS.join(', ')}) is there`,
    );
  const stems = card.splits?.[split];
  if (stems === undefined) return everything;
  const ids = typeof stems === 'string' ? (await readList(join(directory, stems))).map(({ text }) => text) : stems;
  const unknown = ids.filter((id) => !images.has(id));
  if (unknown.length)
    throw new ResourceError(
      `data set ${card.id}: ${unknown.length} stems of the ${split} split have no image in ${join(directory, card.images.folder)}: ${someOf(unknown)}`,
    );
  return ids;
}

function rulesOf({ segmentation, depth, normals }: Card): FileRules {
  return {
    segmentation: segmentation && labelRule(segmentation),
    depth: depth && {
      scale: depth.scale,
      invalid: depth.invalid,
      allowNaN: true,
      scaleOption: 'depth.scale in the data set card',
    },
    normals: normals && {
      encoding: normalsEncodingOf(normals.encoding),
      encodingOption: 'normals.encoding in the data set card',
    },
  };
}

const trainId = (id: number | 'ignore') => (id === 'ignore' ? IGNORE_LABEL : id);

function labelRule(rule: NonNullable<Card['segmentation']>): FileRules['segmentation'] {
  const { classes, ignore, labels, colours } = rule;
  for (const id of [...Object.values(labels ?? {}), ...Object.values(colours ?? {})])
    if (id !== 'ignore' && id >= classes)
      throw new UsageError(
        `the data set card maps a label to train id ${id}, but has ${classes} classes (0..${classes - 1})`,
      );
  if (colours)
    return {
      table: identityTable(classes),
      ignore: IGNORE_LABEL,
      valid: `0..${classes - 1}`,
      colours: new Map(Object.entries(colours).map(([rgb, id]) => [packed(rgb), trainId(id)])),
    };
  if (!labels) return { table: identityTable(classes), ignore, valid: `0..${classes - 1} and ${ignore}` };
  const stored = Object.keys(labels).map(Number);
  const table = new Int16Array(Math.max(...stored) + 1).fill(-1);
  for (const key of stored) table[key] = trainId(labels[String(key)]);
  return { table, ignore, valid: `${stored.join(', ')} (the card's labels) and ${ignore}` };
}

function packed(rgb: string): number {
  const [r, g, b] = rgb.split(',').map(Number);
  return (r << 16) | (g << 8) | b;
}

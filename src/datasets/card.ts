import { z } from 'zod';
import { ALL } from '../core/dataset.ts';
import { identifier } from '../core/identifier.ts';
import { DEPTH_TRUTHS } from '../core/protocol.ts';
import { normalsEncodingSchema } from '../formats/normals-encoding.ts';
import { type GenerateOptions, roomsSchema, streetsSchema } from './generate-schema.ts';

/** Whether a path stays inside the folder that it is relative to, on every platform. */
export const isInside = (path: string): boolean =>
  path !== '' && !/^([/\\]|[A-Za-z]:)/.test(path) && !path.includes('\0') && !path.split(/[/\\]/).includes('..');

const inside = z.string().refine(isInside, { error: 'a path inside the data set folder: relative and without ".."' });

const pattern = z.string().refine(
  (source) => {
    try {
      // An alternative that matches nothing makes exec succeed, and its length tells the number of groups.
      return new RegExp(`${source}|`).exec('')?.length === 2;
    } catch {
      return false;
    }
  },
  { error: 'a regular expression with exactly one group' },
);

const fileSchema = z.strictObject({
  name: inside.meta({ description: 'file name in the data set folder' }),
  url: z.url({ protocol: /^https?$/ }),
  bytes: z.int().min(1).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits')
    .optional()
    .meta({ description: 'left out where unknown: then the first download is pinned in densebench.lock.json' }),
  archive: z
    .enum(['zip', 'tar.gz'])
    .optional()
    .meta({ description: 'unpacked into the data set folder, then removed' }),
  brings: z
    .array(inside)
    .min(1)
    .optional()
    .meta({ description: 'of an archive: where any of these paths is there, it is not fetched' }),
  note: z.string().optional(),
});
export type CardFile = z.output<typeof fileSchema>;

/** What makes each split, by the names of the splits. */
const bySplit = <S extends z.ZodType>(split: S) =>
  z
    .record(identifier, split)
    .refine((splits) => Object.keys(splits).length > 0, 'name at least one split')
    .refine((splits) => !(ALL in splits), `"${ALL}" is every sample of the data set; choose another name`);

const common = {
  id: identifier,
  title: z.string().min(1),
  description: z.string().optional(),
  licence: z.strictObject({ name: z.string().min(1), url: z.url().optional(), note: z.string().optional() }),
  homepage: z.url().optional(),
  files: z.array(fileSchema).default([]),
};

const nyudv2Schema = z.strictObject({
  ...common,
  loader: z.literal('nyudv2'),
  labelled: inside.default('nyu_depth_v2_labeled.mat').meta({ description: 'the labelled frames, MATLAB v7.3' }),
  counts: z
    .strictObject({ train: z.int().min(1), test: z.int().min(1) })
    .optional()
    .meta({ description: 'images of each split as published: a run over other counts says so' }),
  splits: inside.default('splits.mat').meta({ description: 'trainNdxs and testNdxs, 1-based' }),
  classMap40: inside.default('classMapping40.mat'),
  classMap13: inside.default('class13Mapping.mat'),
  normals: z
    .strictObject({
      folder: z.union([inside, z.array(inside).min(1)]).meta({ description: 'folder or folders, one file a frame' }),
      stem: pattern.optional().meta({
        description: 'its one group, matched on the stem, is the number of the frame; default: stems that are numbers',
      }),
      first: z.int().min(0).max(1).default(1).meta({ description: 'number of the first frame' }),
      encoding: normalsEncodingSchema.default('authors'),
    })
    .optional()
    .meta({ description: 'normals, which the official file lacks; where the folder is not there, so is the task' }),
  generate: roomsSchema.optional().meta({ description: 'procedural sample: made in the cache when missing' }),
});

const LIST_COLUMNS = ['image', 'segmentation', 'depth', 'normals'] as const;
const nyudv2PngSchema = z.strictObject({
  ...common,
  loader: z.literal('nyudv2-png'),
  lists: bySplit(inside).meta({
    description: 'list file of each split: one sample a line, relative paths parted by tabs or spaces',
  }),
  columns: z.array(z.enum(LIST_COLUMNS)).min(2).default(['image', 'segmentation', 'depth']),
  classes: z.int().min(1).max(255).default(40),
  taxonomy: z.string().default('nyud40'),
  depthUnitM: z.number().positive().default(0.0002).meta({ description: 'metres of one stored unit' }),
  depthTruth: z.enum(DEPTH_TRUTHS).default('raw'),
  normalsEncoding: normalsEncodingSchema.default('authors'),
  group: pattern.optional().meta({ description: 'its one group, matched on the image path, names the scene' }),
});

const role = {
  folder: inside,
  stem: pattern.optional().meta({ description: 'its one group, matched on the stem, is what pairs files' }),
};
const stems = z.union([inside.meta({ description: 'a file with one stem a line' }), z.array(z.string().min(1)).min(1)]);
const folderSchema = z.strictObject({
  ...common,
  loader: z.literal('folder'),
  images: z.strictObject(role),
  segmentation: z
    .strictObject({
      ...role,
      classes: z.int().min(1).max(255),
      taxonomy: z.string().optional().meta({ description: "name of the class list; default: one of this card's own" }),
      classNames: z
        .array(z.string().min(1))
        .refine((names) => new Set(names).size === names.length, 'each class needs a name of its own')
        .optional(),
      ignore: z.int().default(255).meta({ description: 'stored value that does not count' }),
      labels: z
        .record(
          z.string().regex(/^\d{1,5}$/, 'a stored label, 0..99999'),
          z.union([z.int().min(0).max(254), z.literal('ignore')]),
        )
        .optional()
        .meta({ description: 'stored label -> train id or "ignore"; other stored labels are errors' }),
      colours: z
        .record(
          z.string().regex(/^\d{1,3},\d{1,3},\d{1,3}$/, 'a colour "r,g,b"'),
          z.union([z.int().min(0).max(254), z.literal('ignore')]),
        )
        .optional()
        .meta({ description: 'for labels drawn in colour: "r,g,b" -> train id or "ignore"' }),
    })
    .optional(),
  depth: z
    .strictObject({
      ...role,
      scale: z.number().positive().optional().meta({ description: 'metres of one stored unit; needed for integers' }),
      invalid: z.number().default(0).meta({ description: 'stored value of a pixel that was not measured; so is NaN' }),
      truth: z.enum(DEPTH_TRUTHS).default('as-given'),
    })
    .optional(),
  normals: z.strictObject({ ...role, encoding: normalsEncodingSchema.default('plain') }).optional(),
  camera: z
    .strictObject({ fx: z.number().positive(), fy: z.number().positive(), cx: z.number(), cy: z.number() })
    .optional()
    .meta({ description: 'of all images, pixels; the centre of the first pixel is (0, 0)' }),
  splits: bySplit(stems).optional().meta({ description: 'by name; without it every sample is of the split "test"' }),
  group: pattern.optional().meta({ description: 'its one group, matched on the sample id, names the scene or drive' }),
});

const publishedCounts = z
  .record(identifier, z.int().min(1))
  .optional()
  .meta({ description: 'images of each split as published: a run over other counts says so' });

const kittiSchema = z.strictObject({
  ...common,
  loader: z.literal('kitti'),
  lists: bySplit(inside).meta({
    description:
      'list file of each split, a frame a line: "<date>/<drive> <frame> <l|r>", or "<image> <truth or None> <focal length>"',
  }),
  dates: z
    .array(inside)
    .min(1)
    .meta({ description: 'folders of the drives, which must be there for the data set to count as there' }),
  counts: publishedCounts,
  semantic: inside
    .optional()
    .meta({ description: "folder of label PNGs (Cityscapes' labelIds) under the relative paths of the images" }),
  generate: streetsSchema.optional().meta({ description: 'procedural sample: made in the cache when missing' }),
});

const kittiSemanticsSchema = z.strictObject({
  ...common,
  loader: z.literal('kitti-semantics'),
  folder: inside.default('training').meta({ description: 'holds image_2 and semantic' }),
  lists: bySplit(inside)
    .optional()
    .meta({ description: 'by split, a file with one name a line (000000_10); without it every image is of "test"' }),
  counts: publishedCounts,
  generate: streetsSchema.optional().meta({ description: 'procedural sample: made in the cache when missing' }),
});

const kittiObjectSchema = z.strictObject({
  ...common,
  loader: z.literal('kitti-object'),
  folder: inside.default('training').meta({ description: 'holds image_2, velodyne and calib' }),
  lists: bySplit(inside)
    .optional()
    .meta({ description: 'by split, a file with one name a line (000000); without it every image is of "test"' }),
  counts: publishedCounts,
});

/** A data set card, datasets/<id>.yaml. `loader` decides which further keys there are. */
export const datasetCardSchema = z.discriminatedUnion('loader', [
  nyudv2Schema,
  nyudv2PngSchema,
  folderSchema,
  kittiSchema,
  kittiSemanticsSchema,
  kittiObjectSchema,
]);
export type DatasetCard = z.output<typeof datasetCardSchema>;
export type LoaderId = DatasetCard['loader'];
export type CardOf<L extends LoaderId> = Extract<DatasetCard, { loader: L }>;

/** Set on cards of procedural data, which densebench makes itself when they are missing. */
export const generateOptions = (card: DatasetCard): GenerateOptions | undefined =>
  'generate' in card ? card.generate : undefined;

/** Procedural data stand in for the real thing. */
export const isSampleCard = (card: DatasetCard): boolean => generateOptions(card) !== undefined;

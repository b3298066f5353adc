import { z } from 'zod';
import { shiftDecimal } from '../core/decimal.ts';
import { type Better, UNKNOWN_PROTOCOL } from '../core/reading.ts';
import type { ReportedEntry } from '../core/record.ts';
import { TASKS } from '../core/tasks.ts';
import { catalogIds, readFromCatalog } from '../formats/catalog.ts';

/** The figures a published table may hold, as papers print them; `places` brings the printed number to our unit. */
const PRINTED = {
  'segmentation/mIoU': { printedIn: 'percent', unit: '1', places: -2, better: 'higher' },
  'depth/rmse': { printedIn: 'm', unit: 'm', places: 0, better: 'lower' },
  'depth/rmseLog': { printedIn: '1', unit: '1', places: 0, better: 'lower' },
  'depth/absRel': { printedIn: '1', unit: '1', places: 0, better: 'lower' },
  'depth/delta1': { printedIn: '1', unit: '1', places: 0, better: 'higher' },
  'normals/meanDeg': { printedIn: 'deg', unit: 'deg', places: 0, better: 'lower' },
  'normals/medianDeg': { printedIn: 'deg', unit: 'deg', places: 0, better: 'lower' },
} as const satisfies Record<string, { printedIn: string; unit: string; places: number; better: Better }>;
type PrintedKey = keyof typeof PRINTED;
const KEYS = Object.keys(PRINTED) as [PrintedKey, ...PrintedKey[]];

const inputSize = z.string().regex(/^\d+x\d+$/, 'width x height, e.g. 640x480');

const rowSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'an id is made of small letters, digits and "-"'),
  title: z.string().min(1).meta({ description: 'the name of the method as the paper gives it' }),
  tasks: z.array(z.enum(TASKS)).min(1),
  data: z.string().optional().meta({ description: 'where a row is on other data than the rest of its table' }),
  figures: z.partialRecord(z.enum(KEYS), z.number()).meta({ description: 'as printed; mIoU in percent' }),
  paramsM: z.number().positive().optional().meta({ description: 'parameters in millions, as printed' }),
  gflops: z.number().positive().optional().meta({ description: '"GFLOPs" as printed, whatever was counted' }),
  inputSize: inputSize.optional(),
  latency: z.string().optional().meta({ description: 'as printed, with unit and device' }),
});

/** One table of a publication. Figures are as printed: a row never carries a number that the paper does not. */
export const publishedSchema = z.strictObject({
  id: z.string().min(1),
  citation: z.string().min(1),
  url: z.url({ protocol: /^https?$/ }).optional(),
  table: z.string().min(1),
  data: z.string().min(1),
  rows: z.array(rowSchema).min(1),
});
export type PublishedTable = z.output<typeof publishedSchema>;

/** Ids of every published table in the working directory and the package. */
export const publishedIds = (): string[] => catalogIds('results/published');

/**
 * The rows of a published table, as entries for a run record.
 * @throws UsageError for an unknown id (with the nearest known one), or a file that breaks the schema or has another id.
 */
export function loadPublished(id: string): ReportedEntry[] {
  return reportedEntries(readPublished(id));
}

/** Citation, table and data of a whole published table, in a line. @throws UsageError as loadPublished does. */
export const publishedTitle = (id: string): string => sourceOf(readPublished(id));

const readPublished = (id: string): PublishedTable =>
  readFromCatalog('results/published', 'published table', id, publishedSchema).value;

const sourceOf = ({ citation, table, data }: PublishedTable): string => `${citation}, ${table} (${data})`;

/** Rows on different data get different sources, and only rows of one source are ever ranked. */
export function reportedEntries(table: PublishedTable): ReportedEntry[] {
  return table.rows.map((row) => ({
    kind: 'reported',
    id: `${table.id}/${row.id}`,
    title: row.title,
    source: sourceOf({ ...table, data: row.data ?? table.data }),
    ...(table.url !== undefined && { url: table.url }),
    tasks: row.tasks,
    readings: Object.entries(row.figures).map(([key, printed]) => {
      const { unit, places, better } = PRINTED[key as PrintedKey];
      const value = shiftDecimal(printed, places);
      return { key, value, unit, better, pooling: 'pixel', protocol: UNKNOWN_PROTOCOL };
    }),
    ...costOf(row),
    ...(row.latency !== undefined && { latencyAsReported: row.latency }),
  }));
}

function costOf(row: PublishedTable['rows'][number]): Pick<ReportedEntry, 'cost'> {
  if (row.paramsM === undefined && row.gflops === undefined && row.inputSize === undefined) return {};
  return {
    cost: {
      ...(row.paramsM !== undefined && { params: shiftDecimal(row.paramsM, 6) }),
      ...(row.inputSize !== undefined && { inputSize: row.inputSize }),
      ...(row.gflops !== undefined && { gflopsAsReported: row.gflops }),
    },
  };
}

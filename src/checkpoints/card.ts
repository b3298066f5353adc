import { z } from 'zod';
import { identifier } from '../core/identifier.ts';
import { catalogIds, readFromCatalog } from '../formats/catalog.ts';

/** What is known of a published checkpoint: where it is, whose it is, and how its network is to be fed and read. */
export const checkpointCardSchema = z.strictObject({
  id: identifier,
  title: z.string().min(1),
  licence: z.strictObject({ name: z.string().min(1), url: z.url().optional(), note: z.string().optional() }),
  homepage: z.url().optional(),
  file: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a plain file name')
    .meta({ description: 'name under which it is kept' }),
  url: z.url({ protocol: /^https?$/ }),
  bytes: z.int().min(1).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits')
    .optional()
    .meta({ description: 'left out where unknown: then the first download is pinned' }),
  input: z
    .strictObject({ width: z.int().min(1), height: z.int().min(1) })
    .meta({ description: 'size of the images that the network was made for' }),
  slices: z
    .record(z.string().min(1), z.strictObject({ first: z.int().min(0), count: z.int().min(1).max(255) }))
    .optional()
    .meta({
      description: 'of several data sets in one network: taxonomy -> its channels, as an imported card has them',
    }),
  note: z.string().optional(),
});
export type CheckpointCard = z.output<typeof checkpointCardSchema>;

const FOLDER = 'models/checkpoints';

/** The ids of ./models/checkpoints and of the package. */
export const checkpointIds = (): string[] => catalogIds(FOLDER);

/**
 * The card of an id, or of a path to a YAML file.
 * @throws UsageError on an unknown id, with the nearest name, and on a card that breaks the schema or has another id.
 */
export const findCheckpointCard = (reference: string): CheckpointCard =>
  readFromCatalog(FOLDER, 'checkpoint', reference, checkpointCardSchema).value;

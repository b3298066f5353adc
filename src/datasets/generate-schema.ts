import { z } from 'zod';
import { CAMERA_PATHS } from '../worlds/rooms/views.ts';
import { STREET_PATHS } from '../worlds/streets/views.ts';

const frames = {
  train: z.int().min(1).default(24),
  test: z.int().min(1).default(24),
  seed: z.int().min(0).default(1),
  framesPerScene: z.int().min(1).default(2),
};

/** Rooms, in the layout of NYUDv2. */
export const roomsSchema = z.strictObject({
  world: z.literal('rooms'),
  ...frames,
  width: z.int().min(16).default(640),
  height: z.int().min(16).default(480),
  outside: z
    .literal('street')
    .optional()
    .meta({ description: 'behind every window, in place of a painted view; it is labelled as window all the same' }),
  path: z
    .enum(CAMERA_PATHS)
    .default('views')
    .meta({ description: 'views: unrelated views of each scene; walk: a camera that moves through it' }),
});

/** Streets, in the layout of KITTI. */
export const streetsSchema = z.strictObject({
  world: z.literal('streets'),
  ...frames,
  width: z.int().min(16).default(1242),
  height: z.int().min(16).default(375),
  path: z
    .enum(STREET_PATHS)
    .default('views')
    .meta({ description: 'views: places far apart in each street; drive: ten pictures a second along it' }),
});

/** What densebench can make itself when it is missing. */
export type GenerateOptions = z.output<typeof roomsSchema> | z.output<typeof streetsSchema>;

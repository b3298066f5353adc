import { z } from 'zod';

const AXES = ['x', 'y', 'z', '-x', '-y', '-z'] as const;

/** The camera axis that each channel of a map of normals holds, "-" for the opposite sign. */
export const normalsAxesSchema = z
  .tuple([z.enum(AXES), z.enum(AXES), z.enum(AXES)])
  .refine((axes) => new Set(axes.map((axis) => axis.slice(-1))).size === 3, 'x, y and z must each appear once')
  .meta({
    description:
      'the camera axis that each channel holds (x right, y down, z forward, normals towards the camera), "-" for the opposite sign',
  });
export type NormalsAxes = z.output<typeof normalsAxesSchema>;

const channel = z.int().min(0).max(65_535);

const descriptionSchema = z
  .strictObject({
    axes: normalsAxesSchema,
    zero: z.number().default(0).meta({ description: 'stored value of the component 0, e.g. 127.5 in a picture' }),
    one: z.number().default(1).meta({ description: 'stored value of the component 1, e.g. 255 in a picture' }),
    invalid: z
      .tuple([channel, channel, channel])
      .optional()
      .meta({ description: 'stored colour of a pixel without a normal; so is NaN' }),
  })
  .refine(({ zero, one }) => zero !== one, { message: 'zero and one must differ', path: ['one'] });

/** How normals are stored: component = (stored - zero) / (one - zero) along the axis of its channel. */
export type NormalsEncoding = z.output<typeof descriptionSchema>;

const PICTURE = { zero: 127.5, one: 255 } as const;

/**
 * Encodings with a name, in the terms of the camera frame (x right, y down, z forward, normals towards the camera).
 *
 * - `plain`: this project's own: floats, x y z.
 * - `authors`: NYUv2's truth as the authors of the reference network hand it out: x = 2R/255 - 1, z = 2G/255 - 1,
 *   y = 1 - 2B/255, grey where there is none.
 * - `geonet`: GeoNet's normals of NYUv2 as Bae and Davison (DSINE, CVPR 2024) hand them out: x y z of a frame with
 *   y down and z forward, but away from the camera; black where there is none (their loader and their issue 12).
 * - `rgb`: the picture most programs draw: red to the right, green up, blue towards the camera; black where there is none.
 */
export const NORMALS_ENCODINGS = {
  plain: { axes: ['x', 'y', 'z'], zero: 0, one: 1 },
  authors: { axes: ['x', 'z', '-y'], ...PICTURE, invalid: [127, 127, 127] },
  geonet: { axes: ['-x', '-y', '-z'], ...PICTURE, invalid: [0, 0, 0] },
  rgb: { axes: ['x', '-y', '-z'], ...PICTURE, invalid: [0, 0, 0] },
} as const satisfies Record<string, NormalsEncoding>;
export type NormalsEncodingId = keyof typeof NORMALS_ENCODINGS;
export const NORMALS_ENCODING_IDS = Object.keys(NORMALS_ENCODINGS) as [NormalsEncodingId, ...NormalsEncodingId[]];

/** An encoding by its name or its description. */
export const normalsEncodingSchema = z
  .union([z.enum(NORMALS_ENCODING_IDS), descriptionSchema], {
    error: `an encoding of normals: ${NORMALS_ENCODING_IDS.join(', ')}, or {axes: [x, y, z], zero: 127.5, one: 255, invalid: [0, 0, 0]}`,
  })
  .meta({
    description: 'how normals are stored: a name, or axes, the stored values of 0 and 1, and the colour of none',
  });
type NamedOrDescribed = z.output<typeof normalsEncodingSchema>;

export const normalsEncodingOf = (encoding: NamedOrDescribed): NormalsEncoding =>
  typeof encoding === 'string' ? NORMALS_ENCODINGS[encoding] : encoding;

/** The place and sign of a camera axis among the channels. */
export function channelOf(axes: NormalsAxes, axis: 'x' | 'y' | 'z'): { readonly at: number; readonly sign: 1 | -1 } {
  const at = axes.findIndex((held) => held.endsWith(axis));
  return { at, sign: axes[at] === axis ? 1 : -1 };
}

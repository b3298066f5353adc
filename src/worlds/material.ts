import type { Surface } from './surface.ts';

/** Linear red, green, blue. */
export type Rgb = readonly [number, number, number];

/** What a texture may look at. */
export interface Spot extends Surface {
  /** Texture coordinates in metres; they run on over the parts of one piece. */
  px: number;
  py: number;
  pz: number;
  /** Half extents of the solid, metres. */
  hx: number;
  hy: number;
  hz: number;
  /** Width of a pixel on this surface, metres: finer detail must fade. */
  footprintM: number;
  /** Direction from the eye, world. */
  dx: number;
  dy: number;
  dz: number;
}

export interface Material {
  /** Writes the linear albedo (or the radiance, if `emits`) at a spot. */
  readonly colour: (spot: Spot, out: Float64Array) => void;
  /** Typical colour, for light that bounces off. */
  readonly mean: Rgb;
  readonly emits: boolean;
  /** Strength of the highlight of a lamp, 0..1. */
  readonly gloss: number;
  /** Part of the colour that is a mirror image, seen straight on; grazing views reflect more. */
  readonly reflects: number;
  /** Lit by the sky according to its normal alone: leaves, whose surface is too rough to share light with neighbours. */
  readonly selfShaded: boolean;
  /** How much of a depth camera's infrared pattern comes back, 0..1: low for glass, screens and black things. */
  readonly infrared: number;
}

type Finish = Partial<Pick<Material, 'gloss' | 'reflects' | 'infrared' | 'emits' | 'selfShaded'>>;

export function material(mean: Rgb, colour: Material['colour'], finish: Finish = {}): Material {
  const grey = (mean[0] + mean[1] + mean[2]) / 3;
  // Written out, so that all materials are of one shape in memory, which is faster to read.
  return {
    mean,
    colour,
    emits: finish.emits ?? false,
    gloss: finish.gloss ?? 0,
    reflects: finish.reflects ?? 0,
    selfShaded: finish.selfShaded ?? false,
    infrared: finish.infrared ?? 0.35 + 0.65 * Math.sqrt(grey),
  };
}

export function write(out: Float64Array, rgb: Rgb, times: number): void {
  out[0] = rgb[0] * times;
  out[1] = rgb[1] * times;
  out[2] = rgb[2] * times;
}

/** a + (b - a) t, t within [0, 1]. */
export function blend(out: Float64Array, a: Rgb, b: Rgb, t: number, times = 1): void {
  out[0] = (a[0] + (b[0] - a[0]) * t) * times;
  out[1] = (a[1] + (b[1] - a[1]) * t) * times;
  out[2] = (a[2] + (b[2] - a[2]) * t) * times;
}

export const mixed = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];
export const scaled = (a: Rgb, by: number): Rgb => [a[0] * by, a[1] * by, a[2] * by];

/** Texture coordinates within a face, metres: `across` is horizontal on upright faces, `up` vertical. */
export const across = (s: Spot): number => (s.face === 0 ? s.py : s.face === 1 || s.face === 2 ? s.px : s.px + s.py);
export const up = (s: Spot): number => (s.face === 2 ? s.py : s.pz);

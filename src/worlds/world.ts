import { type Bvh, buildBvh } from './bvh.ts';
import type { Vec3 } from './frame.ts';
import type { Material, Rgb } from './material.ts';
import { flatten, type Solid, type Solids } from './solids.ts';

/** A patch that sends out light: the opening of a window or the underside of a lamp. */
export interface Light {
  readonly centre: Vec3;
  /** Half edges of the patch. */
  readonly u: Vec3;
  readonly v: Vec3;
  /** The side it shines to, or undefined for a lamp that shines all around. */
  readonly normal: Vec3 | undefined;
  readonly power: Rgb;
}

/** Parallel light that comes in through openings only: everything else of the room is in its shadow. */
export interface Sun {
  /** Unit vector towards the sun. */
  readonly direction: Vec3;
  readonly radiance: Rgb;
  /** The rectangles it can come through: centre and half edges. */
  readonly openings: readonly { readonly centre: Vec3; readonly u: Vec3; readonly v: Vec3; readonly normal: Vec3 }[];
}

/** Everything a picture is made from. */
export interface World {
  readonly solids: Solids;
  readonly bvh: Bvh;
  readonly materials: readonly Material[];
  readonly lights: readonly Light[];
  readonly sun: Sun | undefined;
  /** Light that has bounced too often to be followed. */
  readonly ambient: Rgb;
  hitT: number;
}

export function makeWorld(parts: {
  solids: readonly Solid[];
  materials: readonly Material[];
  lights: readonly Light[];
  sun: Sun | undefined;
  ambient: Rgb;
}): World {
  const solids = flatten(parts.solids);
  return { ...parts, solids, bvh: buildBvh(solids), hitT: 0 };
}

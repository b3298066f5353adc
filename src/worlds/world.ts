import { type Bvh, buildBvh } from './bvh.ts';
import type { Material } from './material.ts';
import { flatten, type Solid, type Solids } from './solids.ts';

/** x, y, z; a world keeps its own in typed arrays, which are read the same way whatever they hold. */
export type Numbers = ArrayLike<number>;

/** A patch that sends out light: the opening of a window or the underside of a lamp. */
export interface Light {
  readonly centre: Numbers;
  /** Half edges of the patch. */
  readonly u: Numbers;
  readonly v: Numbers;
  /** The side it shines to, or undefined for a lamp that shines all around. */
  readonly normal: Numbers | undefined;
  /** Red, green, blue. */
  readonly power: Numbers;
}

/** A rectangle that the sun can come through: centre, half edges, inward normal. */
interface SunOpening {
  readonly centre: Numbers;
  readonly u: Numbers;
  readonly v: Numbers;
  readonly normal: Numbers;
}

/** Parallel light. */
export interface Sun {
  /** Unit vector towards the sun. */
  readonly direction: Numbers;
  readonly radiance: Numbers;
  /** It comes in through these only, everything else of a room is in its shadow; undefined under the open sky. */
  readonly openings: readonly SunOpening[] | undefined;
}

/** What is seen and what shines where a ray leaves a world that is not closed. */
export interface Sky {
  /** Writes the radiance seen in a direction (unit vector). */
  readonly radiance: (dx: number, dy: number, dz: number, out: Float64Array) => void;
  /** Its light from above and the light that the ground throws back, red, green, blue. */
  readonly above: Numbers;
  readonly below: Numbers;
  /** Colour of far haze, and the distance at which it covers half of what is seen, metres. */
  readonly haze: Numbers;
  readonly hazeHalfM: number;
}

/** Everything a picture is made from. */
export interface World {
  readonly solids: Solids;
  readonly bvh: Bvh;
  readonly materials: readonly Material[];
  readonly lights: readonly Light[];
  readonly sun: Sun | undefined;
  /** Undefined in a closed room. */
  readonly sky: Sky | undefined;
  /** Light that has bounced too often to be followed. */
  readonly ambient: Numbers;
  hitT: number;
}

export function makeWorld(parts: {
  solids: readonly Solid[];
  materials: readonly Material[];
  lights: readonly Light[];
  sun: Sun | undefined;
  sky?: Sky;
  ambient: Numbers;
}): World {
  const solids = flatten(parts.solids);
  const { sun } = parts;
  return {
    solids,
    bvh: buildBvh(solids),
    materials: parts.materials,
    lights: parts.lights.map(({ centre, u, v, normal, power }) => ({
      centre: Float64Array.from(centre),
      u: Float64Array.from(u),
      v: Float64Array.from(v),
      normal: normal && Float64Array.from(normal),
      power: Float64Array.from(power),
    })),
    sun: sun && {
      direction: Float64Array.from(sun.direction),
      radiance: Float64Array.from(sun.radiance),
      openings: sun.openings?.map(({ centre, u, v, normal }) => ({
        centre: Float64Array.from(centre),
        u: Float64Array.from(u),
        v: Float64Array.from(v),
        normal: Float64Array.from(normal),
      })),
    },
    sky: parts.sky && {
      radiance: parts.sky.radiance,
      above: Float64Array.from(parts.sky.above),
      below: Float64Array.from(parts.sky.below),
      haze: Float64Array.from(parts.sky.haze),
      hazeHalfM: parts.sky.hazeHalfM,
    },
    ambient: Float64Array.from(parts.ambient),
    hitT: Number.NaN,
  };
}

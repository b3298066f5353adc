import type { Frame } from './frame.ts';

/** Unit shapes in a scaled local frame: |x|,|y|,|z| <= 1 for all of them. */
export const BOX = 0;
export const ELLIPSOID = 1;
/** Capped; radius 1 + taper z (taper 0: a cylinder, otherwise a frustum), axis z. */
export const CYLINDER = 2;
/** The box cut by the sphere bulge |p|² <= 1: rounded off where an upholstered thing is. */
export const CUSHION = 3;
/** A box whose axes are those of the world: the fast case, and the most frequent. */
export const ALIGNED_BOX = 4;
/** A box with a smaller top: at height z its half widths are 1 - shaping (1 + z)/2 along x, 1 - lean (1 + z)/2 along y. */
export const TRUNCATED = 5;
/** A crown or a hedge: bounded by noise inside an ellipsoid (shaping > 0) or a rounded box (shaping < 0); see leafy.ts. */
export const LEAFY = 6;
export type Shape = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export interface Solid {
  readonly shape: Shape;
  /** Origin = centre of the solid. */
  readonly frame: Frame;
  /** Half extents along the frame's axes, metres. */
  readonly half: readonly [number, number, number];
  /** Taper of a cylinder, bulge of a cushion, narrowing of a truncated box along x, depth of a crown's gaps. */
  readonly shaping: number;
  /** Narrowing of a truncated box along y; size of a crown's clumps, metres. */
  readonly lean?: number;
  readonly material: number;
  readonly label: number;
  /** Things of one label are told apart by this; parts of one thing share it. */
  readonly instance: number;
  /** Where the centre lies in the coordinates of the whole piece, so that a texture runs on over its parts. */
  readonly textureOffset: readonly [number, number, number];
  /** Lamps and panes let light pass. */
  readonly castsShadow: boolean;
}

/** Numbers per solid in `geometry`: centre, then the rows that bring a world vector into the unit shape's coordinates. */
export const STRIDE = 12;

/** All solids of a world in flat arrays, which is what makes tracing fast. */
export interface Solids {
  readonly count: number;
  readonly all: readonly Solid[];
  readonly shape: Uint8Array;
  readonly geometry: Float64Array;
  readonly shaping: Float64Array;
  readonly lean: Float64Array;
  /** minimum xyz, maximum xyz of each solid. */
  readonly bounds: Float64Array;
  readonly castsShadow: Uint8Array;
  readonly material: Int32Array;
  /** The frame's axes x, y, z, nine numbers per solid. */
  readonly axes: Float64Array;
  /** Half extents xyz, then the texture's offset xyz. */
  readonly extent: Float64Array;
}

export function flatten(all: readonly Solid[]): Solids {
  const count = all.length;
  const shape = new Uint8Array(count);
  const geometry = new Float64Array(count * STRIDE);
  const shaping = new Float64Array(count);
  const lean = Float64Array.from(all, (solid) => solid.lean ?? 0);
  const bounds = new Float64Array(count * 6);
  const castsShadow = new Uint8Array(count);
  const material = Int32Array.from(all, (solid) => solid.material);
  const axes = Float64Array.from(all.flatMap(({ frame }) => [...frame.x, ...frame.y, ...frame.z]));
  const extent = Float64Array.from(all.flatMap(({ half, textureOffset }) => [...half, ...textureOffset]));
  all.forEach((solid, i) => {
    const { frame, half } = solid;
    shape[i] = solid.shape === BOX && isAligned(frame) ? ALIGNED_BOX : solid.shape;
    shaping[i] = solid.shaping;
    castsShadow[i] = solid.castsShadow ? 1 : 0;
    const rows = [frame.x, frame.y, frame.z];
    for (let a = 0; a < 3; a++) {
      geometry[i * STRIDE + a] = frame.o[a];
      for (let b = 0; b < 3; b++) geometry[i * STRIDE + 3 + 3 * a + b] = rows[a][b] / half[a];
    }
    // A frustum is at its widest 1 + |taper|.
    const wide = solid.shape === CYLINDER ? 1 + Math.abs(solid.shaping) : 1;
    for (let b = 0; b < 3; b++) {
      const reach =
        (Math.abs(frame.x[b]) * half[0] + Math.abs(frame.y[b]) * half[1]) * wide + Math.abs(frame.z[b]) * half[2];
      bounds[i * 6 + b] = frame.o[b] - reach;
      bounds[i * 6 + 3 + b] = frame.o[b] + reach;
    }
  });
  return { count, all, shape, geometry, shaping, lean, bounds, castsShadow, material, axes, extent };
}

const isAligned = (f: Frame): boolean =>
  [...f.x, ...f.y, ...f.z].every((component) => component === 0 || component === 1 || component === -1);

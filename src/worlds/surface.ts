import { gradientOfLeaves, local } from './leafy.ts';
import { ALIGNED_BOX, BOX, CUSHION, CYLINDER, ELLIPSOID, LEAFY, type Solids, STRIDE, TRUNCATED } from './solids.ts';

/** Where a ray met a solid: filled anew for every hit, so that shading makes no garbage. */
export interface Surface {
  /** World position, metres. */
  x: number;
  y: number;
  z: number;
  /** Outward unit normal, world. */
  nx: number;
  ny: number;
  nz: number;
  /** Position in the unit shape, each in [-1, 1]. */
  u: number;
  v: number;
  w: number;
  /** The local axis that the face looks along; 3 = curved. */
  face: number;
}

/** Not a whole number, so that the engine sees a field that holds fractions from the first object on. */
const UNSET = Number.NaN;

export const newSurface = (): Surface => ({
  x: UNSET,
  y: UNSET,
  z: UNSET,
  nx: UNSET,
  ny: UNSET,
  nz: UNSET,
  u: UNSET,
  v: UNSET,
  w: UNSET,
  face: 0,
});

/**
 * Fills in normal and local position at the world point out.x, y, z, which lies on the solid. A flat face has the same
 * normal everywhere, to the last bit.
 */
export function surfaceAt(solids: Solids, index: number, out: Surface): void {
  const g = solids.geometry;
  const at = index * STRIDE;
  const rx = out.x - g[at];
  const ry = out.y - g[at + 1];
  const rz = out.z - g[at + 2];
  const u = g[at + 3] * rx + g[at + 4] * ry + g[at + 5] * rz;
  const v = g[at + 6] * rx + g[at + 7] * ry + g[at + 8] * rz;
  const w = g[at + 9] * rx + g[at + 10] * ry + g[at + 11] * rz;
  out.u = u;
  out.v = v;
  out.w = w;
  const shape = solids.shape[index];
  const au = Math.abs(u);
  const av = Math.abs(v);
  const aw = Math.abs(w);
  const shaping = solids.shaping[index];
  if (shape === CYLINDER) {
    const radius = 1 + shaping * w;
    if (1 - aw < 1 - Math.sqrt(u * u + v * v) / radius || aw > 1) flat(solids, index, 2, w < 0, out);
    else curved(solids, index, out);
  } else if (shape === ELLIPSOID) curved(solids, index, out);
  else if (shape === LEAFY) {
    gradientOfLeaves(solids, index, u, v, w);
    bring(solids, index, local[0], local[1], local[2], out);
    out.face = 3;
  } else if (shape === TRUNCATED) truncated(solids, index, out);
  else {
    const widest = au > av ? (au > aw ? au : aw) : av > aw ? av : aw;
    if (shape === CUSHION && 1 - shaping * (u * u + v * v + w * w) < 2 * (1 - widest)) curved(solids, index, out);
    else if (au === widest) flat(solids, index, 0, u < 0, out);
    else if (av === widest) flat(solids, index, 1, v < 0, out);
    else flat(solids, index, 2, w < 0, out);
  }
}

function flat(solids: Solids, index: number, axis: 0 | 1 | 2, isLower: boolean, out: Surface): void {
  const { axes } = solids;
  const at = 9 * index + 3 * axis;
  const sign = isLower ? -1 : 1;
  out.nx = axes[at] * sign;
  out.ny = axes[at + 1] * sign;
  out.nz = axes[at + 2] * sign;
  out.face = axis;
}

/** The gradient of the implicit function. */
function curved(solids: Solids, index: number, out: Surface): void {
  const taper = solids.shaping[index];
  const { u, v, w } = out;
  bring(solids, index, u, v, solids.shape[index] === CYLINDER ? -taper * (1 + taper * w) : w, out);
  out.face = 3;
}

/** A gradient in the unit shape's coordinates -> the unit normal in the world, by the transpose of the local transform. */
function bring(solids: Solids, index: number, a: number, b: number, c: number, out: Surface): void {
  const g = solids.geometry;
  const at = index * STRIDE;
  const x = g[at + 3] * a + g[at + 6] * b + g[at + 9] * c;
  const y = g[at + 4] * a + g[at + 7] * b + g[at + 10] * c;
  const z = g[at + 5] * a + g[at + 8] * b + g[at + 11] * c;
  const scale = 1 / Math.sqrt(x * x + y * y + z * z);
  out.nx = x * scale;
  out.ny = y * scale;
  out.nz = z * scale;
}

function truncated(solids: Solids, index: number, out: Surface): void {
  const narrowX = solids.shaping[index] / 2;
  const narrowY = solids.lean[index] / 2;
  const { u, v, w } = out;
  const gapX = 1 - narrowX * (1 + w) - Math.abs(u);
  const gapY = 1 - narrowY * (1 + w) - Math.abs(v);
  const gapZ = 1 - Math.abs(w);
  if (gapZ < gapX && gapZ < gapY) flat(solids, index, 2, w < 0, out);
  else if (gapX < gapY) {
    bring(solids, index, u < 0 ? -1 : 1, 0, narrowX, out);
    out.face = 0;
  } else {
    bring(solids, index, 0, v < 0 ? -1 : 1, narrowY, out);
    out.face = 1;
  }
}

export const isFlatShape = (shape: number): boolean => shape === BOX || shape === ALIGNED_BOX || shape === TRUNCATED;

import type { Bvh } from './bvh.ts';
import { enterBox, entered, enterSolid, ray, STEEP } from './enter.ts';
import { ALIGNED_BOX, type Solids } from './solids.ts';

/** What a ray needs: the solids, their tree, and a place for the answer. */
export interface Traceable {
  readonly solids: Solids;
  readonly bvh: Bvh;
  /** Ray parameter of the last nearest hit. */
  hitT: number;
}

const stack = new Int32Array(96);
const stackNear = new Float64Array(96);

/**
 * The first solid that the ray meets with 0 < t < tMax, or -1; `world.hitT` is then its t. The direction need not have
 * length 1: with a camera ray of forward component 1, t is the z-depth. `guess` (or -1) is tried first: most
 * neighbouring rays meet the same thing, and then all that lies behind it need not be looked at.
 */
export function nearestHit(
  world: Traceable,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  tMax: number,
  guess = -1,
): number {
  ray[0] = ox;
  ray[1] = oy;
  ray[2] = oz;
  ray[3] = dx;
  ray[4] = dy;
  ray[5] = dz;
  entered[0] = tMax;
  const found = cast(world, guess, false);
  world.hitT = entered[0];
  return found;
}

/**
 * The index of any shadow-casting solid between the origin and tMax, or -1. `guess` (the last answer, or -1) is tried
 * first: neighbouring shadow rays mostly end at the same thing.
 */
export function occluder(
  world: Traceable,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  tMax: number,
  guess: number,
): number {
  ray[0] = ox;
  ray[1] = oy;
  ray[2] = oz;
  ray[3] = dx;
  ray[4] = dy;
  ray[5] = dz;
  entered[0] = tMax;
  return cast(world, guess, true);
}

/**
 * Walks the tree, nearer child first. `entered` holds the farthest t that counts, and the answer's t in the end.
 * With `any`, the first shadow caster that is met will do.
 */
function cast(world: Traceable, guess: number, any: boolean): number {
  const { solids, bvh } = world;
  const { bounds, link, leafCount, order } = bvh;
  const { shape, castsShadow } = solids;
  const boxes = solids.bounds;
  const ox = ray[0];
  const oy = ray[1];
  const oz = ray[2];
  const ix = ray[3] === 0 ? STEEP : 1 / ray[3];
  const iy = ray[4] === 0 ? STEEP : 1 / ray[4];
  const iz = ray[5] === 0 ? STEEP : 1 / ray[5];
  // Places of the planes that the ray comes to first.
  const sx = ix < 0 ? 3 : 0;
  const sy = iy < 0 ? 4 : 1;
  const sz = iz < 0 ? 5 : 2;
  let nearest = entered[0];
  let found = -1;
  if (guess >= 0) {
    if (shape[guess] === ALIGNED_BOX) {
      const t = enterBox(boxes, guess * 6, ox, oy, oz, ix, iy, iz, sx, sy, sz, nearest);
      if (t > 0 && t < nearest) {
        nearest = t;
        found = guess;
      }
    } else if (enterSolid(solids, guess)) {
      nearest = entered[0];
      found = guess;
    }
    if (any && found >= 0) return found;
  }
  let top = 0;
  let node = 0;
  for (;;) {
    const count = leafCount[node];
    if (count === 0) {
      let near = node + 1;
      let far = link[node];
      let nearT = enterBox(bounds, near * 6, ox, oy, oz, ix, iy, iz, sx, sy, sz, nearest);
      let farT = enterBox(bounds, far * 6, ox, oy, oz, ix, iy, iz, sx, sy, sz, nearest);
      if (farT < nearT) {
        const swap = near;
        near = far;
        far = swap;
        const swapT = nearT;
        nearT = farT;
        farT = swapT;
      }
      if (nearT < nearest) {
        if (farT < nearest) {
          stack[top] = far;
          stackNear[top++] = farT;
        }
        node = near;
        continue;
      }
    } else {
      const first = link[node];
      for (let i = first; i < first + count; i++) {
        const solid = order[i];
        if (any && castsShadow[solid] === 0) continue;
        if (shape[solid] === ALIGNED_BOX) {
          const t = enterBox(boxes, solid * 6, ox, oy, oz, ix, iy, iz, sx, sy, sz, nearest);
          if (!(t > 0 && t < nearest)) continue;
          nearest = t;
        } else {
          entered[0] = nearest;
          if (!enterSolid(solids, solid)) continue;
          nearest = entered[0];
        }
        found = solid;
        if (any) return found;
      }
    }
    do {
      if (top === 0) {
        entered[0] = nearest;
        return found;
      }
      node = stack[--top];
    } while (stackNear[top] >= nearest);
  }
}

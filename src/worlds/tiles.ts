import type { Camera } from './camera.ts';
import { enterBox, entered, enterSolid, ray, STEEP } from './enter.ts';
import { ALIGNED_BOX } from './solids.ts';
import type { Traceable } from './trace.ts';

/** For every square tile of a picture, the solids that some camera ray through it may meet, nearest first. */
export interface Tiles {
  readonly columns: number;
  /** Tile n's candidates lie at start[n] up to start[n + 1]. */
  readonly start: Int32Array;
  readonly solid: Int32Array;
  /** Least ray parameter at which a ray of the tile can enter the candidate; ascending within a tile. */
  readonly entry: Float64Array;
}

/** Small enough that most tiles show one or two things, large enough that finding the candidates is soon paid for. */
const TILE_PX = 8;
/** Rays between pixels belong to a tile too. */
const MARGIN_PX = 0.5;
/** Rounding must not lose a candidate. */
const SLACK = 1e-9;

const pending = new Int32Array(96);

export function findCandidates(world: Traceable, camera: Camera): Tiles {
  const columns = Math.floor((camera.width - 1) / TILE_PX) + 1;
  const rows = Math.floor((camera.height - 1) / TILE_PX) + 1;
  const { solids, bvh } = world;
  const { o } = camera.pose;
  const start = new Int32Array(columns * rows + 1);
  const solid: number[] = [];
  const entry: number[] = [];
  for (let row = 0, tile = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, tile++) {
      const rays = bundle(camera, column * TILE_PX, row * TILE_PX);
      const from = solid.length;
      pending[0] = 0;
      for (let top = 1; top > 0; ) {
        const node = pending[--top];
        if (earliest(bvh.bounds, node * 6, o, rays) === Infinity) continue;
        const count = bvh.leafCount[node];
        if (count === 0) {
          pending[top++] = bvh.link[node];
          pending[top++] = node + 1;
          continue;
        }
        for (let i = bvh.link[node]; i < bvh.link[node] + count; i++) {
          const t = earliest(solids.bounds, bvh.order[i] * 6, o, rays);
          if (t === Infinity) continue;
          // Sorted in as it comes: the lists are short.
          let at = solid.length;
          for (; at > from && entry[at - 1] > t; at--) {
            solid[at] = solid[at - 1];
            entry[at] = entry[at - 1];
          }
          solid[at] = bvh.order[i];
          entry[at] = t;
        }
      }
      start[tile + 1] = solid.length;
    }
  return { columns, start, solid: Int32Array.from(solid), entry: Float64Array.from(entry) };
}

/** Least and greatest direction xyz of the camera rays through a tile: those of its corners. */
function bundle(camera: Camera, column: number, row: number): Float64Array {
  const { x, y, z } = camera.pose;
  const range = Float64Array.of(Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity);
  for (const u of [column - MARGIN_PX, column + TILE_PX - 1 + MARGIN_PX])
    for (const v of [row - MARGIN_PX, row + TILE_PX - 1 + MARGIN_PX]) {
      const a = (u - camera.cxPx) / camera.fxPx;
      const b = (v - camera.cyPx) / camera.fyPx;
      for (let k = 0; k < 3; k++) {
        const d = x[k] * a + y[k] * b + z[k];
        if (d < range[k]) range[k] = d;
        if (d > range[k + 3]) range[k + 3] = d;
      }
    }
  return range;
}

/** Lower bound of the ray parameter at which rays from `o` within a range of directions enter a box; Infinity: none does. */
function earliest(b: Float64Array, at: number, o: readonly [number, number, number], range: Float64Array): number {
  let near = 0;
  let far = Infinity;
  for (let k = 0; k < 3; k++) {
    const from = b[at + k] - o[k];
    const to = b[at + 3 + k] - o[k];
    const least = range[k];
    const greatest = range[k + 3];
    let enter = 0;
    if (from > 0) {
      if (greatest <= 0) return Infinity;
      enter = from / greatest;
    } else if (to < 0) {
      if (least >= 0) return Infinity;
      enter = to / least;
    }
    const leave = least > 0 ? to / least : greatest < 0 ? from / greatest : Infinity;
    if (enter > near) near = enter;
    if (leave < far) far = leave;
  }
  near *= 1 - SLACK;
  return near <= far ? near : Infinity;
}

/** Where the ray through (column, row) finds its candidates. */
export const tileAt = (tiles: Tiles, column: number, row: number): number =>
  Math.floor((row + MARGIN_PX) / TILE_PX) * tiles.columns + Math.floor((column + MARGIN_PX) / TILE_PX);

/**
 * As nearestHit for the camera ray that lies in `ray` and passes through a tile; `entered` holds the farthest t that
 * counts, and the answer's t in the end.
 */
export function nearestInTile(world: Traceable, tiles: Tiles, tile: number, guess: number): number {
  const { solids } = world;
  const { shape, bounds } = solids;
  const { solid, entry } = tiles;
  const ox = ray[0];
  const oy = ray[1];
  const oz = ray[2];
  const ix = ray[3] === 0 ? STEEP : 1 / ray[3];
  const iy = ray[4] === 0 ? STEEP : 1 / ray[4];
  const iz = ray[5] === 0 ? STEEP : 1 / ray[5];
  const sx = ix < 0 ? 3 : 0;
  const sy = iy < 0 ? 4 : 1;
  const sz = iz < 0 ? 5 : 2;
  let nearest = entered[0];
  let found = -1;
  const start = tiles.start[tile];
  const end = tiles.start[tile + 1];
  for (let i = start - 1; i < end; i++) {
    if (i >= start && entry[i] >= nearest) break;
    const candidate = i < start ? guess : solid[i];
    if (candidate < 0) continue;
    if (shape[candidate] === ALIGNED_BOX) {
      const t = enterBox(bounds, candidate * 6, ox, oy, oz, ix, iy, iz, sx, sy, sz, nearest);
      if (!(t > 0 && t < nearest)) continue;
      nearest = t;
    } else {
      entered[0] = nearest;
      if (!enterSolid(solids, candidate)) continue;
      nearest = entered[0];
    }
    found = candidate;
  }
  entered[0] = nearest;
  return found;
}

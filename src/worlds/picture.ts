import type { Camera } from './camera.ts';
import { entered, ray } from './enter.ts';
import { aimer, FARTHEST_M, type GeometryMaps } from './geometry.ts';
import { gatherLight, type LightMaps } from './lighting.ts';
import { fillSpot, newSpot, shade } from './shade.ts';
import { nearestInTile, tileAt } from './tiles.ts';
import type { Sky, World } from './world.ts';

/** Four places in a pixel, on a turned grid, for those pixels that an edge runs through. */
const EDGE_X = [-0.375, 0.125, 0.375, -0.125];
const EDGE_Y = [-0.125, -0.375, 0.125, 0.375];

/** Edges fainter than this, in tones of the finished picture (0..1), need no smoothing. */
const FAINT = 0.035;

/**
 * The linear picture, [height, width, 3]. The centre ray's colour is taken (textures fade by themselves); where two
 * solids of visibly different tone meet, four more rays are averaged instead. Depth, labels and normals stay those of
 * the centre ray.
 */
export function renderPicture(world: World, camera: Camera, geometry: GeometryMaps): Float32Array {
  const { width, height } = camera;
  const painter = makePainter(world, camera, geometry, gatherLight(world, camera, geometry));
  const centre = new Float32Array(width * height * 3);
  const { colour } = painter;
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++) {
      entered[0] = geometry.depthM[i];
      painter.paint(column, row, geometry.solid[i]);
      centre[3 * i] = colour[0];
      centre[3 * i + 1] = colour[1];
      centre[3 * i + 2] = colour[2];
    }
  const radiance = centre.slice();
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++) {
      if (!isEdge(geometry.solid, centre, i, column, row, width, height)) continue;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let n = 0; n < 4; n++) {
        const x = column + EDGE_X[n];
        const y = row + EDGE_Y[n];
        const solid = painter.trace(x, y, geometry.solid[i]);
        // Mostly the ray meets what a neighbour shows: its colour will do, and nothing need be lit again.
        const shown = shownBy(geometry.solid, solid, i, column, row, width, height);
        if (shown < 0) painter.paint(x, y, solid);
        else for (let c = 0; c < 3; c++) colour[c] = centre[3 * shown + c];
        // A glaring window must not eat up the edge of what stands before it.
        red += Math.min(colour[0], 3);
        green += Math.min(colour[1], 3);
        blue += Math.min(colour[2], 3);
      }
      radiance[3 * i] = red / 4;
      radiance[3 * i + 1] = green / 4;
      radiance[3 * i + 2] = blue / 4;
    }
  return radiance;
}

/** Covers what is far away with haze. A rational law stands in for the exponential, which platforms compute differently. */
function veil({ haze, hazeHalfM }: Sky, distanceM: number, colour: Float64Array): void {
  const share = (distanceM * distanceM) / (distanceM * distanceM + hazeHalfM * hazeHalfM);
  for (let c = 0; c < 3; c++) colour[c] += (haze[c] - colour[c]) * share;
}

/** Does a neighbour show another solid of visibly different tone? */
function isEdge(
  solids: Int32Array,
  radiance: Float32Array,
  i: number,
  column: number,
  row: number,
  width: number,
  height: number,
): boolean {
  const solid = solids[i];
  return (
    (column > 0 && solids[i - 1] !== solid && isVisible(radiance, i, i - 1)) ||
    (column + 1 < width && solids[i + 1] !== solid && isVisible(radiance, i, i + 1)) ||
    (row > 0 && solids[i - width] !== solid && isVisible(radiance, i, i - width)) ||
    (row + 1 < height && solids[i + width] !== solid && isVisible(radiance, i, i + width))
  );
}

function isVisible(radiance: Float32Array, i: number, other: number): boolean {
  for (let c = 0; c < 3; c++) {
    const step = tone(radiance[3 * i + c]) - tone(radiance[3 * other + c]);
    if (step > FAINT || step < -FAINT) return true;
  }
  return false;
}

/** Roughly as bright as in the finished picture, 0..1. */
const tone = (radiance: number): number => Math.sqrt(radiance / (0.6 + radiance));

/** The pixel itself or one of its four neighbours, whichever shows the solid; -1 if none does. */
function shownBy(
  solids: Int32Array,
  solid: number,
  i: number,
  column: number,
  row: number,
  width: number,
  height: number,
): number {
  if (solids[i] === solid) return i;
  if (column > 0 && solids[i - 1] === solid) return i - 1;
  if (column + 1 < width && solids[i + 1] === solid) return i + 1;
  if (row > 0 && solids[i - width] === solid) return i - width;
  if (row + 1 < height && solids[i + width] === solid) return i + width;
  return -1;
}

/** Finds colours along camera rays; `colour` holds the last one. */
function makePainter(world: World, camera: Camera, { tiles }: GeometryMaps, light: LightMaps) {
  const spot = newSpot();
  const colour = new Float64Array(3);
  const aim = aimer(camera);
  const { fxPx } = camera;

  /** What lies on `solid` in the ray through (column, row), at the z-depth that `entered` holds. */
  const paint = (column: number, row: number, solid: number): void => {
    if (solid < 0 && !world.sky) {
      colour.fill(0);
      return;
    }
    aim(column, row);
    const dx = ray[3];
    const dy = ray[4];
    const dz = ray[5];
    const t = entered[0];
    const inverse = 1 / Math.sqrt(dx * dx + dy * dy + dz * dz);
    if (solid < 0) {
      world.sky?.radiance(dx * inverse, dy * inverse, dz * inverse, colour);
      return;
    }
    spot.x = ray[0] + dx * t;
    spot.y = ray[1] + dy * t;
    spot.z = ray[2] + dz * t;
    spot.dx = dx * inverse;
    spot.dy = dy * inverse;
    spot.dz = dz * inverse;
    spot.footprintM = t / fxPx;
    fillSpot(world, solid, spot);
    shade(world, solid, spot, light, column, row, colour);
    if (world.sky) veil(world.sky, t / inverse, colour);
  };

  /** The solid that the ray through (column, row) meets; its z-depth is then in `entered`. */
  const trace = (column: number, row: number, guess: number): number => {
    aim(column, row);
    entered[0] = FARTHEST_M;
    return nearestInTile(world, tiles, tileAt(tiles, column, row), guess);
  };
  return { colour, paint, trace };
}

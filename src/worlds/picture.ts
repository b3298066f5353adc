import type { Camera } from './camera.ts';
import { FARTHEST_M, type GeometryMaps } from './geometry.ts';
import { gatherLight, type LightMaps } from './lighting.ts';
import { fillSpot, newSpot, shade } from './shade.ts';
import { nearestInTile, type Tiles } from './tiles.ts';
import type { World } from './world.ts';

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
  const painter = makePainter(world, camera, geometry.tiles, gatherLight(world, camera, geometry));
  const centre = new Float32Array(width * height * 3);
  const { colour } = painter;
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++) {
      painter.paint(column, row, geometry.solid[i], geometry.depthM[i]);
      centre[3 * i] = colour[0];
      centre[3 * i + 1] = colour[1];
      centre[3 * i + 2] = colour[2];
    }
  const tones = centre.map((value) => Math.sqrt(value / (0.6 + value)));
  const radiance = Float32Array.from(centre);
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++) {
      const differs = (other: number) => geometry.solid[other] !== geometry.solid[i] && isVisible(tones, i, other);
      if (
        !(
          (column > 0 && differs(i - 1)) ||
          (column + 1 < width && differs(i + 1)) ||
          (row > 0 && differs(i - width)) ||
          (row + 1 < height && differs(i + width))
        )
      )
        continue;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let n = 0; n < 4; n++) {
        const x = column + EDGE_X[n];
        const y = row + EDGE_Y[n];
        const solid = painter.trace(x, y, geometry.solid[i]);
        // Mostly the ray meets what a neighbour shows: its colour will do, and nothing need be lit again.
        const shown = shownBy(geometry.solid, solid, i, column, row, width, height);
        if (shown < 0) painter.paint(x, y, solid, world.hitT);
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

function isVisible(tones: Float32Array, i: number, other: number): boolean {
  for (let c = 0; c < 3; c++) if (Math.abs(tones[3 * i + c] - tones[3 * other + c]) > FAINT) return true;
  return false;
}

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
function makePainter(world: World, camera: Camera, tiles: Tiles, light: LightMaps) {
  const spot = newSpot();
  const colour = new Float64Array(3);
  const { cxPx, cyPx, fxPx, fyPx, pose } = camera;
  const [xx, xy, xz] = pose.x;
  const [yx, yy, yz] = pose.y;
  const [zx, zy, zz] = pose.z;
  const [ox, oy, oz] = pose.o;

  /** What lies on `solid` at z-depth `t` in the ray through (column, row). */
  const paint = (column: number, row: number, solid: number, t: number): void => {
    if (solid < 0) {
      colour.fill(0);
      return;
    }
    const a = (column - cxPx) / fxPx;
    const b = (row - cyPx) / fyPx;
    const dx = xx * a + yx * b + zx;
    const dy = xy * a + yy * b + zy;
    const dz = xz * a + yz * b + zz;
    const inverse = 1 / Math.sqrt(1 + a * a + b * b);
    spot.x = ox + dx * t;
    spot.y = oy + dy * t;
    spot.z = oz + dz * t;
    spot.dx = dx * inverse;
    spot.dy = dy * inverse;
    spot.dz = dz * inverse;
    fillSpot(world, solid, t / fxPx, spot);
    shade(world, solid, spot, light, column, row, colour);
  };

  const trace = (column: number, row: number, guess: number): number => {
    const a = (column - cxPx) / fxPx;
    const b = (row - cyPx) / fyPx;
    const dx = xx * a + yx * b + zx;
    const dy = xy * a + yy * b + zy;
    const dz = xz * a + yz * b + zz;
    return nearestInTile(world, tiles, column, row, ox, oy, oz, dx, dy, dz, FARTHEST_M, guess);
  };
  return { colour, paint, trace };
}

import { type Camera, lookAt } from '../camera.ts';
import { place } from '../frame.ts';
import { traceGeometry } from '../geometry.ts';
import { type Material, material } from '../material.ts';
import { renderPicture } from '../picture.ts';
import { sidewalkAt } from './layout.ts';
import { buildStreet } from './street.ts';

/** A wide picture: 60 degrees to either side, 37 up and down. */
const WIDTH = 432;
const HEIGHT = 188;
const FOCAL_PX = 125;
const MOST_RADIANCE = 2.5;

/**
 * A street as it is seen out of a window: from a front, across the road and some way along it. By direction alone, so
 * that it moves as an outside does when the camera moves. `daylight` scales its radiance.
 */
export function streetOutside(seed: number, daylight: number): Material {
  const { world, road, layout } = buildStreet(seed);
  const [, outer] = sidewalkAt(layout);
  const eye = place(road.frameAt(8), -outer - 0.3, 8, 2.4);
  const camera: Camera = {
    width: WIDTH,
    height: HEIGHT,
    fxPx: FOCAL_PX,
    fyPx: FOCAL_PX,
    cxPx: (WIDTH - 1) / 2,
    cyPx: (HEIGHT - 1) / 2,
    pose: lookAt(eye, place(road.frameAt(20), outer, 20, 2.6), 0),
  };
  const picture = renderPicture(world, camera, traceGeometry(world, camera));
  return material(
    [0.5, 0.5, 0.5],
    (s, out) => {
      // Seen from the pane: to the right, up, and straight out, against its normal.
      const ahead = Math.max(0.05, -(s.dx * s.nx + s.dy * s.ny + s.dz * s.nz));
      const right = (s.dy * s.nx - s.dx * s.ny) / ahead;
      const column = Math.min(WIDTH - 1.001, Math.max(0, camera.cxPx + FOCAL_PX * right));
      const row = Math.min(HEIGHT - 1.001, Math.max(0, camera.cyPx - (FOCAL_PX * s.dz) / ahead));
      const i = Math.floor(column);
      const j = Math.floor(row);
      const [fx, fy] = [column - i, row - j];
      for (let c = 0; c < 3; c++) {
        const at = 3 * (j * WIDTH + i) + c;
        const above = picture[at] * (1 - fx) + picture[at + 3] * fx;
        const below = picture[at + 3 * WIDTH] * (1 - fx) + picture[at + 3 * WIDTH + 3] * fx;
        out[c] = daylight * Math.min(MOST_RADIANCE, above * (1 - fy) + below * fy);
      }
    },
    { emits: true, gloss: 0.2, reflects: 0.03, infrared: 0 },
  );
}

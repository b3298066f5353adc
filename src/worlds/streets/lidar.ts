import { mix } from '../../core/random.ts';
import { RADIANS_PER_DEG, sineCosine } from '../angle.ts';
import type { Frame, Vec3 } from '../frame.ts';
import { fillSpot, newSpot } from '../shade.ts';
import { nearestHit } from '../trace.ts';
import type { World } from '../world.ts';
import { scannerDirection, scannerPlace, toWorld } from './rig.ts';

/** The scanner's 64 beams: an upper block of 32 at a third of a degree, a lower one at half a degree. */
const BEAMS = 64;
const elevationDeg = (beam: number): number => (beam < 32 ? 2 - beam / 3 : -8.83 - (beam - 32) * 0.515);
/** Ten turns a second. Only what the camera may see is scanned. */
const STEP_DEG = 0.1728;
const SIDE_DEG = 46;
const FARTHEST_M = 120;
const NOISE_M = 0.018;

/** Roughly normal with deviation 1. */
function bell(bits: number): number {
  const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
  return (sum - 510) / 147.8;
}

/**
 * One turn of the scanner, as far as it looks ahead: x, y, z, reflectance per point, in the scanner's coordinates (x
 * forward, y left, z up, metres), beam by beam from above, each from left to right. No echo from the sky, beyond 120 m,
 * or where too little light comes back: from glass, dark paint far away, grazing surfaces.
 */
export function scan(world: World, camera: Frame, seed: number): Float32Array {
  const steps = Math.floor((2 * SIDE_DEG) / STEP_DEG) + 1;
  const points = new Float32Array(BEAMS * steps * 4);
  const at = toWorld(camera, scannerPlace());
  const ox = camera.o[0] + at[0];
  const oy = camera.o[1] + at[1];
  const oz = camera.o[2] + at[2];
  const spot = newSpot();
  const azimuths = Array.from({ length: steps }, (_, i) => sineCosine((SIDE_DEG - i * STEP_DEG) * RADIANS_PER_DEG));
  let count = 0;
  let last = -1;
  for (let beam = 0; beam < BEAMS; beam++) {
    const [up, flat] = sineCosine(elevationDeg(beam) * RADIANS_PER_DEG);
    for (let i = 0; i < steps; i++) {
      const [left, ahead] = azimuths[i];
      const direction: Vec3 = [ahead * flat, left * flat, up];
      const [dx, dy, dz] = toWorld(camera, scannerDirection(direction));
      const solid = nearestHit(world, ox, oy, oz, dx, dy, dz, FARTHEST_M, last);
      last = solid;
      if (solid < 0) continue;
      const rangeM = world.hitT;
      spot.x = ox + dx * rangeM;
      spot.y = oy + dy * rangeM;
      spot.z = oz + dz * rangeM;
      spot.dx = dx;
      spot.dy = dy;
      spot.dz = dz;
      spot.footprintM = rangeM * 0.002;
      fillSpot(world, solid, spot);
      const facing = -(dx * spot.nx + dy * spot.ny + dz * spot.nz);
      const { infrared } = world.materials[world.solids.material[solid]];
      const bits = mix(mix(seed, beam), i);
      const echo = infrared * facing;
      if (echo * (1 + 0.25 * bell(bits)) < 0.012 + (0.05 * rangeM) / FARTHEST_M || (bits & 1023) < 12) continue;
      const measured = rangeM + NOISE_M * bell(mix(bits, 3));
      points[count] = direction[0] * measured;
      points[count + 1] = direction[1] * measured;
      points[count + 2] = direction[2] * measured;
      points[count + 3] = Math.round(Math.min(0.99, infrared * (0.25 + 0.5 * facing)) * 100) / 100;
      count += 4;
    }
  }
  return points.slice(0, count);
}

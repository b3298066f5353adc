import { mix, Random } from '../../core/random.ts';
import { cameraOfSize, KITTI, lookAt } from '../camera.ts';
import { type Frame, place } from '../frame.ts';
import { traceGeometry } from '../geometry.ts';
import { noise3 } from '../noise.ts';
import { STREET_LABELS } from './labels.ts';
import type { Street } from './street.ts';

/**
 * - `views`: every frame is another place of the street, one way and the other.
 * - `drive`: frames follow each other at 10 Hz along the right lane. Only the camera moves.
 */
export const STREET_PATHS = ['views', 'drive'] as const;
export type StreetPath = (typeof STREET_PATHS)[number];

/** A drive ends before the road does. */
export const MOST_DRIVE_FRAMES = 120;

const EYE_M = 1.65;
const CANDIDATES = 8;
/** Enough to see what a view shows. */
const PROBE = { width: 48, height: 15 };

/** The pose of a frame, camera to world. */
export function poseOf(street: Street, path: StreetPath, frame: number): Frame {
  const random = new Random(mix(street.seed ^ 0x6a09e667, path === 'views' ? frame : 0));
  if (path === 'drive') {
    const s = random.uniform(-6, 4) + frame * random.uniform(0.7, 1.25);
    const t = frame / 10;
    const sway = (axis: number, size: number) => size * noise3(t * 0.5, axis * 3.7, street.seed & 31);
    return pose(street, 1, s, sway(0, 0.12), sway(1, 0.4), sway(2, 0.12), sway(3, 0.003));
  }
  let best: Frame | undefined;
  let highest = -Infinity;
  for (let n = 0; n < CANDIDATES; n++) {
    const way = (frame & 1) === 0 ? 1 : -1;
    const s = way > 0 ? random.uniform(-12, 34) : random.uniform(60, 118);
    const candidate = pose(
      street,
      way,
      s,
      random.uniform(-0.3, 0.3),
      random.uniform(-1.6, 1.6),
      random.uniform(-0.3, 0.2),
      random.uniform(-0.006, 0.006),
    );
    const score = interest(street, candidate);
    if (score > highest) {
      highest = score;
      best = candidate;
    }
  }
  return best!;
}

/** In the right lane (as seen by who drives `way`), looking along the road at what is 22 m ahead. */
function pose(street: Street, way: number, s: number, aside: number, glance: number, nod: number, roll: number): Frame {
  const { road, layout } = street;
  // Where cars stand on the lane, one drives nearer to the middle.
  const x = way * ((layout.bays > 0 ? layout.lanes / 2 : 0.45) + aside);
  const ahead = s + way * 22;
  return lookAt(place(road.frameAt(s), x, s, EYE_M), place(road.frameAt(ahead), x + glance, ahead, EYE_M + nod), roll);
}

/** Some of every class, nothing that blocks the view. */
function interest(street: Street, pose: Frame): number {
  const { solid, depthM } = traceGeometry(street.world, cameraOfSize(KITTI, PROBE.width, PROBE.height, pose));
  const shares = new Map<number, number>();
  let near = 0;
  for (let i = 0; i < solid.length; i++) {
    const label = solid[i] < 0 ? STREET_LABELS.sky : street.world.solids.all[solid[i]].label;
    shares.set(label, (shares.get(label) ?? 0) + 1 / solid.length);
    if (solid[i] >= 0 && depthM[i] < 4 && label !== STREET_LABELS.road) near++;
  }
  let score = -(4 * near) / solid.length;
  for (const share of shares.values()) score += Math.min(share, 0.08);
  return score + 0.5 * Math.min(shares.get(STREET_LABELS.car) ?? 0, 0.1);
}

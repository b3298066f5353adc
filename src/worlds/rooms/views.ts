import { mix, Random } from '../../core/random.ts';
import { cameraOfSize, KINECT, lookAt } from '../camera.ts';
import type { Frame, Vec3 } from '../frame.ts';
import { traceGeometry } from '../geometry.ts';
import { noise3 } from '../noise.ts';
import { labelClasses, labelId } from './labels.ts';
import type { Room } from './room.ts';

/**
 * - `views`: every frame is another picture of the room, as in NYUDv2.
 * - `walk`: frames follow each other at 30 Hz, held by a hand that turns and sways around one good place.
 */
export const CAMERA_PATHS = ['views', 'walk'] as const;
export type CameraPath = (typeof CAMERA_PATHS)[number];

const CANDIDATES = 14;
/** Enough to see what a view shows. */
const PROBE = { width: 32, height: 24 };

interface View {
  readonly eye: Vec3;
  readonly target: Vec3;
}

/** The pose of a frame, camera to world. */
export function poseOf(room: Room, path: CameraPath, frame: number): Frame {
  const random = new Random(mix(room.seed ^ 0x3c6ef372, path === 'views' ? frame : 0));
  const roll = random.uniform(-0.022, 0.022);
  const quarter = (room.seed + (path === 'views' ? frame : 0)) & 3;
  const { eye, target } = bestView(room, random, quarter, path === 'walk' ? 0.4 : 0.22);
  if (path === 'views') return lookAt(eye, target, roll);
  const t = frame / 30;
  const sway = (axis: number, amplitude: number, perSecond: number): number =>
    amplitude * noise3(t * perSecond, axis * 3.7, room.seed & 31);
  return lookAt(
    [eye[0] + sway(0, 0.35, 0.35), eye[1] + sway(1, 0.35, 0.35), eye[2] + sway(2, 0.12, 0.5)],
    [target[0] + sway(3, 0.9, 0.3), target[1] + sway(4, 0.9, 0.3), target[2] + sway(5, 0.3, 0.4)],
    roll + sway(6, 0.015, 0.8),
  );
}

/** Of some random hand-held views, the one that shows the most; those towards `quarter` of the room are preferred. */
function bestView(room: Room, random: Random, quarter: number, marginM: number): View {
  const { w, d } = room.plan.size;
  let best: View | undefined;
  let highest = -Infinity;
  for (let attempt = 0, tried = 0; attempt < 400 && tried < CANDIDATES; attempt++) {
    const x = random.uniform(0.25, w - 0.25);
    const y = random.uniform(0.25, d - 0.25);
    // Where the floor is full, a tall person holds the camera over what stands there.
    if (attempt < 300 && !room.plan.isFree(x, y, marginM)) continue;
    const eye: Vec3 = [x, y, attempt < 300 ? random.uniform(1.15, 1.68) : 1.75];
    const target: Vec3 = [random.uniform(0.1, 0.9) * w, random.uniform(0.1, 0.9) * d, random.uniform(0.55, 1.2)];
    const apart = (target[0] - x) * (target[0] - x) + (target[1] - y) * (target[1] - y);
    if (apart < 1.6 * 1.6) continue;
    tried++;
    const score = interest(room, { eye, target }) + (quarterOf(target[0] - x, target[1] - y) === quarter ? 0.25 : 0);
    if (score > highest) {
      highest = score;
      best = { eye, target };
    }
  }
  return best ?? { eye: [w / 2, d / 2, 1.6], target: [0, 0, 0.8] };
}

/** 0 to 3: towards +x, +y, -x, -y. */
const quarterOf = (dx: number, dy: number): number => (Math.abs(dx) > Math.abs(dy) ? (dx > 0 ? 0 : 2) : dy > 0 ? 1 : 3);

const WINDOW = labelClasses[labelId('window') - 1];

/** Many classes with a fair share each, nothing that blocks the view, not all wall. */
function interest(room: Room, { eye, target }: View): number {
  const camera = cameraOfSize(KINECT, PROBE.width, PROBE.height, lookAt(eye, target, 0));
  const { solid, depthM } = traceGeometry(room.world, camera);
  const shares = new Float64Array(41);
  let near = 0;
  let depth = 0;
  for (let i = 0; i < solid.length; i++) {
    if (solid[i] < 0) continue;
    shares[labelClasses[room.world.solids.all[solid[i]].label - 1]] += 1 / solid.length;
    if (depthM[i] < 0.8) near++;
    depth += Math.min(depthM[i], 4) / solid.length;
  }
  let score = 0;
  for (const share of shares) score += Math.min(share, 0.06);
  const things = 1 - shares[1] - shares[2] - shares[22];
  // Where a street is to be seen through the windows, views should show it.
  if (room.outside === 'street') score += 3 * Math.min(shares[WINDOW], 0.25);
  return score + 0.5 * Math.min(things, 0.65) + 0.1 * depth - (2.5 * near) / solid.length;
}

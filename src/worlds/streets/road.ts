import type { Random } from '../../core/random.ts';
import { type Frame, moved, turned, WORLD } from '../frame.ts';

const STEP_M = 4;

/**
 * The middle line of a road, bent at every step. Places are given in road coordinates: x metres to the right of the
 * middle, s metres along it, z up.
 */
export class Road {
  readonly from: number;
  readonly to: number;
  /** Where each piece begins, and the frame in which road coordinates of the piece are coordinates. */
  readonly pieces: readonly { readonly from: number; readonly to: number; readonly frame: Frame }[];

  /** `bend(s)`: tangent of half the angle by which the road turns at s, to the left if positive. */
  constructor(from: number, to: number, bend: (s: number) => number) {
    this.from = from;
    this.to = to;
    // The world's origin is the road's at s = 0, so both halves are built from there.
    const ahead: { from: number; to: number; frame: Frame }[] = [];
    const behind: { from: number; to: number; frame: Frame }[] = [];
    let start = WORLD;
    for (let s = 0; s < to; s += STEP_M) {
      if (s > 0) start = turned(start, 'z', bend(s));
      ahead.push({ from: s, to: s + STEP_M, frame: moved(start, 0, -s, 0) });
      start = moved(start, 0, STEP_M, 0);
    }
    let end = WORLD;
    for (let s = 0; s > from; s -= STEP_M) {
      if (s < 0) end = turned(end, 'z', -bend(s));
      const begin = moved(end, 0, -STEP_M, 0);
      behind.push({ from: s - STEP_M, to: s, frame: moved(end, 0, -s, 0) });
      end = begin;
    }
    this.pieces = join([...behind.reverse(), ...ahead]);
  }

  /** The frame whose coordinates are road coordinates near s. */
  frameAt(s: number): Frame {
    const piece = this.pieces.find(({ to }) => s < to) ?? this.pieces[this.pieces.length - 1];
    return piece.frame;
  }
}

/** Straight stretches become one piece. */
function join(pieces: readonly { from: number; to: number; frame: Frame }[]) {
  const joined = [{ ...pieces[0] }];
  for (const piece of pieces.slice(1)) {
    const last = joined[joined.length - 1];
    if (piece.frame.y.every((v, k) => v === last.frame.y[k])) last.to = piece.to;
    else joined.push({ ...piece });
  }
  return joined;
}

/** Straight, a long bend, or two bends one way and the other; straight around a junction. */
export function drawRoad(random: Random, junction: number | undefined): Road {
  const kind = random.pick(['straight', 'straight', 'bend', 'bend', 'double']);
  const strength = random.uniform(0.006, 0.016) * (random.chance(0.5) ? 1 : -1);
  const at = random.uniform(20, 60);
  return new Road(-60, 260, (s) => {
    if (kind === 'straight' || (junction !== undefined && Math.abs(s - junction) < 28) || s < at) return 0;
    if (kind === 'bend') return strength;
    return s < at + 60 ? strength : -strength;
  });
}

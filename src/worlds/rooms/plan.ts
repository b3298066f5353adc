import type { Random } from '../../core/random.ts';
import { type Frame, moved, place, turned, WORLD } from '../frame.ts';

/** Lengths of the room inside its walls, metres. */
export interface RoomSize {
  readonly w: number;
  readonly d: number;
  readonly h: number;
}

interface Rectangle {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

const overlap = (a: Rectangle, b: Rectangle): boolean => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;

/** A wall seen from inside: x along it, y into the room, z up. */
export interface Wall {
  readonly frame: Frame;
  readonly length: number;
  /** What hangs or opens in it: from-to along the wall (x) and in height (y). */
  readonly taken: Rectangle[];
}

/** Where things stand: finds places along the walls and on the floor that are still free. */
export class Plan {
  readonly size: RoomSize;
  readonly walls: readonly Wall[];
  readonly #random: Random;
  readonly #standing: Rectangle[] = [];

  constructor(size: RoomSize, random: Random) {
    this.size = size;
    this.#random = random;
    const { w, d } = size;
    this.walls = [
      { frame: WORLD, length: w, taken: [] },
      { frame: { o: [w, 0, 0], x: [0, 1, 0], y: [-1, 0, 0], z: [0, 0, 1] }, length: d, taken: [] },
      { frame: { o: [w, d, 0], x: [-1, 0, 0], y: [0, -1, 0], z: [0, 0, 1] }, length: w, taken: [] },
      { frame: { o: [0, d, 0], x: [0, -1, 0], y: [1, 0, 0], z: [0, 0, 1] }, length: d, taken: [] },
    ];
  }

  /** Floor that nothing stands on, with a margin: for the camera. */
  isFree(x: number, y: number, margin: number): boolean {
    const here = { x0: x - margin, y0: y - margin, x1: x + margin, y1: y + margin };
    return this.#inside(here) && !this.#standing.some((other) => overlap(here, other));
  }

  /**
   * A place for something w wide, d deep and h high with its back to a wall, and `front` metres of free floor before
   * it. `walls` in order of preference. The frame's origin is the middle of its back.
   */
  againstWall(
    w: number,
    d: number,
    h: number,
    options: { front?: number; walls?: readonly number[]; gap?: number; side?: 'any' | 'corner' | 'middle' } = {},
  ): { frame: Frame; wall: number; along: number } | undefined {
    const { front = 0.4, gap = 0.02, side = 'any' } = options;
    const walls = options.walls ?? this.#random.shuffled([0, 1, 2, 3]);
    for (const index of walls) {
      const wall = this.walls[index];
      const room = wall.length - w - 0.06;
      if (room < 0) continue;
      for (let attempt = 0; attempt < 10; attempt++) {
        const corner = attempt & 1 ? room : 0;
        const share = side === 'middle' && attempt < 4 ? this.#random.uniform(0.4, 0.6) : this.#random.uniform();
        const along = 0.03 + w / 2 + (side === 'corner' && attempt < 6 ? corner : room * share);
        if (wall.taken.some((t) => t.y0 < h && t.x0 < along + w / 2 && along - w / 2 < t.x1)) continue;
        const frame = moved(wall.frame, along, gap, 0);
        const box = floorBox(frame, w, d);
        if (!this.#fits(box) || !this.#fits(floorBox(moved(frame, 0, d, 0), w * 0.7, front))) continue;
        this.#standing.push(box);
        wall.taken.push({ x0: along - w / 2, x1: along + w / 2, y0: 0, y1: h });
        return { frame, wall: index, along };
      }
    }
    return undefined;
  }

  /** A place on the open floor, near the middle; the origin is the middle of its back, which looks along -y. */
  onFloor(w: number, d: number, turn = true): Frame | undefined {
    for (let attempt = 0; attempt < 24; attempt++) {
      const spread = 0.12 + attempt * 0.015;
      const x = this.size.w * this.#random.uniform(0.5 - spread, 0.5 + spread);
      const y = this.size.d * this.#random.uniform(0.5 - spread, 0.5 + spread);
      const across = turn && this.#random.chance(0.5);
      const centre = moved(WORLD, x, y, 0);
      const frame = moved(across ? turned(centre, 'z', 1) : centre, 0, -d / 2, 0);
      const box = floorBox(frame, w, d);
      if (!this.#fits(box)) continue;
      this.#standing.push(box);
      return frame;
    }
    return undefined;
  }

  /** Claims the floor of something that stands beside another thing, if it is free. */
  claim(frame: Frame, w: number, d: number): boolean {
    const box = floorBox(frame, w, d);
    if (!this.#fits(box)) return false;
    this.#standing.push(box);
    return true;
  }

  /** Keeps floor clear, e.g. where a door swings, without putting anything there. */
  keepClear(frame: Frame, w: number, d: number): void {
    this.#standing.push(floorBox(frame, w, d));
  }

  /** A free patch of wall between heights z0 and z0 + h for something that hangs; origin: the middle of its lower edge. */
  onWall(
    w: number,
    h: number,
    z0: number,
    walls?: readonly number[],
    margin = 0.06,
  ): { frame: Frame; wall: number } | undefined {
    for (const index of walls ?? this.#random.shuffled([0, 1, 2, 3])) {
      const wall = this.walls[index];
      const room = wall.length - w - 0.2;
      if (room < 0) continue;
      for (let attempt = 0; attempt < 8; attempt++) {
        const along = 0.1 + w / 2 + this.#random.uniform() * room;
        const patch = { x0: along - w / 2 - margin, x1: along + w / 2 + margin, y0: z0 - margin, y1: z0 + h + margin };
        if (wall.taken.some((t) => overlap(patch, t))) continue;
        wall.taken.push(patch);
        return { frame: moved(wall.frame, along, 0, z0), wall: index };
      }
    }
    return undefined;
  }

  #inside({ x0, y0, x1, y1 }: Rectangle): boolean {
    return x0 >= 0 && y0 >= 0 && x1 <= this.size.w && y1 <= this.size.d;
  }

  #fits(box: Rectangle): boolean {
    return this.#inside(box) && !this.#standing.some((other) => overlap(box, other));
  }
}

/** The floor that a thing covers; for turned things, their bounding rectangle. */
function floorBox(frame: Frame, w: number, d: number): Rectangle {
  const corners = [
    place(frame, -w / 2, 0, 0),
    place(frame, w / 2, 0, 0),
    place(frame, -w / 2, d, 0),
    place(frame, w / 2, d, 0),
  ];
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}

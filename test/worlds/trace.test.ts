import { describe, expect, it } from 'vitest';
import { Random } from '../../src/core/random.ts';
import { buildBvh } from '../../src/worlds/bvh.ts';
import { turned, unit, type Vec3, WORLD } from '../../src/worlds/frame.ts';
import {
  BOX,
  CUSHION,
  CYLINDER,
  ELLIPSOID,
  flatten,
  LEAFY,
  type Shape,
  type Solid,
  TRUNCATED,
} from '../../src/worlds/solids.ts';
import { newSurface, surfaceAt } from '../../src/worlds/surface.ts';
import { nearestHit, occluder, type Traceable } from '../../src/worlds/trace.ts';

const solid = (shape: Shape, o: Vec3, half: Vec3, shaping = 0, frame = WORLD, lean = 0): Solid => ({
  shape,
  frame: { ...frame, o },
  half,
  shaping,
  lean,
  material: 0,
  label: 1,
  instance: 0,
  textureOffset: [0, 0, 0],
  castsShadow: true,
});

function traceable(all: readonly Solid[]): Traceable {
  const solids = flatten(all);
  return { solids, bvh: buildBvh(solids), hitT: 0 };
}

const shapes: readonly Shape[] = [BOX, ELLIPSOID, CYLINDER, CUSHION, TRUNCATED];

function heap(random: Random, count: number): Solid[] {
  return Array.from({ length: count }, () => {
    const shape = random.pick(shapes);
    const o: Vec3 = [random.uniform(-3, 3), random.uniform(-3, 3), random.uniform(-3, 3)];
    const half: Vec3 = [random.uniform(0.05, 0.8), random.uniform(0.05, 0.8), random.uniform(0.05, 0.8)];
    const frame = random.chance(0.5)
      ? WORLD
      : turned(turned(WORLD, 'z', random.uniform(-1, 1)), 'x', random.uniform(-1, 1));
    const shaping =
      shape === CUSHION ? random.uniform(0.35, 1) : shape === TRUNCATED ? random.uniform() : random.uniform(-0.9, 0.9);
    return solid(shape, o, half, shaping, frame, shape === TRUNCATED ? random.uniform() : 0);
  });
}

/** Is a world point inside? The definition of each shape, not the way in which rays are cut with it. */
function isInside({ shape, frame, half, shaping, lean = 0 }: Solid, p: Vec3): boolean {
  const r = [p[0] - frame.o[0], p[1] - frame.o[1], p[2] - frame.o[2]];
  const [u, v, w] = [frame.x, frame.y, frame.z].map((a, i) => (r[0] * a[0] + r[1] * a[1] + r[2] * a[2]) / half[i]);
  if (shape !== ELLIPSOID && Math.abs(w) > 1) return false;
  if (shape === ELLIPSOID) return u * u + v * v + w * w <= 1;
  if (shape === CYLINDER) return u * u + v * v <= (1 + shaping * w) * (1 + shaping * w);
  if (shape === TRUNCATED) return Math.abs(u) <= 1 - (shaping * (1 + w)) / 2 && Math.abs(v) <= 1 - (lean * (1 + w)) / 2;
  return Math.abs(u) <= 1 && Math.abs(v) <= 1 && (shape === BOX || shaping * (u * u + v * v + w * w) <= 1);
}

describe('rays and single solids, in closed form', () => {
  it('meets a box, a ball, a cylinder and a frustum where geometry says', () => {
    const at = (s: Solid, ox: number, oz: number) => {
      const world = traceable([s]);
      return nearestHit(world, ox, -5, oz, 0, 1, 0, 100) < 0 ? undefined : world.hitT;
    };
    expect(at(solid(BOX, [0, 0, 0], [1, 1, 1]), 0.5, 0.5)).toBe(4);
    expect(at(solid(ELLIPSOID, [0, 0, 0], [1, 1, 1]), 0.6, 0)).toBeCloseTo(5 - 0.8, 12);
    expect(at(solid(ELLIPSOID, [0, 0, 0], [1, 2, 1]), 0, 0)).toBeCloseTo(3, 12);
    expect(at(solid(CYLINDER, [0, 0, 0], [1, 1, 1]), 0.6, 0.9)).toBeCloseTo(5 - 0.8, 12);
    // Half way up, a frustum of taper 0.5 has the radius 1.25.
    expect(at(solid(CYLINDER, [0, 0, 0], [1, 1, 1], 0.5), 0, 0.5)).toBeCloseTo(5 - 1.25, 12);
    expect(at(solid(BOX, [0, 0, 0], [1, 1, 1]), 1.5, 0)).toBeUndefined();
  });

  it('meets a gable roof on its slopes, its ends and its ridge', () => {
    const roof = traceable([solid(TRUNCATED, [0, 0, 0], [2, 3, 1], 1, WORLD, 0)]);
    // From the left at half height, the slope is half way in; from the front, the gable stands upright.
    expect(nearestHit(roof, -10, 0, 0, 1, 0, 0, 100)).toBe(0);
    expect(roof.hitT).toBeCloseTo(9, 12);
    expect(nearestHit(roof, 0.5, -10, 0, 0, 1, 0, 100)).toBe(0);
    expect(roof.hitT).toBeCloseTo(7, 12);
    expect(nearestHit(roof, 1.5, -10, 0, 0, 1, 0, 100)).toBe(-1);
    expect(nearestHit(roof, 0.2, 1, 10, 0, 0, -1, 100)).toBe(0);
    expect(roof.hitT).toBeCloseTo(9.2, 12);
  });

  it('finds leaves inside their bounds only, never inside itself, and gaps among them', () => {
    for (const shaping of [0.6, -0.2]) {
      const world = traceable([solid(LEAFY, [0, 0, 0], [2, 1.5, 2], shaping, WORLD, 0.6)]);
      const random = new Random(8);
      const depths: number[] = [];
      for (let n = 0; n < 500; n++) {
        const d = unit([random.uniform(-0.2, 0.2), 1, random.uniform(-0.2, 0.2)]);
        if (nearestHit(world, random.uniform(-1, 1), -8, random.uniform(-1, 1), ...d, 100) < 0) continue;
        depths.push(world.hitT);
        const at = newSurface();
        expect(world.hitT).toBeGreaterThan(5.5);
        at.y = -8 + d[1] * world.hitT;
        expect(Math.abs(at.y)).toBeLessThanOrEqual(1.5);
      }
      expect(depths.length).toBeGreaterThan(250);
      expect(Math.max(...depths) - Math.min(...depths)).toBeGreaterThan(0.2);
    }
  });

  it('sees into a lamp shade from above: the steep case of a frustum', () => {
    const world = traceable([solid(CYLINDER, [0, 0, 0], [1, 1, 1], -0.5)]);
    expect(nearestHit(world, 0.2, 0, 5, 0, 0, -1, 100)).toBe(0);
    expect(world.hitT).toBeCloseTo(4, 12);
    // Outside the narrow top, inside the wide foot: the slanted side is met. Radius 1 at z = 0.
    expect(nearestHit(world, 1, 0, 5, 0, 0, -1, 100)).toBe(0);
    expect(world.hitT).toBeCloseTo(5, 12);
  });

  it('passes a solid that the ray starts in', () => {
    for (const shape of shapes) {
      const world = traceable([solid(shape, [0, 0, 0], [1, 1, 1], shape === CUSHION ? 0.5 : 0)]);
      expect(nearestHit(world, 0, 0, 0, 0.3, 0.5, 0.7, 100)).toBe(-1);
    }
  });
});

describe('the tree', () => {
  const random = new Random(4);
  const all = heap(random, 90);
  const world = traceable(all);

  it('finds what walking along the ray finds', () => {
    let met = 0;
    for (let n = 0; n < 60; n++) {
      const o: Vec3 = [random.uniform(-6, 6), random.uniform(-6, 6), 7];
      const d = unit([random.uniform(-3, 3) - o[0], random.uniform(-3, 3) - o[1], random.uniform(-3, 3) - o[2]]);
      const point = (t: number): Vec3 => [o[0] + d[0] * t, o[1] + d[1] * t, o[2] + d[2] * t];
      const hit = nearestHit(world, ...o, ...d, 30);
      const end = hit < 0 ? 14 : world.hitT - 1e-6;
      let passed = false;
      for (let t = 4; t < end && !passed; t += 0.01) passed = all.some((s) => isInside(s, point(t)));
      expect(passed).toBe(false);
      if (hit < 0) continue;
      met++;
      expect(isInside(all[hit], point(world.hitT + 1e-7))).toBe(true);
    }
    expect(met).toBeGreaterThan(30);
  });

  it('gives the same answer with any guess, and shadows agree with hits', () => {
    let last = -1;
    for (let n = 0; n < 3000; n++) {
      const o = [random.uniform(-6, 6), random.uniform(-6, 6), random.uniform(5, 7)] as const;
      const d = [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-2, 0.2)] as const;
      const plain = nearestHit(world, ...o, ...d, 10);
      const t = world.hitT;
      expect(nearestHit(world, ...o, ...d, 10, n % all.length)).toBe(plain);
      expect(world.hitT).toBe(t);
      last = occluder(world, ...o, ...d, 10, last);
      expect(last >= 0).toBe(plain >= 0);
    }
  });

  it('gives normals of length 1 that point out of the solid, against the ray', () => {
    const at = newSurface();
    for (let n = 0; n < 3000; n++) {
      const o = [random.uniform(-6, 6), random.uniform(-6, 6), 7] as const;
      const d = unit([random.uniform(-3, 3) - o[0], random.uniform(-3, 3) - o[1], -7]);
      const hit = nearestHit(world, ...o, ...d, 30);
      if (hit < 0) continue;
      at.x = o[0] + d[0] * world.hitT;
      at.y = o[1] + d[1] * world.hitT;
      at.z = o[2] + d[2] * world.hitT;
      surfaceAt(world.solids, hit, at);
      expect(at.nx * at.nx + at.ny * at.ny + at.nz * at.nz).toBeCloseTo(1, 12);
      expect(at.nx * d[0] + at.ny * d[1] + at.nz * d[2]).toBeLessThan(1e-6);
      const beside = (step: number): Vec3 => [at.x + at.nx * step, at.y + at.ny * step, at.z + at.nz * step];
      expect(isInside(all[hit], beside(1e-5))).toBe(false);
    }
  });
});

import type { Part } from '../build.ts';
import { type Material, material, type Rgb, write } from '../material.ts';
import { draw } from '../palette.ts';
import { paint, plastic } from '../textures/plain.ts';
import { type Kit, put } from './kit.ts';

/** A lamp post whose arm reaches along local y. */
export function lampPost(part: Part, kit: Kit): void {
  const p = put(part, 'pole', 0, 0, 0);
  p.cylinder(0, 0, -0.1, 0.2, 0.2, 1.1, kit.metal, -0.1);
  p.cylinder(0, 0, 0.9, 0.13, 0.13, 6.2, kit.metal, -0.25);
  p.bar('y', 0, 0.8, 7, 1.7, 0.07, kit.metal);
  p.cushion(0, 1.75, 6.93, 0.26, 0.7, 0.14, kit.metal, 0.45);
  p.box(0, 1.75, 6.91, 0.18, 0.5, 0.03, plastic([0.7, 0.7, 0.66], 0.5));
}

const red: Rgb = [0.5, 0.02, 0.025];
const white: Rgb = [0.75, 0.75, 0.74];
const blue: Rgb = [0.02, 0.1, 0.42];

/** Faces of traffic signs, seen from local -y. */
const FACES: readonly Material[] = [
  // No entry, speed limit, priority road, parking.
  material([0.5, 0.1, 0.1], (s, out) =>
    write(out, s.u * s.u + s.v * s.v > 0.9 || (Math.abs(s.v) < 0.17 && Math.abs(s.u) < 0.7) ? white : red, 1),
  ),
  material([0.6, 0.4, 0.4], (s, out) => {
    const digit = Math.abs(s.v) < 0.36 && Math.abs(Math.abs(s.u) - 0.3) < 0.2 && Math.abs(Math.abs(s.u) - 0.3) > 0.07;
    write(out, s.u * s.u + s.v * s.v > 0.6 ? red : digit ? [0.02, 0.02, 0.02] : white, 1);
  }),
  material([0.05, 0.1, 0.4], (s, out) => {
    const arrow = Math.abs(s.u) < 0.12 || (s.v > 0.1 && Math.abs(Math.abs(s.u) - (0.75 - s.v)) < 0.14);
    write(out, s.u * s.u + s.v * s.v < 0.55 && arrow ? white : blue, 1);
  }),
];
const plateFace = material([0.1, 0.15, 0.4], (s, out) => {
  const stem = Math.abs(s.u + 0.2) < 0.12 && Math.abs(s.w) < 0.65;
  const bow = (s.u - 0.02) * (s.u - 0.02) * 4 + (s.w - 0.3) * (s.w - 0.3) * 7;
  const letter = stem || (bow < 0.95 && bow > 0.3 && s.u > -0.3);
  write(out, Math.abs(s.u) > 0.9 || Math.abs(s.w) > 0.9 || letter ? white : blue, 1);
});

/** A traffic sign that looks along local -y. */
export function trafficSign(part: Part, kit: Kit): void {
  const { random } = kit;
  put(part, 'pole', 0, 0, 0).cylinder(0, 0, -0.1, 0.06, 0.06, 2.9, kit.metal);
  const face = put(part, 'sign', 0, -0.05, 0);
  const z = 2.3;
  if (random.chance(0.3)) {
    face.box(0, 0, z - 0.1, 0.62, 0.02, 0.62, plateFace);
    return;
  }
  face.tilted(0, 0, z + 0.25, 'x', 1).cylinder(0, 0, 0, 0.64, 0.64, 0.02, random.pick(FACES));
  if (random.chance(0.35)) face.box(0, 0, z - 0.42, 0.5, 0.02, 0.24, plastic([0.7, 0.7, 0.68], 0.1));
}

/** A person who stands or walks. */
export function person(part: Part, kit: Kit): void {
  const { random } = kit;
  const p = put(part, 'person', 0, 0, 0, random.uniform(-2, 2));
  const tall = random.uniform(0.92, 1.06);
  const coat = paint(draw(random, 'strong', 'strong', 'dark', 'pale'), 0);
  const trousers = paint(draw(random, 'dark', 'dark', 'muted'), 0);
  const skin = paint(
    random.pick<Rgb>([
      [0.55, 0.36, 0.27],
      [0.3, 0.18, 0.12],
      [0.62, 0.45, 0.36],
    ]),
    0,
  );
  const stride = random.uniform(0.02, 0.14);
  for (const side of [-1, 1]) {
    p.tilted(side * 0.09, side * stride * 1.4, 0, 'x', side * stride).cylinder(
      0,
      0,
      0,
      0.15,
      0.17,
      0.86 * tall,
      trousers,
      0.15,
    );
    p.tilted(side * 0.25, 0, 0.82 * tall, 'x', -side * stride).cylinder(0, 0, 0, 0.09, 0.1, 0.6 * tall, coat, 0.15);
  }
  p.cylinder(0, 0, 0.8 * tall, 0.42, 0.25, 0.66 * tall, coat, 0.08);
  p.ellipsoid(0, 0, 1.47 * tall, 0.19, 0.22, 0.26, skin);
  p.ellipsoid(0, -0.02, 1.58 * tall, 0.2, 0.23, 0.17, paint(draw(random, 'dark', 'wood'), 0));
}

/** Bins put out, a bollard, a cabinet of the electricity works. */
export function oddment(part: Part, kit: Kit): void {
  const { random } = kit;
  const p = put(part, 'static', 0, 0, 0, random.uniform(-0.2, 0.2));
  const kind = random.integer(0, 2);
  if (kind === 0) {
    const skin = plastic(draw(random, 'dark', 'strong', 'muted'), 0.2);
    p.box(0, 0, 0.06, 0.56, 0.6, 0.98, skin);
    p.tilted(0, 0, 1.04, 'x', 0.05).box(0, 0, 0, 0.62, 0.66, 0.06, skin);
  } else if (kind === 1) {
    p.cylinder(0, 0, 0, 0.12, 0.12, 0.95, kit.metal);
    p.ellipsoid(0, 0, 0.9, 0.14, 0.14, 0.12, kit.metal);
  } else {
    p.box(
      0,
      0,
      0,
      0.9,
      0.36,
      1.15,
      paint(
        random.pick<Rgb>([
          [0.4, 0.41, 0.4],
          [0.2, 0.27, 0.2],
          [0.5, 0.48, 0.42],
        ]),
        0.1,
      ),
    );
    p.box(0, 0, 1.15, 0.96, 0.42, 0.06, kit.concrete);
  }
}

import type { Part } from '../../build.ts';
import { draw } from '../../palette.ts';
import { paint, plastic } from '../../textures/plain.ts';
import { page, scribbled } from '../../textures/printed.ts';
import { cloth, type Kit, put } from '../kit.ts';
import { drawers } from './bedroom.ts';
import { box, clutter } from './small.ts';

export function whiteboard(part: Part, kit: Kit, w: number, h: number): void {
  const b = put(part, 'whiteboard', 0, 0.002, 0);
  b.box(0, 0.009, 0, w, 0.018, h, scribbled(kit.random.bits() & 0xfff));
  for (const z of [-0.02, h]) b.box(0, 0.012, z, w + 0.04, 0.024, 0.02, kit.metal);
  for (const s of [-1, 1]) b.box(s * (w / 2 + 0.01), 0.012, 0, 0.02, 0.024, h, kit.metal);
  b.box(0, 0.045, -0.03, w * 0.5, 0.07, 0.012, kit.metal);
  for (let i = 0; i < 3; i++)
    b.bar('x', -0.2 + i * 0.17, 0.045, -0.012, 0.12, 0.016, plastic(draw(kit.random, 'strong'), 0.4));
}

/** Sheets and notes pinned to the wall around a place. */
export function pinned(part: Part, kit: Kit, w: number, h: number): void {
  const { random } = kit;
  for (let x = -w / 2 + 0.12; x < w / 2 - 0.1; x += 0.26)
    for (let z = 0.05; z < h - 0.25; z += 0.34) {
      if (random.chance(0.35)) continue;
      const p = put(part, 'paper', x + random.uniform(-0.02, 0.02), 0.003, z + random.uniform(-0.02, 0.02));
      p.tilted(0, 0, 0, 'y', random.uniform(-0.03, 0.03)).box(
        0,
        0,
        0,
        0.21,
        0.002,
        0.29,
        page(draw(random, 'pale', 'pale', 'strong'), random.bits() & 0xfff),
      );
    }
}

/** A metal cabinet for files, or a low cupboard. */
export function cabinet(part: Part, kit: Kit, w: number, h: number): void {
  const d = 0.45;
  const c = put(part, 'cabinet', 0, 0, 0);
  const filing = w < 0.6;
  c.box(0, d / 2, 0.04, w, d, h - 0.06, filing ? kit.front[2] : kit.wood[2]);
  c.box(0, d / 2, 0, w - 0.04, d - 0.04, 0.05, kit.dark);
  c.box(0, d / 2 + 0.01, h - 0.022, w + 0.01, d + 0.025, 0.024, kit.wood[0]);
  if (filing) drawers(c, kit, 0, d, 0.06, w - 0.02, h - 0.1, Math.max(2, Math.round(h / 0.33)));
  else {
    const doors = Math.round(w / 0.45);
    for (let i = 0; i < doors; i++) {
      const x = -w / 2 + (w * (i + 0.5)) / doors;
      c.box(x, d + 0.008, 0.06, w / doors - 0.012, 0.018, h - 0.1, kit.front[2]);
      c.cylinder(x + (i & 1 ? -1 : 1) * (w / doors / 2 - 0.05), d + 0.035, h * 0.5, 0.014, 0.014, 0.15, kit.metal);
    }
  }
  clutter(part.at(0, d / 2, h + 0.003), kit, w, d, 0.7, [
    'box',
    'books',
    'papers',
    'plant',
    'bag',
    'vase',
    'box',
    'jar',
  ]);
}

export function boxPile(part: Part, kit: Kit): void {
  const { random } = kit;
  let z = 0;
  for (let i = random.integer(1, 4); i > 0 && z < 1.1; i--) {
    const h = random.uniform(0.2, 0.38);
    box(
      part,
      kit,
      random.uniform(-0.04, 0.04),
      0.28 + random.uniform(-0.03, 0.03),
      z,
      random.uniform(0.36, 0.52),
      random.uniform(0.32, 0.46),
      h,
      random.uniform(-0.12, 0.12),
    );
    z += h + 0.001;
  }
}

/** Someone standing, arms down, looking along +y. Origin between the feet. */
export function person(part: Part, kit: Kit): void {
  const { random } = kit;
  const p = put(part, 'person', 0, 0, 0);
  const skin = paint(
    random.pick([
      [0.5, 0.3, 0.21],
      [0.34, 0.19, 0.12],
      [0.58, 0.39, 0.29],
      [0.16, 0.085, 0.05],
    ] as const),
    0.1,
  );
  const shirt = cloth(kit);
  const trousers = cloth(kit, 'dark', 'strong', 'muted');
  const hair = paint(
    random.pick([
      [0.03, 0.022, 0.018],
      [0.12, 0.07, 0.035],
      [0.28, 0.2, 0.1],
      [0.3, 0.29, 0.28],
    ] as const),
    0.2,
  );
  const tall = random.uniform(0.94, 1.04);
  for (const s of [-1, 1]) {
    p.cushion(s * 0.095, 0.05, 0, 0.1, 0.27, 0.09, kit.dark, 0.5);
    p.tilted(s * 0.1, 0, 0.05, 'y', -s * 0.008).cylinder(0, 0, 0, 0.15, 0.16, 0.82 * tall, trousers, 0.18);
    const arm = p.tilted(s * 0.225, 0, 1.42 * tall, 'y', s * 0.05);
    arm.cylinder(0, 0, -0.34, 0.105, 0.11, 0.35, shirt, 0.1);
    const fore = arm.tilted(0, 0, -0.32, 'x', random.uniform(0, 0.3));
    fore.cylinder(0, 0, -0.26, 0.078, 0.08, 0.27, skin, 0.15);
    fore.ellipsoid(0, 0, -0.38, 0.055, 0.09, 0.16, skin);
  }
  p.cushion(0, 0, 0.8 * tall, 0.35, 0.23, 0.2, trousers, 0.5);
  p.cylinder(0, 0, 0.88 * tall, 0.37, 0.22, 0.5 * tall, shirt, 0.12);
  p.ellipsoid(0, 0, 1.3 * tall, 0.45, 0.2, 0.17, shirt);
  p.cylinder(0, 0, 1.44 * tall, 0.11, 0.11, 0.12, skin);
  p.ellipsoid(0, 0.015, 1.52 * tall, 0.16, 0.2, 0.245, skin);
  p.ellipsoid(0, -0.018, 1.57 * tall, 0.182, 0.205, 0.21, hair);
}

import type { Part } from '../../build.ts';
import { draw } from '../../palette.ts';
import { metal, mirrorGlass, paint, porcelain } from '../../textures/plain.ts';
import { cloth, type Kit, put } from '../kit.ts';
import { folds } from '../shell.ts';
import { drawers } from './bedroom.ts';
import { tap } from './kitchen.ts';
import { bottle, clutter } from './small.ts';

const white = (kit: Kit) => porcelain(kit.random.chance(0.7) ? [0.74, 0.74, 0.71] : draw(kit.random, 'pale', 'muted'));

export function toilet(part: Part, kit: Kit): void {
  const skin = white(kit);
  const t = put(part, 'toilet', 0, 0, 0);
  t.cushion(0, 0.1, 0.38, 0.4, 0.19, 0.38, skin, 0.37);
  t.cushion(0, 0.1, 0.75, 0.43, 0.21, 0.04, skin, 0.36);
  t.cylinder(0, 0.1, 0.785, 0.05, 0.05, 0.012, kit.metal);
  t.cylinder(0, 0.36, 0, 0.27, 0.42, 0.37, skin, 0.16);
  t.box(0, 0.14, 0, 0.2, 0.24, 0.4, skin);
  t.cylinder(0, 0.42, 0.36, 0.38, 0.48, 0.04, skin);
  const open = kit.random.chance(0.4);
  if (open) {
    t.cylinder(0, 0.42, 0.4005, 0.25, 0.33, 0.002, paint([0.2, 0.22, 0.23], 0.6));
    t.tilted(0, 0.22, 0.42, 'x', -0.9).cylinder(0, -0.21, 0, 0.37, 0.44, 0.02, skin);
  } else t.cylinder(0, 0.42, 0.4, 0.385, 0.48, 0.025, skin);
}

/** Long side to the wall; w is its length. */
export function bathtub(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const skin = white(kit);
  const d = 0.76;
  const h = 0.56;
  const t = put(part, 'bathtub', 0, 0, 0);
  const rim = 0.08;
  t.box(0, rim / 2, 0, w, rim, h, skin);
  t.box(0, d - rim / 2, 0, w, rim, h, skin);
  for (const s of [-1, 1]) t.box(s * (w / 2 - rim / 2), d / 2, 0, rim, d - 2 * rim, h, skin);
  t.box(0, d / 2, 0, w - 2 * rim, d - 2 * rim, 0.14, skin);
  t.box(0, d / 2, h, w + 0.01, 0.001, 0.001, skin);
  tap(part.at(-w / 2 + 0.04, d / 2, h), kit);
  for (let i = random.integer(1, 4); i > 0; i--) bottle(part, kit, w / 2 - 0.1 - i * 0.1, 0.04, h + 0.001);
  if (random.chance(0.85)) {
    const c = put(part, 'shower curtain', 0, 0, 0);
    c.bar('x', 0, d - 0.02, 2, w, 0.022, kit.metal);
    const drawn = w * random.uniform(0.28, 0.55);
    folds(c, random.pick([-1, 1]) * (w / 2 - drawn / 2), d + 0.03, 0.22, drawn, 1.77, cloth(kit), random.bits());
  }
}

/** A vanity with basin and tap; the mirror is hung by the caller. */
export function vanity(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const d = 0.5;
  const h = 0.84;
  const c = put(part, 'cabinet', 0, 0, 0);
  c.box(0, d / 2, 0.1, w, d, h - 0.26, kit.front[2]);
  c.box(0, d / 2 - 0.03, 0, w - 0.04, d - 0.06, 0.1, kit.dark);
  drawers(c, kit, 0, d, 0.12, w - 0.02, h - 0.3, random.integer(1, 2), Math.max(2, Math.round(w / 0.4)));
  const skin = white(kit);
  const s = put(part, 'sink', 0, 0, 0);
  const bw = Math.min(w - 0.1, 0.54);
  const z = h - 0.16;
  s.box(0, d / 2, z, w, d + 0.02, 0.03, skin);
  for (const side of [-1, 1]) {
    s.box((side * (w + bw)) / 4, d / 2, z, (w - bw) / 2, d + 0.02, 0.16, skin);
  }
  s.box(0, 0.06, z, bw, 0.12, 0.16, skin);
  s.box(0, d - 0.02, z, bw, 0.06, 0.16, skin);
  s.cylinder(0, d / 2 + 0.04, z + 0.03, 0.05, 0.05, 0.004, metal([0.4, 0.4, 0.4]));
  tap(part.at(0, 0.07, h), kit);
  for (const side of [-1, 1])
    if (w - bw > 0.24)
      clutter(part.at((side * (w + bw)) / 4, d / 2, h + 0.001), kit, (w - bw) / 2, 0.36, 0.9, [
        'bottles',
        'cup',
        'jar',
      ]);
}

/** Origin: the middle of the lower edge, on the wall. */
export function mirror(part: Part, kit: Kit, w: number, h: number): void {
  const m = put(part, 'mirror', 0, 0.002, 0);
  const rim = 0.035;
  const frame = kit.random.pick([kit.wood[0], kit.metal, kit.trim, kit.dark]);
  m.box(0, 0.012, 0, w, 0.024, rim, frame);
  m.box(0, 0.012, h - rim, w, 0.024, rim, frame);
  for (const s of [-1, 1]) m.box(s * (w / 2 - rim / 2), 0.012, rim, rim, 0.024, h - 2 * rim, frame);
  m.box(0, 0.008, rim, w - 2 * rim, 0.014, h - 2 * rim, mirrorGlass());
}

export function paperRoll(part: Part, kit: Kit): void {
  put(part, 'paper', 0, 0, 0).bar('x', 0, 0.07, 0, 0.11, 0.11, paint([0.75, 0.75, 0.73]));
  put(part, 'tap', 0, 0, 0).bar('x', 0, 0.07, 0, 0.17, 0.02, kit.metal);
}

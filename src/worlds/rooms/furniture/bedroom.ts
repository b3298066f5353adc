import type { Part } from '../../build.ts';
import type { Light } from '../../world.ts';
import { cloth, type Kit, put } from '../kit.ts';
import { clutter, tableLamp } from './small.ts';

export const BED_LENGTH_M = 2.08;

/** Head to the wall. */
export function bed(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const b = put(part, 'bed', 0, 0, 0);
  const [wx, , wz] = random.chance(0.6) ? kit.wood : kit.front;
  const head = random.integer(0, 2);
  if (head === 0) b.box(0, 0.03, 0, w + 0.04, 0.05, random.uniform(0.85, 1.1), wx);
  else if (head === 1) {
    const padded = cloth(kit);
    b.box(0, 0.025, 0, w + 0.06, 0.04, 1, wx);
    const n = Math.round(w / 0.32);
    for (let i = 0; i < n; i++) b.cushion(-w / 2 + (w * (i + 0.5)) / n, 0.07, 0.46, w / n, 0.1, 0.52, padded, 0.42);
  } else {
    b.box(0, 0.03, 0.88, w + 0.04, 0.05, 0.07, wx);
    for (const s of [-1, 1]) b.box((s * (w + 0.02)) / 2, 0.03, 0, 0.06, 0.06, 0.98, wz);
    for (let i = 1; i < 9; i++) b.box(-w / 2 + (w * i) / 9, 0.03, 0.3, 0.03, 0.025, 0.6, wz);
  }
  const L = BED_LENGTH_M;
  for (const s of [-1, 1]) b.box((s * (w - 0.03)) / 2, L / 2 + 0.02, 0.16, 0.035, L - 0.1, 0.17, kit.wood[1]);
  b.box(0, L - 0.03, 0.1, w + 0.02, 0.04, random.chance(0.4) ? 0.5 : 0.26, wx);
  for (const s of [-1, 1]) for (const y of [0.12, L - 0.1]) b.box((s * (w - 0.1)) / 2, y, 0, 0.07, 0.07, 0.2, wz);
  const sheet = cloth(kit, 'pale');
  b.cushion(0, L / 2 + 0.01, 0.22, w - 0.05, L - 0.12, 0.26, sheet, 0.36);
  const duvet = cloth(kit);
  const from = random.uniform(0.5, 0.75);
  const length = L - 0.05 - from;
  const made = random.chance(0.65);
  b.cushion(0, from + length / 2, 0.36, w + 0.05, length, 0.19, duvet, 0.38);
  for (const s of [-1, 1]) b.box(s * (w / 2 + 0.012), from + length / 2, 0.2, 0.025, length * 0.93, 0.24, duvet);
  if (made) b.cushion(0, from + 0.12, 0.42, w + 0.03, 0.32, 0.16, sheet, 0.45);
  else {
    b.at(-w * 0.12, from + 0.3, 0.46, random.uniform(-0.2, 0.2)).cushion(0, 0, 0, w * 0.7, 0.5, 0.2, duvet, 0.62);
    b.at(w * 0.2, from + 0.55, 0.44, random.uniform(-0.4, 0.4)).cushion(0, 0, 0, w * 0.5, 0.36, 0.2, duvet, 0.7);
  }
  const pillows = w > 1.2 ? 2 : 1;
  const case1 = random.chance(0.5) ? sheet : cloth(kit);
  for (let i = 0; i < pillows; i++) {
    const x = pillows === 1 ? 0 : (i - 0.5) * w * 0.5;
    put(part, 'pillow', x, 0.2, 0.5)
      .tilted(0, 0, 0, 'x', random.uniform(0.25, 0.4))
      .cushion(0, 0.02, 0, Math.min(0.68, w * 0.44), 0.42, 0.17, case1, 0.55);
    if (random.chance(0.5))
      put(part, 'pillow', x + random.uniform(-0.05, 0.05), 0.4, 0.5)
        .tilted(0, 0, 0, 'x', random.uniform(0.3, 0.5))
        .cushion(0, 0, 0, 0.42, 0.4, 0.15, cloth(kit), 0.55);
  }
  if (random.chance(0.55))
    b.cushion(0, L - 0.45, 0.43, w + 0.08, 0.55, 0.15, cloth(kit, 'strong', 'muted', 'dark'), 0.36);
  if (random.chance(0.5)) heap(part, kit, random.uniform(-0.25, 0.25) * w, random.uniform(1, 1.5), 0.545);
}

/** Clothes dropped on something. */
export function heap(part: Part, kit: Kit, x: number, y: number, z: number): void {
  const { random } = kit;
  for (let i = 0; i < random.integer(2, 3); i++) {
    const c = put(
      part,
      'clothes',
      x + random.uniform(-0.12, 0.12),
      y + random.uniform(-0.1, 0.1),
      z + i * 0.035,
      random.uniform(-0.6, 0.6),
    );
    const skin = cloth(kit);
    c.cushion(0, 0, -0.01, random.uniform(0.35, 0.55), random.uniform(0.25, 0.4), 0.09, skin, 0.55);
    c.at(0.18, 0.1, 0, random.uniform(0.2, 0.8)).cushion(0, 0, -0.01, 0.34, 0.13, 0.06, skin, 0.6);
  }
}

/** A stack of drawers with handles between two heights; fronts look along +y at depth d. */
export function drawers(
  part: Part,
  kit: Kit,
  x: number,
  d: number,
  z: number,
  w: number,
  h: number,
  rows: number,
  columns = 1,
): void {
  const [fx] = kit.front;
  const cw = w / columns;
  const rh = h / rows;
  const knobs = kit.metal;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const cx = x - w / 2 + cw * (c + 0.5);
      part.box(cx, d + 0.008, z + rh * r + 0.006, cw - 0.012, 0.02, rh - 0.012, fx);
      if (cw > 0.4) part.bar('x', cx, d + 0.045, z + rh * (r + 0.55), Math.min(0.16, cw * 0.3), 0.013, knobs);
      else part.ellipsoid(cx, d + 0.03, z + rh * (r + 0.5) - 0.014, 0.028, 0.028, 0.028, knobs);
    }
}

export function nightStand(part: Part, kit: Kit, lampOn: boolean): Light | undefined {
  const { random } = kit;
  const w = 0.46;
  const d = 0.38;
  const h = random.uniform(0.5, 0.62);
  const n = put(part, 'night stand', 0, 0, 0);
  n.box(0, d / 2, 0.08, w, d, h - 0.1, kit.wood[2]);
  n.box(0, d / 2 + 0.01, h - 0.02, w + 0.03, d + 0.03, 0.022, kit.wood[0]);
  for (const s of [-1, 1]) n.box(s * (w / 2 - 0.03), d / 2, 0, 0.04, d - 0.04, 0.1, kit.wood[2]);
  drawers(n, kit, 0, d, 0.1, w - 0.03, h - 0.14, random.integer(1, 3));
  const top = part.at(0, d / 2, h + 0.003);
  const light = tableLamp(top, kit, -0.08, -0.04, 0, lampOn);
  clutter(top.at(0.12, 0.02, 0), kit, 0.26, 0.3, 0.8, ['books', 'cup', 'cup', 'bottles']);
  return light;
}

export function dresser(part: Part, kit: Kit, w: number): number {
  const { random } = kit;
  const d = 0.46;
  const h = random.uniform(0.78, 1.05);
  const n = put(part, 'dresser', 0, 0, 0);
  n.box(0, d / 2, 0.09, w, d, h - 0.11, kit.wood[2]);
  n.box(0, d / 2 + 0.01, h - 0.02, w + 0.04, d + 0.03, 0.028, kit.wood[0]);
  for (const s of [-1, 1]) n.box(s * (w / 2 - 0.04), d / 2, 0, 0.05, d - 0.05, 0.1, kit.wood[2]);
  drawers(n, kit, 0, d, 0.1, w - 0.04, h - 0.15, random.integer(3, 4), w > 0.95 ? 2 : 1);
  clutter(part.at(0, d / 2, h + 0.009), kit, w, d, 0.65, [
    'books',
    'vase',
    'box',
    'bottles',
    'plant',
    'toy',
    'cup',
    'bag',
  ]);
  return h;
}

export function wardrobe(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const d = 0.58;
  const h = random.uniform(1.9, 2.15);
  const n = put(part, 'wardrobe', 0, 0, 0);
  n.box(0, d / 2, 0.06, w, d, h - 0.06, kit.wood[2]);
  n.box(0, d / 2, 0, w - 0.06, d - 0.06, 0.07, kit.dark);
  n.box(0, d / 2 + 0.015, h, w + 0.05, d + 0.05, 0.04, kit.wood[0]);
  const doors = Math.max(2, Math.round(w / 0.5));
  const dw = (w - 0.02) / doors;
  const panelled = random.chance(0.5);
  for (let i = 0; i < doors; i++) {
    const x = -w / 2 + 0.01 + dw * (i + 0.5);
    n.box(x, d + 0.008, 0.09, dw - 0.008, 0.018, h - 0.13, kit.front[2]);
    if (panelled)
      for (const [z, t] of [
        [0.2, 0.7],
        [1, h - 1.2],
      ])
        n.box(x, d + 0.018, z, dw - 0.14, 0.012, t, kit.front[2]);
    n.cylinder(x + (i & 1 ? -1 : 1) * (dw / 2 - 0.05), d + 0.035, 0.95, 0.014, 0.014, 0.18, kit.metal);
  }
  for (let i = 0; i < 2; i++)
    if (random.chance(0.6))
      clutter(part.at((i - 0.5) * w * 0.5, d / 2, h + 0.04), kit, w * 0.45, d * 0.8, 0.7, ['box', 'box', 'bag']);
}

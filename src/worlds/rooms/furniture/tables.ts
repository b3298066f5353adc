import type { Part } from '../../build.ts';
import { draw } from '../../palette.ts';
import { plastic, porcelain } from '../../textures/plain.ts';
import { display, keys, page } from '../../textures/printed.ts';
import type { Light } from '../../world.ts';
import { cloth, type Kit, put } from '../kit.ts';
import { drawers } from './bedroom.ts';
import { bookRow, bowl, clutter, cup, papers, tableLamp, vase } from './small.ts';

/** Origin under the middle of the top. */
export function diningTable(part: Part, kit: Kit, w: number, d: number): void {
  const { random } = kit;
  const h = 0.75;
  const t = put(part, random.chance(0.7) ? 'dining table' : 'table', 0, 0, 0);
  t.box(0, 0, h - 0.035, w, d, 0.035, kit.wood[0]);
  t.box(0, 0, h - 0.11, w - 0.16, d - 0.16, 0.075, kit.wood[0]);
  for (const x of [-1, 1])
    for (const y of [-1, 1]) t.box(x * (w / 2 - 0.07), y * (d / 2 - 0.07), 0, 0.07, 0.07, h - 0.035, kit.wood[2]);
  let top = h + 0.001;
  if (random.chance(0.3)) {
    const linen = cloth(kit);
    t.box(0, 0, h, w + 0.02, d + 0.02, 0.004, linen);
    for (const s of [-1, 1]) {
      t.box(0, s * (d / 2 + 0.012), h - 0.2, w + 0.03, 0.006, 0.204, linen);
      t.box(s * (w / 2 + 0.012), 0, h - 0.2, 0.006, d + 0.02, 0.204, linen);
    }
    top += 0.004;
  }
  const on = part.at(0, 0, top);
  if (random.chance(0.5)) {
    const plate = porcelain(draw(random, 'pale', 'muted', 'strong'));
    const n = Math.max(2, Math.floor(w / 0.55));
    for (let i = 0; i < n; i++)
      for (const s of [-1, 1]) {
        const x = -w / 2 + (w * (i + 0.5)) / n;
        put(on, 'bowl', x, s * (d / 2 - 0.2), 0).cylinder(0, 0, 0, 0.2, 0.2, 0.018, plate, 0.25);
        if (random.chance(0.6)) cup(on, kit, x + 0.17, s * (d / 2 - 0.28), 0);
      }
    if (random.chance(0.6)) bowl(on, kit, 0, 0, 0);
    else vase(on, kit, 0, 0, 0);
  } else clutter(on, kit, w - 0.1, d - 0.1, 0.6, ['papers', 'books', 'cup', 'bowl', 'vase', 'bottles', 'bag', 'box']);
}

export const DESK_DEPTH_M = 0.72;

/** A desk with a screen or two, a keyboard and papers; the person sits at +y. */
export function desk(part: Part, kit: Kit, w: number, lampOn: boolean): Light | undefined {
  const { random } = kit;
  const d = DESK_DEPTH_M;
  const h = 0.74;
  const t = put(part, 'desk', 0, 0, 0);
  t.box(0, d / 2, h - 0.03, w, d, 0.03, kit.wood[0]);
  const side = random.pick([-1, 1]);
  t.box(side * (w / 2 - 0.22), d / 2 - 0.02, 0.06, 0.42, d - 0.08, h - 0.095, kit.wood[2]);
  drawers(t, kit, side * (w / 2 - 0.22), d - 0.06, 0.08, 0.4, h - 0.13, random.integer(2, 4));
  for (const y of [0.05, d - 0.05]) t.box(-side * (w / 2 - 0.05), y, 0, 0.05, 0.05, h - 0.03, kit.metal);
  t.box(-side * (w / 2 - 0.05), d / 2, 0.08, 0.04, d - 0.1, 0.03, kit.metal);
  if (random.chance(0.5)) t.box(0, 0.03, 0.3, w - 0.1, 0.018, h - 0.34, kit.wood[0]);
  const on = part.at(0, 0, h + 0.001);
  const screens = w > 1.35 && random.chance(0.45) ? 2 : 1;
  for (let i = 0; i < screens; i++) {
    const x = screens === 1 ? random.uniform(-0.1, 0.1) : (i - 0.5) * 0.58;
    monitor(on.at(x, 0.22, 0, screens === 1 ? random.uniform(-0.08, 0.08) : i === 0 ? 0.06 : -0.06), kit);
  }
  const k = put(on, 'keyboard', random.uniform(-0.06, 0.06), d - 0.2, 0.001, random.uniform(-0.04, 0.04));
  const dark = random.chance(0.6);
  k.box(
    0,
    0,
    0,
    0.44,
    0.15,
    0.02,
    keys(dark ? [0.03, 0.03, 0.03] : [0.7, 0.7, 0.68], dark ? [0.09, 0.09, 0.09] : [0.35, 0.35, 0.35]),
  );
  put(on, 'keyboard', 0.32, d - 0.19, 0.001).ellipsoid(
    0,
    0,
    -0.012,
    0.06,
    0.1,
    0.048,
    plastic([0.05, 0.05, 0.05], 0.4),
  );
  const free = w / 2 - (screens === 2 ? 0.62 : 0.42);
  let light: Light | undefined;
  for (const s of [-1, 1]) {
    if (free < 0.12) break;
    const x = s * (w / 2 - free / 2 - 0.02);
    const what = random.integer(0, 3);
    if (what === 0 && !light) light = tableLamp(on, kit, x, 0.2, 0, lampOn);
    else if (what === 1 && free > 0.25) bookRow(on, kit, x - free / 2 + 0.03, x + free / 2 - 0.03, 0.16, 0.001, 0.3);
    else if (free > 0.3) papers(on, kit, x, 0.42, 0.001);
    clutter(on.at(x, d - 0.2, 0), kit, free, 0.24, 0.6, ['cup', 'papers', 'books', 'jar', 'bottles']);
  }
  return light;
}

function monitor(part: Part, kit: Kit): void {
  const { random } = kit;
  const w = random.uniform(0.46, 0.6);
  const h = w * 0.6;
  const m = put(part, 'monitor', 0, 0, 0);
  m.box(0, 0, 0.11, w, 0.035, h, kit.dark);
  m.box(0, 0.0187, 0.125, w - 0.025, 0.003, h - 0.03, display(random));
  m.box(0, -0.03, 0, 0.06, 0.03, 0.2, kit.dark);
  m.box(0, 0, 0, 0.24, 0.18, 0.014, kit.dark);
  if (random.chance(0.3)) {
    const note = put(part, 'paper', w / 2 - 0.05, 0.0215, 0.16);
    note.box(0, 0, 0, 0.075, 0.002, 0.075, page([0.75, 0.68, 0.2], 5));
  }
}

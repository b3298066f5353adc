import type { Part } from '../../build.ts';
import { ANY, draw } from '../../palette.ts';
import { rug as rugTexture } from '../../textures/floors.ts';
import { cardboard, paint } from '../../textures/plain.ts';
import { display, painting } from '../../textures/printed.ts';
import { cloth, type Kit, put } from '../kit.ts';
import { bag, bookRow, box, clutter } from './small.ts';

/** Origin under the middle of the top. */
export function coffeeTable(part: Part, kit: Kit, w: number, d: number): void {
  const { random } = kit;
  const t = put(part, 'coffee table', 0, 0, 0);
  const h = random.uniform(0.38, 0.46);
  const round = random.chance(0.3);
  if (round) {
    t.cylinder(0, 0, h - 0.03, w * 0.8, w * 0.8, 0.03, kit.wood[0]);
    t.cylinder(0, 0, 0, 0.09, 0.09, h - 0.03, kit.wood[2]);
    t.cylinder(0, 0, 0, w * 0.42, w * 0.42, 0.03, kit.wood[0]);
  } else {
    t.box(0, 0, h - 0.035, w, d, 0.035, kit.wood[0]);
    for (const x of [-1, 1])
      for (const y of [-1, 1]) t.box(x * (w / 2 - 0.06), y * (d / 2 - 0.06), 0, 0.055, 0.055, h - 0.035, kit.wood[2]);
    if (random.chance(0.6)) t.box(0, 0, 0.14, w - 0.14, d - 0.14, 0.02, kit.wood[0]);
  }
  clutter(part.at(0, 0, h + 0.001), kit, round ? w * 0.5 : w, round ? d * 0.5 : d, 0.75, [
    'books',
    'cup',
    'bowl',
    'vase',
    'papers',
    'books',
    'plant',
  ]);
}

export function tvStand(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const d = 0.42;
  const h = random.uniform(0.42, 0.58);
  const t = put(part, 'tv stand', 0, 0, 0);
  t.box(0, d / 2, h - 0.03, w, d, 0.03, kit.wood[0]);
  t.box(0, d / 2, 0.06, w, d, 0.03, kit.wood[0]);
  t.box(0, 0.01, 0.06, w, 0.015, h - 0.08, kit.wood[0]);
  const bays = 3;
  for (let i = 0; i <= bays; i++)
    t.box(-w / 2 + 0.012 + ((w - 0.024) * i) / bays, d / 2, 0, 0.024, d - 0.01, h - 0.03, kit.wood[2]);
  for (let i = 0; i < bays; i++) {
    const x = -w / 2 + (w * (i + 0.5)) / bays;
    if (random.chance(0.45)) {
      t.box(x, d - 0.005, 0.1, w / bays - 0.04, 0.016, h - 0.15, kit.front[0]);
      t.ellipsoid(x + w / bays / 2 - 0.07, d + 0.01, h / 2, 0.025, 0.025, 0.025, kit.metal);
    } else if (random.chance(0.6))
      bookRow(part, kit, x - w / bays / 2 + 0.04, x + w / bays / 2 - 0.03, d / 2, 0.095, h - 0.16);
    else box(part, kit, x, d / 2, 0.095, w / bays - 0.12, d - 0.1, (h - 0.16) * 0.7);
  }
  television(
    part.at(random.uniform(-0.08, 0.08) * w, 0.2, h + 0.001),
    kit,
    Math.min(w * 0.78, random.uniform(0.8, 1.2)),
  );
  const side = part.at(w * 0.43, d / 2, h + 0.001);
  clutter(side, kit, w * 0.13, 0.26, 0.9, ['vase', 'cup', 'plant', 'jar']);
}

/** Stands on what is at z = 0; the screen faces +y. */
export function television(part: Part, kit: Kit, w: number): void {
  const t = put(part, 'television', 0, 0, 0);
  const h = w * 0.57;
  t.box(0, 0, 0.07, w, 0.05, h, kit.dark);
  t.box(0, 0.0262, 0.09, w - 0.035, 0.003, h - 0.045, display(kit.random));
  t.box(0, -0.01, 0, 0.12, 0.04, 0.09, kit.dark);
  t.box(0, 0, 0, w * 0.4, 0.18, 0.014, kit.dark);
}

export function rug(part: Part, kit: Kit, w: number, d: number, bath = false): void {
  const { random } = kit;
  const colours = [draw(random, ...ANY), draw(random, ...ANY), draw(random, ...ANY)] as const;
  const r = put(
    part,
    bath ? 'floor mat' : 'rug',
    0,
    0,
    0,
    bath ? random.uniform(-0.06, 0.06) : random.uniform(-0.03, 0.03),
  );
  r.box(0, 0, 0, w, d, bath ? 0.018 : 0.011, bath ? cloth(kit) : rugTexture(...colours, random.bits() & 0xfff));
}

/** Hangs with its back on the wall; origin: middle of its lower edge. */
export function picture(part: Part, kit: Kit, w: number, h: number): void {
  const { random } = kit;
  const p = put(part, random.chance(0.75) ? 'picture' : 'poster', 0, 0.002, 0);
  const rim = random.uniform(0.018, 0.05);
  const frame = random.pick([kit.wood[0], kit.dark, kit.metal, kit.trim]);
  p.box(0, 0.01, 0, w, 0.022, rim, frame);
  p.box(0, 0.01, h - rim, w, 0.022, rim, frame);
  for (const s of [-1, 1]) p.box(s * (w / 2 - rim / 2), 0.01, rim, rim, 0.022, h - 2 * rim, frame);
  const mat = random.chance(0.5) ? random.uniform(0.03, 0.08) : 0;
  if (mat > 0) p.box(0, 0.005, rim, w - 2 * rim, 0.012, h - 2 * rim, paint([0.74, 0.72, 0.68], 0.1));
  p.box(0, 0.006, rim + mat, w - 2 * (rim + mat), 0.0135, h - 2 * (rim + mat), painting(random));
}

/** An open case full of books and things; also stands for the lighter shelves of wall and cellar. */
export function bookcase(part: Part, kit: Kit, w: number, h: number, label: 'bookshelf' | 'shelves'): void {
  const { random } = kit;
  const d = 0.3;
  const s = put(part, label, 0, 0, 0);
  const [wx, , wz] = random.chance(0.6) ? kit.wood : kit.front;
  for (const x of [-1, 1]) s.box(x * (w / 2 - 0.011), d / 2, 0, 0.022, d, h, wz);
  const middle = w > 0.95;
  if (middle) s.box(0, d / 2, 0.06, 0.02, d - 0.01, h - 0.06, wz);
  s.box(0, 0.006, 0, w - 0.03, 0.012, h, wx);
  const rows = Math.max(2, Math.round(h / 0.36));
  const pitch = (h - 0.09) / rows;
  for (let r = 0; r <= rows; r++) s.box(0, d / 2, 0.06 + r * pitch, w - 0.04, d - 0.01, 0.022, wx);
  s.box(0, d - 0.03, 0, w - 0.04, 0.02, 0.06, wx);
  const bays = middle
    ? [
        [-w / 2 + 0.03, -0.015],
        [0.015, w / 2 - 0.03],
      ]
    : [[-w / 2 + 0.03, w / 2 - 0.03]];
  for (let r = 0; r < rows; r++)
    for (const [x0, x1] of bays) {
      const z = 0.083 + r * pitch;
      const full = label === 'bookshelf' ? 0.75 : 0.3;
      if (random.chance(full)) {
        const end = random.chance(0.5) ? x1 : x0 + (x1 - x0) * random.uniform(0.4, 0.9);
        bookRow(part, kit, x0 + 0.005, end, d / 2 + 0.03, z, pitch - 0.04);
        if (x1 - end > 0.2)
          clutter(part.at((end + x1) / 2, d / 2 + 0.02, z), kit, x1 - end, d, 0.7, SHELF_THINGS(pitch));
      } else if (random.chance(0.9)) {
        if (random.chance(0.5)) storageBox(part, kit, (x0 + x1) / 2, d / 2, z, x1 - x0 - 0.1, d - 0.06, pitch * 0.62);
        else clutter(part.at((x0 + x1) / 2, d / 2 + 0.02, z), kit, x1 - x0, d, 0.75, SHELF_THINGS(pitch));
      }
    }
  clutter(part.at(0, d / 2, h + 0.01), kit, w, d, 0.4, ['box', 'plant', 'vase', 'bag', 'jar']);
}

const SHELF_THINGS = (pitch: number) =>
  pitch > 0.32
    ? (['box', 'cup', 'vase', 'jar', 'toy', 'bowl', 'books'] as const)
    : (['cup', 'jar', 'bowl', 'books'] as const);

function storageBox(part: Part, kit: Kit, x: number, y: number, z: number, w: number, d: number, h: number): void {
  const { random } = kit;
  const skin = random.chance(0.5)
    ? cloth(kit)
    : cardboard(draw(random, ...ANY), draw(random, ...ANY), random.bits() & 0xfff);
  put(part, 'box', x, y, z).box(0, 0, 0, w, d, h, skin);
}

/** Boards on brackets on the wall, with things on them; origin: middle of the lowest board's back. */
export function wallShelves(part: Part, kit: Kit, w: number, rows: number): void {
  const { random } = kit;
  const s = put(part, 'shelves', 0, 0, 0);
  for (let r = 0; r < rows; r++) {
    const z = r * 0.36;
    s.box(0, 0.12, z, w, 0.24, 0.028, kit.wood[0]);
    for (const x of [-1, 1]) s.box(x * (w / 2 - 0.1), 0.09, z - 0.12, 0.02, 0.16, 0.12, kit.metal);
    if (random.chance(0.5)) bookRow(part, kit, -w / 2 + 0.03, w * random.uniform(0, 0.4), 0.13, z + 0.029, 0.29);
    else
      clutter(part.at(0, 0.12, z + 0.029), kit, w, 0.22, 0.7, [
        'cup',
        'vase',
        'jar',
        'books',
        'box',
        'plant',
        'bottles',
      ]);
  }
}

/** Hooks on a rail with coats and bags. */
export function coatRail(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const rail = put(part, 'shelves', 0, 0, 0);
  rail.box(0, 0.015, 0, w, 0.03, 0.1, kit.wood[0]);
  const n = Math.floor(w / 0.26);
  for (let i = 0; i < n; i++) {
    const x = -w / 2 + (w * (i + 0.5)) / n;
    rail.bar('y', x, 0.06, 0.03, 0.07, 0.014, kit.metal);
    if (random.chance(0.3)) {
      bag(part, kit, x, 0.14, -0.48);
      continue;
    }
    if (random.chance(0.15)) continue;
    const c = put(part, random.chance(0.5) ? 'jacket' : 'clothes', x, 0.1, 0, random.uniform(-0.2, 0.2));
    const skin = cloth(kit);
    const long = random.uniform(0.6, 1);
    c.cushion(0, 0, -long, 0.3, 0.15, long + 0.02, skin, 0.42);
    c.cylinder(0, 0.01, -long - 0.02, 0.3, 0.13, long * 0.9, skin, -0.25);
    for (const s of [-1, 1])
      c.tilted(s * 0.13, 0.02, -0.1, 'y', -s * 0.05).cylinder(0, 0, -0.6, 0.09, 0.09, 0.6, skin, 0.12);
  }
}

export function radiator(part: Part, kit: Kit, w: number): void {
  const r = put(part, 'radiator', 0, 0.05, 0.13);
  const skin = paint(draw(kit.random, 'pale'), 0.3);
  const n = Math.round(w / 0.075);
  for (let i = 0; i < n; i++) r.cushion(-w / 2 + (w * (i + 0.5)) / n, 0.03, 0, (w / n) * 0.82, 0.1, 0.52, skin, 0.4);
  r.bar('x', 0, 0.03, 0.06, w - 0.02, 0.035, skin);
  r.bar('x', 0, 0.03, 0.46, w - 0.02, 0.035, skin);
  r.cylinder(w / 2 + 0.04, 0.03, -0.13, 0.02, 0.02, 0.2, skin);
}

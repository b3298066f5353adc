import type { Part } from '../build.ts';
import type { Material, Rgb } from '../material.ts';
import { draw, screen } from '../palette.ts';
import { fabric } from '../textures/fabric.ts';
import { houseDoor, roofTiles, shopFront } from '../textures/facade.ts';
import { type Kit, masonry, put } from './kit.ts';
import { STREET_LABELS } from './labels.ts';

const ROOFS = [0x7d4434, 0x8f5540, 0x4c4a4a, 0x5b4c44, 0x6b3a30, 0x6f6d6b];

/** Full size, storeys, and what the house is. The frame of its part: x along the front, y into the house, origin in the middle of the front. */
export interface HouseSize {
  readonly w: number;
  readonly d: number;
  readonly storeys: number;
}

/** A window with its surround and sill, on a wall that looks along local -y at y = 0. */
function windowAt(p: Part, kit: Kit, x: number, z: number, w: number, h: number, pane: Material, sill: boolean): void {
  p.box(x, -0.005, z - 0.06, w + 0.14, 0.07, h + 0.12, kit.trim);
  p.box(x, -0.03, z, w, 0.05, h, pane);
  if (sill) p.box(x, -0.07, z - 0.12, w + 0.2, 0.16, 0.06, kit.trim);
}

/** Rows of windows over a wall `w` wide; `skip(row, bay)` leaves some out. */
function windows(
  p: Part,
  kit: Kit,
  w: number,
  rows: readonly number[],
  size: { w: number; h: number; pitch: number },
  skip: (row: number, bay: number, bays: number) => boolean,
): void {
  const bays = Math.max(1, Math.floor((w - 0.6) / size.pitch));
  const pane = kit.random.pick(kit.panes);
  const sill = kit.random.chance(0.75);
  rows.forEach((z, row) => {
    for (let bay = 0; bay < bays; bay++)
      if (!skip(row, bay, bays))
        windowAt(p, kit, (bay - (bays - 1) / 2) * (w / bays) * 0.97, z, size.w, size.h, pane, sill);
  });
}

/** The wall that closes the house to the left or right (side -1 or 1), seen from outside. */
const sideOf = (p: Part, { w, d }: HouseSize, side: 1 | -1): Part => p.at((side * w) / 2, d / 2, 0, side);

/** A house that stands by itself: gable or hipped roof, chimney, door with steps, perhaps a dormer and a garage. */
export function villa(part: Part, kit: Kit, size: HouseSize): void {
  const { random } = kit;
  const { w, d, storeys } = size;
  const h = put(part, 'building', 0, 0, 0);
  const wall = masonry(kit);
  const eaves = storeys * 2.75 + 0.35;
  h.box(0, d / 2, -0.4, w, d, eaves + 0.4, wall);
  h.box(0, d / 2, -0.4, w + 0.08, d + 0.08, 0.75, kit.concrete);
  const roofRgb = screen(random.pick(ROOFS));
  const alongFront = random.chance(0.6);
  const pitch = random.uniform(0.55, 0.95);
  const rise = ((alongFront ? d : w) / 2) * pitch;
  const hip = random.chance(0.25) ? 0.45 : 0;
  const tiles = roofTiles(roofRgb, wall.mean, !alongFront, random.bits() & 0xfff);
  const out = 0.7;
  if (alongFront) h.truncated(0, d / 2, eaves - 0.14, w + 0.3, d + out, rise + 0.2, tiles, hip, 1);
  else h.truncated(0, d / 2, eaves - 0.14, w + out, d + 0.3, rise + 0.2, tiles, 1, hip);
  if (hip === 0 && !alongFront) windowAt(h.at(0, -0.16, 0), kit, 0, eaves + 0.35, 1, 1.1, random.pick(kit.panes), true);
  h.box(
    random.uniform(-0.25, 0.25) * w,
    d * 0.5,
    eaves + rise * 0.5,
    0.6,
    0.5,
    rise * 0.5 + 0.8,
    random.chance(0.5) ? kit.concrete : wall,
  );
  if (alongFront && random.chance(0.5)) dormer(h, kit, random.uniform(-0.2, 0.2) * w, d, eaves, rise, tiles, wall);
  // Gutter and downpipe.
  h.bar('x', 0, -0.38, eaves - 0.08, w + 0.2, 0.12, kit.metal);
  h.cylinder(-w / 2 + 0.15, -0.06, 0, 0.09, 0.09, eaves - 0.1, kit.metal);
  const rows = Array.from({ length: storeys }, (_, i) => 1.2 + i * 2.75);
  const doorBay = random.integer(0, Math.max(0, Math.floor((w - 0.6) / 2.6) - 1));
  const glass = { w: random.uniform(1, 1.6), h: random.uniform(1.15, 1.4), pitch: 2.6 };
  windows(h, kit, w, rows, glass, (row, bay) => row === 0 && bay === doorBay);
  const bays = Math.max(1, Math.floor((w - 0.6) / 2.6));
  entrance(h, kit, (doorBay - (bays - 1) / 2) * (w / bays) * 0.97);
  for (const side of [-1, 1] as const)
    windows(sideOf(h, size, side), kit, d, rows, { ...glass, w: 0.95, pitch: 3.4 }, () => random.chance(0.3));
  if (random.chance(0.4)) garage(part, kit, (random.chance(0.5) ? 1 : -1) * (w / 2 + 1.7));
}

function entrance(h: Part, kit: Kit, x: number): void {
  const { random } = kit;
  const leaf = houseDoor(draw(random, 'strong', 'dark', 'wood', 'pale'), false, random.bits() & 0xfff);
  h.box(x, -0.01, 0.3, 1.3, 0.1, 2.25, kit.trim);
  h.box(x, -0.05, 0.32, 1.02, 0.1, 2.1, leaf);
  h.box(x, -0.5, -0.1, 1.6, 1, 0.42, kit.concrete);
  h.box(x, -1.1, -0.1, 1.6, 0.4, 0.26, kit.concrete);
  if (random.chance(0.6)) h.tilted(x, -0.6, 2.75, 'x', 0.1).box(0, 0, 0, 1.9, 1.25, 0.08, kit.trim);
}

function dormer(h: Part, kit: Kit, x: number, d: number, eaves: number, rise: number, tiles: Material, wall: Material) {
  const y = d * 0.16;
  const z = eaves + rise * 0.25;
  h.box(x, y + 1.2, z - 0.5, 1.9, 2.4, 1.9, wall);
  h.truncated(x, y + 1.1, z + 1.38, 2.3, 2.9, 0.8, tiles, 1, 0);
  windowAt(h.at(0, y, 0), kit, x, z + 0.15, 1.1, 1, kit.random.pick(kit.panes), true);
}

function garage(part: Part, kit: Kit, x: number): void {
  const { random } = kit;
  const g = put(part, 'building', x, 1.2, 0);
  g.box(0, 2.6, -0.3, 3.2, 5.2, 2.9, kit.concrete);
  g.box(0, 2.6, 2.6, 3.4, 5.4, 0.14, kit.trim);
  g.box(0, -0.03, 0.02, 2.5, 0.08, 2.15, houseDoor(draw(random, 'pale', 'muted', 'wood'), true, random.bits() & 0xfff));
}

/** A town house that shares its walls with its neighbours: shops or flats below, storeys of equal windows, cornice. */
export function townHouse(part: Part, kit: Kit, size: HouseSize): void {
  const { random } = kit;
  const { w, d, storeys } = size;
  const h = put(part, 'building', 0, 0, 0);
  const wall = masonry(kit);
  const ground = 3.6;
  const storey = random.uniform(2.9, 3.3);
  const tall = ground + (storeys - 1) * storey + 0.4;
  h.box(0, d / 2, -0.4, w, d, tall + 0.4, wall);
  const rows = Array.from({ length: storeys - 1 }, (_, i) => ground + 0.85 + i * storey);
  const glass = { w: random.uniform(1, 1.35), h: random.uniform(1.5, 1.9), pitch: random.uniform(2.1, 2.8) };
  windows(h, kit, w, rows, glass, () => false);
  for (const side of [-1, 1] as const)
    windows(sideOf(h, size, side), kit, d, rows, { ...glass, pitch: 4.2 }, () => random.chance(0.45));
  if (random.chance(0.6)) shops(h, kit, w);
  else {
    h.box(0, -0.03, -0.2, w, 0.1, ground * 0.3, kit.concrete);
    windows(h, kit, w, [1.35], { ...glass, h: 1.6 }, (_, bay, bays) => bay === Math.floor(bays / 2));
    entrance(h, kit, 0);
  }
  // String course, cornice, balconies.
  h.box(0, -0.06, ground, w, 0.16, 0.22, kit.trim);
  h.box(0, -0.16, tall - 0.25, w + 0.1, 0.4, 0.3, kit.trim);
  if (random.chance(0.4)) balconies(h, kit, w, rows);
  const roofRgb = screen(random.pick(ROOFS));
  if (random.chance(0.6)) {
    const tiles = roofTiles(roofRgb, wall.mean, false, random.bits() & 0xfff);
    h.truncated(0, d / 2, tall, w, d, 3.4, tiles, 0, 0.8);
    for (let x = -w / 2 + 2; x < w / 2 - 1; x += 3.2) {
      h.box(x, 2, tall + 0.1, 1.5, 2.4, 1.7, kit.trim);
      windowAt(h.at(0, 0.8, 0), kit, x, tall + 0.4, 0.95, 1.15, random.pick(kit.panes), false);
    }
  } else h.box(0, d / 2, tall, w, d, 0.6, wall);
}

function shops(h: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const band = draw(random, 'strong', 'dark', 'pale');
  const letters: Rgb = random.chance(0.5) ? [0.75, 0.73, 0.66] : [0.05, 0.05, 0.06];
  const count = w > 11 ? 2 : 1;
  for (let i = 0; i < count; i++) {
    const x = (i - (count - 1) / 2) * (w / count);
    h.box(x, -0.04, 0.1, w / count - 1.2, 0.14, 3.3, shopFront(band, letters, random.bits() & 0xfff));
    if (random.chance(0.5)) {
      const cloth = fabric(draw(random, 'strong'), draw(random, 'pale'), 'stripes', 0.5, 1);
      h.tilted(x, -0.75, 2.75, 'x', 0.16).box(0, 0, 0, w / count - 1.4, 1.5, 0.05, cloth);
    }
  }
}

function balconies(h: Part, kit: Kit, w: number, rows: readonly number[]): void {
  const x = kit.random.pick([-0.25, 0, 0.25]) * w;
  for (const z of rows) {
    h.box(x, -0.55, z - 0.75, 2.6, 1.1, 0.16, kit.concrete);
    h.box(x, -1.08, z + 0.3, 2.6, 0.05, 0.06, kit.metal);
    for (let i = 0; i <= 8; i++) h.box(x - 1.28 + i * 0.32, -1.08, z - 0.6, 0.03, 0.03, 0.92, kit.metal);
  }
}

/** A low wall or a picket fence along local x, w long. */
export function enclosure(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  if (random.chance(0.5)) {
    const b = part.as(STREET_LABELS.wall);
    b.box(0, 0, -0.1, w, 0.24, random.uniform(0.6, 1.1), masonry(kit));
    return;
  }
  const f = part.as(STREET_LABELS.fence);
  const skin = random.chance(0.5) ? kit.trim : kit.metal;
  f.box(0, 0, 0.25, w, 0.03, 0.07, skin);
  f.box(0, 0, 0.78, w, 0.03, 0.07, skin);
  for (let x = -w / 2; x <= w / 2; x += 0.19) f.box(x, -0.03, 0, 0.09, 0.025, 1, skin);
}

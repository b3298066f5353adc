import type { Part } from '../../build.ts';
import type { Material } from '../../material.ts';
import { draw } from '../../palette.ts';
import { metal, mirrorGlass, paint, plastic, porcelain } from '../../textures/plain.ts';
import { page } from '../../textures/printed.ts';
import { anyPlastic, cloth, type Kit, put } from '../kit.ts';
import { drawers } from './bedroom.ts';
import { clutter } from './small.ts';

export const COUNTER_DEPTH_M = 0.62;
const COUNTER_HEIGHT_M = 0.9;

export interface CounterRun {
  readonly w: number;
  readonly top: Material;
  readonly withSink: boolean;
  readonly withStove: boolean;
}

/** Base cabinets under one worktop, with a sink and a stove let in. */
export function counterRun(part: Part, kit: Kit, run: CounterRun): void {
  const { random } = kit;
  const { w, top } = run;
  const d = COUNTER_DEPTH_M - 0.04;
  const h = COUNTER_HEIGHT_M;
  const bays = Math.max(1, Math.round(w / 0.6));
  const bw = w / bays;
  const sinkBay = run.withSink ? random.integer(0, bays - 1) : -1;
  const stoveBay = run.withStove && bays > 1 ? (sinkBay + 1 + random.integer(0, bays - 2)) % bays : -1;
  const base = put(part, 'cabinet', 0, 0, 0);
  for (let i = 0; i < bays; i++) {
    const x = -w / 2 + bw * (i + 0.5);
    if (i === stoveBay) {
      stove(part.at(x, 0, 0), kit, bw);
      continue;
    }
    base.box(x, d / 2, 0.1, bw, d, i === sinkBay ? h - 0.34 : h - 0.14, kit.front[2]);
    base.box(x, d / 2 - 0.03, 0, bw, d - 0.06, 0.1, kit.dark);
    if (i === sinkBay) {
      base.box(x, d - 0.02, h - 0.24, bw, 0.04, 0.2, kit.front[2]);
      base.box(x, 0.03, h - 0.24, bw, 0.06, 0.2, kit.front[2]);
    }
    if (random.chance(0.3)) drawers(base, kit, x, d, 0.12, bw - 0.01, h - 0.17, 4);
    else {
      drawers(base, kit, x, d, h - 0.22, bw - 0.01, 0.17, 1);
      cupboardDoor(base, kit, x, d, 0.12, bw - 0.014, h - 0.36, random.chance(0.5) ? 1 : -1);
    }
  }
  const slab = put(part, 'counter', 0, 0, 0);
  for (let i = 0; i < bays; i++) {
    const x = -w / 2 + bw * (i + 0.5);
    if (i === stoveBay) continue;
    if (i === sinkBay) sinkInto(part, slab, kit, x, bw, top);
    else {
      slab.box(x, COUNTER_DEPTH_M / 2, h - 0.04, bw, COUNTER_DEPTH_M, 0.04, top);
      if (random.chance(0.8)) counterThings(part.at(x, 0.26, h + 0.001), kit, bw);
    }
  }
}

function cupboardDoor(
  part: Part,
  kit: Kit,
  x: number,
  d: number,
  z: number,
  w: number,
  h: number,
  hinge: number,
): void {
  part.box(x, d + 0.008, z, w, 0.02, h, kit.front[2]);
  part.box(x, d + 0.018, z + 0.06, w - 0.13, 0.006, h - 0.12, kit.front[2]);
  part.cylinder(x + hinge * (w / 2 - 0.04), d + 0.045, z + h * 0.62, 0.013, 0.013, 0.14, kit.metal);
}

/** A bowl let into the worktop, open above, with its tap. */
function sinkInto(part: Part, slab: Part, kit: Kit, x: number, bw: number, top: Material): void {
  const h = COUNTER_HEIGHT_M;
  const D = COUNTER_DEPTH_M;
  const sw = Math.min(0.48, bw - 0.08);
  const skin = kit.random.chance(0.65) ? metal([0.42, 0.43, 0.44]) : porcelain([0.72, 0.72, 0.7]);
  const [y0, y1] = [0.11, 0.51];
  slab.box(x, y0 / 2, h - 0.04, bw, y0, 0.04, top);
  slab.box(x, (y1 + D) / 2, h - 0.04, bw, D - y1, 0.04, top);
  for (const s of [-1, 1])
    slab.box(x + (s * (bw + sw)) / 4, (y0 + y1) / 2, h - 0.04, (bw - sw) / 2, y1 - y0, 0.04, top);
  const sink = put(part, 'sink', x, (y0 + y1) / 2, 0);
  const depth = 0.17;
  const sd = y1 - y0;
  sink.box(0, 0, h - depth, sw, sd, 0.012, skin);
  for (const s of [-1, 1]) {
    sink.box((s * (sw - 0.02)) / 2, 0, h - depth, 0.02, sd, depth + 0.006, skin);
    sink.box(0, (s * (sd - 0.02)) / 2, h - depth, sw - 0.02, 0.02, depth + 0.006, skin);
  }
  sink.cylinder(0, 0, h - depth + 0.012, 0.06, 0.06, 0.004, kit.dark);
  tap(part.at(x, 0.06, h), kit);
}

export function tap(part: Part, kit: Kit): void {
  const t = put(part, 'tap', 0, 0, 0);
  const skin = metal([0.55, 0.55, 0.56], 0.25);
  t.cylinder(0, 0, 0, 0.045, 0.045, 0.03, skin);
  t.cylinder(0, 0, 0, 0.028, 0.028, 0.2, skin);
  t.bar('y', 0, 0.075, 0.2, 0.17, 0.024, skin);
  t.cylinder(0, 0.15, 0.165, 0.022, 0.022, 0.035, skin);
  t.bar('x', 0.04, 0, 0.09, 0.07, 0.014, kit.metal);
}

function counterThings(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const what = random.integer(0, 4);
  if (what === 0) microwave(part, kit);
  else if (what === 1) {
    const t = put(part, 'microwave', 0, 0, 0);
    t.cushion(0, 0, 0.012, 0.3, 0.2, 0.2, random.chance(0.5) ? kit.metal : anyPlastic(kit), 0.38);
    t.box(0, 0.103, 0.07, 0.03, 0.02, 0.05, kit.dark);
    for (const s of [-1, 1]) t.box(0, s * 0.045, 0.209, 0.22, 0.03, 0.004, kit.dark);
  } else if (what === 2) {
    const b = put(part, 'cutting board', 0, 0, 0);
    b.tilted(0, -0.16, 0.01, 'x', -0.08).box(0, 0, 0, 0.3, 0.02, 0.4, kit.wood[2]);
    clutter(part.at(0, 0.08, 0), kit, w, 0.2, 0.5, ['jar', 'cup', 'bowl']);
  } else clutter(part, kit, w, 0.42, 0.75, ['jar', 'bottles', 'cup', 'bowl', 'box', 'bottles', 'papers']);
}

function microwave(part: Part, kit: Kit): void {
  const m = put(part, 'microwave', 0, 0.02, 0.012);
  const skin = kit.random.chance(0.5) ? kit.metal : anyPlastic(kit);
  m.box(0, 0, 0, 0.48, 0.36, 0.28, skin);
  m.box(-0.06, 0.181, 0.03, 0.3, 0.006, 0.22, mirrorGlass());
  m.box(0.17, 0.181, 0.03, 0.1, 0.004, 0.22, kit.dark);
  m.cylinder(0.1, 0.2, 0.05, 0.016, 0.016, 0.18, kit.metal);
  for (let r = 0; r < 4; r++)
    for (let c = 0; c < 3; c++)
      m.box(0.145 + c * 0.026, 0.184, 0.05 + r * 0.04, 0.018, 0.004, 0.022, plastic([0.4, 0.4, 0.42]));
}

function stove(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const d = COUNTER_DEPTH_M - 0.01;
  const h = COUNTER_HEIGHT_M;
  const s = put(part, 'stove', 0, 0, 0);
  const skin = random.chance(0.6) ? kit.metal : plastic(draw(random, 'pale', 'dark', 'strong'), 0.5);
  s.box(0, d / 2, 0.05, w - 0.01, d, h - 0.06, skin);
  s.box(0, d / 2, h - 0.01, w - 0.01, d, 0.012, plastic([0.02, 0.02, 0.022], 0.7, 0.15));
  for (const x of [-1, 1])
    for (const y of [0.18, 0.45]) s.cylinder(x * w * 0.23, y, h + 0.002, 0.17, 0.17, 0.012, kit.dark);
  s.box(0, d + 0.004, 0.2, w - 0.1, 0.02, 0.42, plastic([0.02, 0.02, 0.025], 0.7, 0.15));
  s.bar('x', 0, d + 0.05, 0.67, w - 0.14, 0.022, kit.metal);
  for (let i = 0; i < 5; i++) s.bar('y', -w * 0.34 + i * w * 0.17, d + 0.015, 0.79, 0.04, 0.045, kit.dark);
  if (random.chance(0.65)) {
    const pot = put(part, 'bowl', random.pick([-1, 1]) * w * 0.23, random.pick([0.18, 0.45]), h + 0.015);
    const iron = random.chance(0.5) ? kit.metal : plastic(draw(random, 'strong', 'dark'), 0.6);
    pot.cylinder(0, 0, 0, 0.2, 0.2, 0.13, iron);
    pot.cylinder(0, 0, 0.13, 0.205, 0.205, 0.02, iron, -0.3);
    pot.ellipsoid(0, 0, 0.145, 0.035, 0.035, 0.035, kit.dark);
    pot.bar('x', 0, 0, 0.1, 0.3, 0.02, kit.dark);
  }
}

/** Hung above the counter; origin: middle of the lower back edge. */
export function wallCabinets(part: Part, kit: Kit, w: number, h: number): void {
  const { random } = kit;
  const d = 0.33;
  const c = put(part, 'wall cabinet', 0, 0, 0);
  c.box(0, d / 2, 0, w, d, h, kit.front[2]);
  c.box(0, d / 2 + 0.01, h, w + 0.01, d + 0.03, 0.04, kit.front[0]);
  const doors = Math.max(1, Math.round(w / 0.45));
  for (let i = 0; i < doors; i++) {
    const x = -w / 2 + (w * (i + 0.5)) / doors;
    const dw = w / doors - 0.01;
    if (random.chance(0.12)) c.box(x, d + 0.006, 0.06, dw - 0.08, 0.008, h - 0.12, mirrorGlass());
    c.box(x, d + 0.006, 0.008, dw, 0.018, h - 0.016, kit.front[2]);
    c.box(x, d + 0.015, 0.06, dw - 0.12, 0.008, h - 0.12, kit.front[2]);
    c.cylinder(x + (i & 1 ? -1 : 1) * (dw / 2 - 0.035), d + 0.04, 0.05, 0.013, 0.013, 0.13, kit.metal);
  }
}

export function refrigerator(part: Part, kit: Kit): void {
  const { random } = kit;
  const w = random.uniform(0.62, 0.8);
  const d = 0.66;
  const h = random.uniform(1.65, 1.85);
  const f = put(part, 'refrigerator', 0, 0, 0);
  const skin = random.chance(0.45)
    ? metal([0.4, 0.4, 0.41], 0.08)
    : paint(draw(random, 'pale', 'pale', 'strong', 'dark', 'muted'), 0.5);
  f.box(0, d / 2, 0.03, w, d, h - 0.03, skin);
  const split = h * random.uniform(0.3, 0.7);
  for (const [z0, z1] of [
    [0.08, split - 0.006],
    [split + 0.006, h - 0.01],
  ]) {
    f.box(0, d + 0.03, z0, w - 0.006, 0.058, z1 - z0, skin);
    f.cylinder(-w / 2 + 0.06, d + 0.09, z0 + (z1 - z0) * 0.25, 0.022, 0.022, (z1 - z0) * 0.5, kit.metal);
  }
  for (let i = random.integer(0, 5); i > 0; i--) {
    const n = put(part, 'paper', random.uniform(-0.15, 0.25) * w, d + 0.0605, random.uniform(1, h - 0.3));
    const size = random.uniform(0.06, 0.17);
    n.box(0, 0, 0, size, 0.003, size * 1.3, page(draw(random, 'pale', 'strong'), random.bits() & 0xfff));
  }
  clutter(part.at(0, d / 2, h + 0.001), kit, w, d * 0.8, 0.7, ['box', 'bowl', 'jar', 'box', 'plant']);
}

/** A cloth over a rail or hook on the wall. */
export function towelOn(part: Part, kit: Kit, w: number, long: number, railed: boolean): void {
  const skin = cloth(kit);
  if (railed) put(part, 'towel', 0, 0, 0).bar('x', 0, 0.06, 0, w + 0.2, 0.018, kit.metal);
  const t = put(part, 'towel', 0, 0, 0);
  t.cushion(0, 0.078, -long, w, 0.03, long + 0.02, skin, 0.35);
  t.box(0, 0.045, -long * 0.7, w * 0.98, 0.012, long * 0.7, skin);
}

export const splashback = (part: Part, w: number, h: number, skin: Material): void =>
  put(part, 'wall', 0, 0, COUNTER_HEIGHT_M).box(0, 0.005, 0, w, 0.01, h, skin);

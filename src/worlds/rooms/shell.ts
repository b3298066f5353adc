import type { Part } from '../build.ts';
import { place, type Vec3 } from '../frame.ts';
import type { Material, Rgb } from '../material.ts';
import { draw } from '../palette.ts';
import { glowing, metal, mirrorGlass, paint } from '../textures/plain.ts';
import type { Light } from '../world.ts';
import { cloth, type Kit, put } from './kit.ts';
import { labelId } from './labels.ts';
import type { Plan, Wall } from './plan.ts';

const WALL_THICK_M = 0.24;

export interface Opening {
  readonly x: number;
  readonly z: number;
  readonly w: number;
  readonly h: number;
}

/** A wall with its openings left out, built of boxes above, below and between them. */
export function wallWithOpenings(
  root: Part,
  wall: Wall,
  heightM: number,
  openings: readonly Opening[],
  skin: Material,
): void {
  const part = onFrame(root, wall).as(labelId('wall'));
  const y = -WALL_THICK_M / 2;
  let from = -WALL_THICK_M;
  const sorted = [...openings].sort((a, b) => a.x - b.x);
  const slab = (x0: number, x1: number, z0: number, z1: number) => {
    if (x1 > x0 && z1 > z0) part.box((x0 + x1) / 2, y, z0, x1 - x0, WALL_THICK_M, z1 - z0, skin);
  };
  for (const o of sorted) {
    slab(from, o.x - o.w / 2, 0, heightM);
    slab(o.x - o.w / 2, o.x + o.w / 2, 0, o.z);
    slab(o.x - o.w / 2, o.x + o.w / 2, o.z + o.h, heightM);
    from = o.x + o.w / 2;
  }
  slab(from, wall.length + WALL_THICK_M, 0, heightM);
}

/** A part in the frame of a wall. The root part must stand in the world's frame. */
export function onFrame(root: Part, at: { readonly frame: Part['frame'] }): Part {
  return root.inFrame(at.frame);
}

export interface WindowMade {
  readonly light: Light;
  readonly opening: { centre: Vec3; u: Vec3; v: Vec3; normal: Vec3 };
}

/** Panes, bars, sill, and blinds or curtains; gives the light that comes in. */
export function makeWindow(
  root: Part,
  wall: Wall,
  o: Opening,
  kit: Kit,
  view: Material,
  daylight: Rgb,
  dressing: 'blinds' | 'curtains' | 'bare',
): WindowMade {
  const { random } = kit;
  const part = onFrame(root, wall);
  const pane = put(part, 'window', o.x, -0.14, o.z);
  pane.box(0, 0, 0, o.w, 0.01, o.h, view, false);
  const frame = put(part, 'window frame', o.x, -0.125, o.z);
  const bar = 0.055;
  frame.box(-o.w / 2 + bar / 2, 0, 0, bar, 0.06, o.h, kit.trim);
  frame.box(o.w / 2 - bar / 2, 0, 0, bar, 0.06, o.h, kit.trim);
  frame.box(0, 0, 0, o.w - 2 * bar, 0.058, bar, kit.trim);
  frame.box(0, 0, o.h - bar, o.w - 2 * bar, 0.058, bar, kit.trim);
  const columns = o.w > 1.1 ? random.integer(2, 3) : random.integer(1, 2);
  for (let i = 1; i < columns; i++)
    frame.box(-o.w / 2 + (o.w * i) / columns, 0, bar, bar * 0.8, 0.056, o.h - 2 * bar, kit.trim);
  if (random.chance(0.5)) frame.box(0, 0, o.h * 0.62, o.w - 2 * bar, 0.05, bar * 0.7, kit.trim);
  frame.box(0, 0.14, -0.035, o.w + 0.1, 0.2, 0.035, kit.trim);
  // Architrave.
  if (random.chance(0.5)) {
    frame.box(-o.w / 2 - 0.04, 0.135, 0, 0.08, 0.02, o.h + 0.08, kit.trim);
    frame.box(o.w / 2 + 0.04, 0.135, 0, 0.08, 0.02, o.h + 0.08, kit.trim);
    frame.box(0, 0.135, o.h, o.w, 0.02, 0.08, kit.trim);
  }
  let through = 1;
  if (dressing === 'blinds') through = blinds(part, o, kit);
  else if (dressing === 'curtains') curtains(part, o, kit);
  const centre = place(wall.frame, o.x, -0.06, o.z + o.h / 2);
  const u: Vec3 = [wall.frame.x[0] * o.w * 0.5, wall.frame.x[1] * o.w * 0.5, wall.frame.x[2] * o.w * 0.5];
  const v: Vec3 = [0, 0, o.h / 2];
  const power = o.w * o.h * through;
  return {
    light: {
      centre: place(wall.frame, o.x, dressing === 'blinds' ? 0.03 : -0.06, o.z + o.h / 2),
      u,
      v,
      normal: wall.frame.y,
      power: [daylight[0] * power, daylight[1] * power, daylight[2] * power],
    },
    opening: { centre, u, v, normal: wall.frame.y },
  };
}

/** Slats over the upper part of the window; gives the share of light that passes. */
function blinds(part: Part, o: Opening, kit: Kit): number {
  const { random } = kit;
  const skin = random.chance(0.6)
    ? paint(draw(random, 'pale', 'muted'), 0.25)
    : paint(draw(random, 'wood', 'strong'), 0.2);
  const b = put(part, 'blinds', o.x, -0.06, o.z);
  const lowered = random.uniform(0.45, 1);
  const pitch = 0.034;
  const tilt = random.uniform(0.15, 0.5);
  b.box(0, 0, o.h - 0.05, o.w - 0.02, 0.05, 0.05, skin);
  const count = Math.floor(((o.h - 0.07) * lowered) / pitch);
  for (let i = 0; i < count; i++)
    b.tilted(0, 0, o.h - 0.07 - i * pitch, 'x', tilt).box(0, 0, -0.0015, o.w - 0.04, 0.036, 0.003, skin);
  const end = o.h - 0.07 - count * pitch;
  b.box(0, 0, end - 0.02, o.w - 0.04, 0.03, 0.02, skin);
  for (const side of [-0.3, 0.3]) b.box(o.w * side, 0.02, end, 0.004, 0.004, o.h - 0.06 - end, skin);
  return 1 - lowered * 0.5;
}

function curtains(part: Part, o: Opening, kit: Kit): void {
  const { random } = kit;
  const skin = cloth(kit);
  const bottom = random.chance(0.55) ? 0.02 : Math.max(0.1, o.z - 0.15);
  const top = o.z + o.h + 0.12;
  const c = put(part, 'curtain', o.x, 0.09, 0);
  c.bar('x', 0, 0, top, o.w + 0.7, 0.025, kit.metal);
  c.ellipsoid(-o.w / 2 - 0.37, 0, top - 0.03, 0.06, 0.06, 0.06, kit.metal);
  c.ellipsoid(o.w / 2 + 0.37, 0, top - 0.03, 0.06, 0.06, 0.06, kit.metal);
  const drawn = random.uniform(0.16, 0.32) * o.w + 0.12;
  for (const side of [-1, 1])
    folds(c, side * (o.w / 2 + 0.28 - drawn / 2), 0, bottom, drawn, top - bottom - 0.01, skin, random.bits());
}

/** Hanging cloth: a row of upright elliptic cylinders of changing depth, each half in the next. */
export function folds(
  c: Part,
  x: number,
  y: number,
  z: number,
  w: number,
  h: number,
  skin: Material,
  salt: number,
): void {
  const count = Math.max(4, Math.round(w / 0.065));
  const pitch = w / count;
  for (let i = 0; i < count; i++) {
    const wave = ((salt >>> (i % 24)) & 3) * 0.012;
    c.cylinder(
      x - w / 2 + pitch * (i + 0.5),
      y + (i & 1 ? 0.018 : -0.012),
      z,
      pitch * 1.5,
      0.05 + wave,
      h,
      skin,
      (wave - 0.018) * 2,
    );
  }
}

/** A panelled or plain door in its frame; stands open into nothing never, so the room stays closed. */
export function makeDoor(root: Part, wall: Wall, x: number, kit: Kit): void {
  const { random } = kit;
  const w = 0.86;
  const h = 2.02;
  const part = onFrame(root, wall);
  const skin = random.chance(0.5) ? kit.trim : kit.front[2];
  const leaf = put(part, 'door', x, 0, 0);
  // Before the wall, which has no opening here.
  leaf.box(0, 0.006, 0.01, w, 0.02, h - 0.01, skin);
  const style = random.integer(0, 3);
  const raised = (px: number, pz: number, pw: number, ph: number) => {
    leaf.box(px, 0.013, pz, pw, 0.014, ph, skin);
    leaf.box(px, 0.018, pz + 0.03, pw - 0.06, 0.012, ph - 0.06, skin);
  };
  if (style === 1)
    for (const px of [-0.2, 0.2])
      for (const [pz, ph] of [
        [0.2, 0.62],
        [0.95, 0.85],
      ])
        raised(px, pz, 0.3, ph);
  else if (style === 2) for (let i = 0; i < 4; i++) raised(0, 0.16 + i * 0.46, 0.6, 0.38);
  else if (style === 3) {
    raised(0, 0.15, 0.6, 0.7);
    leaf.box(0, 0.012, 1.0, 0.6, 0.014, 0.85, mirrorGlassPane);
  }
  leaf.cylinder(-w / 2 + 0.07, 0.022, 0.97, 0.05, 0.02, 0.14, kit.metal);
  leaf.bar('y', -w / 2 + 0.07, 0.04, 1.04, 0.06, 0.018, kit.metal);
  leaf.bar('x', -w / 2 + 0.125, 0.065, 1.04, 0.13, 0.02, kit.metal);
  const frame = put(part, 'door frame', x, 0.012, 0);
  for (const side of [-1, 1]) frame.box(side * (w / 2 + 0.045), 0, 0, 0.09, 0.03, h + 0.09, kit.trim);
  frame.box(0, 0, h, w, 0.03, 0.09, kit.trim);
  const plate = put(part, 'switch', x - w / 2 - 0.22, 0, 1.05);
  plate.box(0, 0.005, 0, 0.085, 0.012, 0.085, paint([0.8, 0.8, 0.78], 0.4));
  plate.box(0, 0.012, 0.02, 0.035, 0.012, 0.045, paint([0.76, 0.76, 0.74], 0.4));
}
const mirrorGlassPane = mirrorGlass();

/** Boards along the foot of each wall, left out at doors. */
export function skirting(
  root: Part,
  wall: Wall,
  gaps: readonly { x: number; w: number }[],
  kit: Kit,
  tall: number,
): void {
  const part = onFrame(root, wall).as(labelId('skirting'));
  let from = 0;
  for (const gap of [...gaps].sort((a, b) => a.x - b.x)) {
    const end = gap.x - gap.w / 2;
    if (end > from) part.box((from + end) / 2, 0.007, 0, end - from, 0.014, tall, kit.trim);
    from = gap.x + gap.w / 2;
  }
  if (wall.length > from) part.box((from + wall.length) / 2, 0.007, 0, wall.length - from, 0.014, tall, kit.trim);
}

/** A fixture under the ceiling and its light. */
export function ceilingLamp(root: Part, plan: Plan, kit: Kit, x: number, y: number, isOn: boolean): Light | undefined {
  const { random } = kit;
  const { h } = plan.size;
  const part = put(root, 'ceiling lamp', x, y, 0);
  const warm: Rgb = random.pick<Rgb>([
    [1, 0.86, 0.66],
    [1, 0.93, 0.82],
    [0.93, 0.97, 1],
  ]);
  const shade = isOn ? glowing(warm, 2.6) : paint([0.72, 0.7, 0.64], 0.3);
  const kind = random.integer(0, 3);
  let below = 0.14;
  if (kind === 0) {
    part.cylinder(0, 0, h - 0.03, 0.2, 0.2, 0.03, kit.metal, 0, false);
    part.ellipsoid(0, 0, h - 0.13, 0.38, 0.38, 0.2, shade, false);
  } else if (kind === 1) {
    part.box(0, 0, h - 0.07, 1.2, 0.3, 0.07, kit.trim, false);
    part.box(0, 0, h - 0.075, 1.14, 0.25, 0.02, shade, false);
    below = 0.1;
  } else if (kind === 2) {
    below = 0.62;
    part.cylinder(0, 0, h - 0.4, 0.012, 0.012, 0.4, kit.dark, 0, false);
    part.cylinder(0, 0, h - 0.6, 0.36, 0.36, 0.24, isOn ? glowing(warm, 1.6) : cloth(kit, 'pale'), -0.35, false);
    part.ellipsoid(0, 0, h - 0.6, 0.1, 0.1, 0.13, shade, false);
  } else {
    below = 0.5;
    part.cylinder(0, 0, h - 0.34, 0.02, 0.02, 0.34, kit.metal, 0, false);
    for (const [dx, dy] of [
      [0.24, 0],
      [-0.24, 0],
      [0, 0.24],
      [0, -0.24],
    ]) {
      part.bar(dx === 0 ? 'y' : 'x', dx / 2, dy / 2, h - 0.34, 0.26, 0.016, metal([0.4, 0.33, 0.2]));
      part.cylinder(dx, dy, h - 0.42, 0.13, 0.13, 0.11, shade, -0.25, false);
    }
  }
  if (!isOn) return undefined;
  const strength = random.uniform(1.6, 2.6);
  return {
    centre: [x, y, h - below],
    u: [0.16, 0, 0],
    v: [0, 0.16, 0],
    normal: undefined,
    power: [warm[0] * strength, warm[1] * strength, warm[2] * strength],
  };
}

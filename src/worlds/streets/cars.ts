import type { Random } from '../../core/random.ts';
import type { Part } from '../build.ts';
import { type Material, material, type Rgb, scaled, write } from '../material.ts';
import { draw, screen } from '../palette.ts';
import { plastic } from '../textures/plain.ts';
import { type Kit, put } from './kit.ts';

/** Sizes in metres; places along the car from its middle, forwards. */
interface Build {
  readonly length: number;
  readonly width: number;
  readonly height: number;
  /** Upper edge of the doors. */
  readonly belt: number;
  /** Foot of the windscreen and of the rear window. */
  readonly cabin: readonly [number, number];
  /** Share by which the roof is shorter than the cabin's foot: windscreen and rear window together. */
  readonly rake: number;
  readonly wheel: number;
}

const BUILDS: readonly Build[] = [
  { length: 3.9, width: 1.7, height: 1.48, belt: 0.92, cabin: [0.75, -1.85], rake: 0.42, wheel: 0.61 },
  { length: 4.25, width: 1.78, height: 1.46, belt: 0.92, cabin: [0.8, -2.0], rake: 0.44, wheel: 0.64 },
  { length: 4.65, width: 1.82, height: 1.43, belt: 0.92, cabin: [0.75, -1.65], rake: 0.52, wheel: 0.65 },
  { length: 4.7, width: 1.83, height: 1.49, belt: 0.94, cabin: [0.8, -2.25], rake: 0.32, wheel: 0.66 },
  { length: 4.4, width: 1.84, height: 1.66, belt: 1.05, cabin: [1.0, -2.1], rake: 0.34, wheel: 0.7 },
  { length: 4.9, width: 1.94, height: 1.95, belt: 1.12, cabin: [1.55, -2.4], rake: 0.2, wheel: 0.66 },
];

/** Body paint with a clear coat. */
function lacquer(random: Random): { skin: Material; rgb: Rgb } {
  const grey = [0xb9bcbf, 0x8e9296, 0x53575b, 0x1d1f22, 0xe8e8e6, 0x2b2e33, 0x70757a];
  const rgb = random.chance(0.68) ? screen(random.pick(grey)) : draw(random, 'strong', 'dark', 'pale');
  const dust = 0.04 + 0.1 * random.uniform();
  const skin = material(
    rgb,
    (s, out) => {
      write(out, rgb, 1);
      const dirt = dust * (1 - Math.min(1, Math.max(0, s.pz - 0.2)));
      for (let c = 0; c < 3; c++) out[c] += (0.16 - out[c]) * dirt;
    },
    { gloss: 0.8, reflects: 0.09, infrared: 0.35 + 0.4 * rgb[1] },
  );
  return { skin, rgb };
}

/** The glass of a cabin, with the posts between its windows in the colour of the body. */
function cabinSkin(rgb: Rgb, posts: number): Material {
  const shown = scaled(rgb, 0.9);
  return material(
    [0.03, 0.035, 0.04],
    (s, out) => {
      const edge = s.face === 0 ? Math.abs(s.v) : Math.abs(s.u);
      const narrowing = s.face === 0 ? 0.09 : 0.06;
      const outside = 1 - (1 + s.w) * narrowing;
      if (s.face === 2) return write(out, shown, 1);
      if (edge > outside - 0.075 || s.w > 0.86 || s.w < -0.92) return write(out, shown, 1);
      if (s.face === 0) {
        const at = (s.v + 1) * 0.5 * posts;
        const toPost = Math.abs(at - Math.round(at)) / posts;
        if (Math.round(at) > 0 && Math.round(at) < posts && toPost < 0.022) return write(out, [0.02, 0.02, 0.022], 1);
      }
      // Head rests and a wheel show through.
      const seat = Math.abs(Math.abs(s.face === 0 ? s.v : s.u) - 0.4);
      write(out, seat < 0.14 && s.w < 0.15 ? [0.012, 0.012, 0.013] : [0.035, 0.042, 0.046], 1);
    },
    { gloss: 0.5, reflects: 0.2, infrared: 0.06 },
  );
}

const plateSkin = material([0.7, 0.7, 0.66], (s, out) => {
  const glyph = Math.abs(s.u) < 0.86 && Math.abs(s.w) < 0.6 && (Math.floor((s.u + 1) * 9) * 7919) % 5 > 1;
  write(out, glyph ? [0.04, 0.04, 0.05] : s.u < -0.9 ? [0.02, 0.05, 0.3] : [0.72, 0.72, 0.68], 1);
});
const lampSkin = plastic([0.6, 0.62, 0.64], 0.9, 0.4);
const tailSkin = plastic([0.36, 0.015, 0.012], 0.6, 0.5);
const rimSkin = material(
  [0.3, 0.3, 0.31],
  (s, out) => {
    // Spokes: the sign of a product of two turned pairs of axes gives eight sectors.
    const r2 = s.u * s.u + s.v * s.v;
    const spoke = s.u * s.v * (s.u * s.u - s.v * s.v) > 0;
    write(out, [0.42, 0.42, 0.43], r2 > 0.82 || r2 < 0.06 ? 0.9 : spoke ? 1 : 0.16);
  },
  { gloss: 0.6, infrared: 0.5 },
);

/** A passenger car from its parts, its middle over the origin of `part`, its front towards local y. */
export function car(part: Part, kit: Kit): void {
  const { random, dark } = kit;
  const build = random.pick(BUILDS);
  const { length, width, height, belt, cabin, rake } = build;
  const { skin, rgb } = lacquer(random);
  const c = put(part, 'car', 0, 0, 0);
  const sill = 0.2;
  const front = length / 2;
  const middle = (cabin[0] + cabin[1]) / 2;
  const foot = cabin[0] - cabin[1];
  const shoulder = sill + (belt - sill) * 0.72;
  const bonnet = front - cabin[0];
  // Lower body, then what lies between it and the windows: sides that lean in, a bonnet that falls to the front.
  c.cushion(0, 0, sill, width, length, shoulder - sill, skin, 0.385);
  const back = Math.max(cabin[1] - 0.12, -front + 0.06);
  c.truncated(
    0,
    (cabin[0] + 0.3 + back) / 2,
    shoulder - 0.16,
    width - 0.015,
    cabin[0] + 0.3 - back,
    belt - shoulder + 0.17,
    skin,
    0.09,
    0.07,
  );
  c.tilted(0, cabin[0] + bonnet * 0.46, belt - 0.2, 'x', -0.055).cushion(
    0,
    0,
    0,
    width - 0.16,
    bonnet * 1.02,
    0.17,
    skin,
    0.37,
  );
  if (cabin[1] > -front + 0.5) {
    const boot = cabin[1] + front;
    c.cushion(0, -front + boot / 2 + 0.08, shoulder - 0.1, width - 0.1, boot, belt - shoulder + 0.08, skin, 0.37);
  }
  c.cushion(0, front - 0.13, sill + 0.02, width - 0.1, 0.3, 0.34, skin, 0.4);
  c.cushion(0, -front + 0.13, sill + 0.04, width - 0.1, 0.3, 0.36, skin, 0.4);
  const glass = cabinSkin(rgb, foot > 2.7 ? 3 : 2);
  c.truncated(0, middle, belt - 0.01, width - 0.16, foot, height - belt - 0.05, glass, 0.2, rake);
  const roof = foot * (1 - rake);
  c.cushion(0, middle, height - 0.115, (width - 0.16) * 0.815, roof + 0.03, 0.12, skin, 0.39);
  wheels(c, build, kit);
  // Grille, air inlet, lamps, plates, mirrors, handles, bumpers.
  c.box(0, front - 0.0, 0.5, width * 0.4, 0.06, 0.1, dark);
  c.box(0, front + 0.0, 0.25, width * 0.58, 0.06, 0.12, dark);
  c.box(0, front + 0.02, 0.39, 0.52, 0.05, 0.11, plateSkin);
  c.box(0, -front - 0.01, random.chance(0.5) ? 0.42 : 0.6, 0.52, 0.06, 0.11, plateSkin);
  c.box(0, -front, 0.24, width * 0.7, 0.05, 0.1, dark);
  for (const side of [-1, 1]) {
    c.at(side * (width / 2 - 0.25), front - 0.07, 0, -side * 0.12).cushion(0, 0, 0.53, 0.4, 0.2, 0.15, lampSkin, 0.42);
    const tall = height > 1.6 ? 0.42 : 0.2;
    c.at(side * (width / 2 - 0.19), -front + 0.1, 0, side * 0.1).cushion(0, 0, 0.6, 0.3, 0.26, tall, tailSkin, 0.4);
    c.ellipsoid(side * (width / 2 + 0.07), cabin[0] - 0.42, belt - 0.02, 0.2, 0.12, 0.15, skin);
    c.box(side * (width / 2 - 0.012), 0.02, belt - 0.2, 0.03, 0.2, 0.03, dark);
    c.box(side * (width / 2 - 0.02), 0, sill - 0.02, 0.05, length * 0.56, 0.1, dark);
  }
  c.box(0, 0, 0.14, width * 0.82, length * 0.9, 0.1, dark);
}

function wheels(c: Part, { length, width, wheel }: Build, { dark, rubber }: Kit): void {
  const axle = length * 0.29;
  for (const y of [axle + 0.06, -axle])
    for (const side of [-1, 1]) {
      const x = side * (width / 2 - 0.1);
      // Lying cylinders: the wheel house, the tyre, the rim.
      const lying = c.tilted(x, y, wheel / 2, 'y', side);
      lying.cylinder(0, 0, -0.08, wheel * 1.2, wheel * 1.2, 0.185, dark);
      lying.cylinder(0, 0, -0.12, wheel, wheel, 0.235, rubber);
      lying.cylinder(0, 0, 0.1, wheel * 0.66, wheel * 0.66, 0.025, rimSkin);
    }
}

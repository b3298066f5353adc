import type { Part } from '../../build.ts';
import type { Rgb } from '../../material.ts';
import { ANY, draw } from '../../palette.ts';
import { cardboard, glowing, metal, paint, plastic, porcelain, wood } from '../../textures/plain.ts';
import { page, spine } from '../../textures/printed.ts';
import type { Light } from '../../world.ts';
import { anyPlastic, cloth, type Kit, put } from '../kit.ts';

/** A row of standing books from x0 to x1, backs to the front; some lean, some lie. */
export function bookRow(part: Part, kit: Kit, x0: number, x1: number, y: number, z: number, tallest: number): void {
  const { random } = kit;
  let x = x0;
  while (x < x1 - 0.03) {
    const kind = random.uniform();
    if (kind < 0.06) {
      x += random.uniform(0.04, 0.12);
      continue;
    }
    if (kind < 0.12 && x1 - x > 0.24) {
      let top = z;
      for (let i = random.integer(2, 4); i > 0 && top < z + tallest * 0.6; i--) {
        const thick = random.uniform(0.02, 0.045);
        book(part, kit, x + 0.11, y, top, 0.2, 0.15, thick);
        top += thick + 0.001;
      }
      x += 0.235;
      continue;
    }
    const thick = random.uniform(0.016, 0.05);
    const tall = Math.min(tallest, random.uniform(0.6, 0.98) * 0.3);
    const deep = random.uniform(0.13, 0.2);
    const cover = spine(draw(random, ...ANY), draw(random, 'pale', 'dark', 'strong'), random.bits() & 0xfff);
    const lean = random.chance(0.06) ? random.uniform(0.05, 0.1) : 0;
    const item = put(part, 'book', x + thick / 2 + lean * tall, y, z);
    if (lean > 0) item.tilted(0, 0, 0.004, 'y', -lean).box(0, 0, 0, thick, deep, tall, cover);
    else item.box(0, 0, 0, thick, deep, tall, cover);
    x += thick + 0.002 + lean * tall * 2;
  }
}

export function book(part: Part, kit: Kit, x: number, y: number, z: number, w: number, d: number, h: number): void {
  const { random } = kit;
  const b = put(part, random.chance(0.7) ? 'book' : 'magazine', x, y, z, random.uniform(-0.15, 0.15));
  b.box(0, 0, 0, w, d, h, spine(draw(random, ...ANY), draw(random, 'pale', 'strong'), random.bits() & 0xfff));
}

export function cup(part: Part, kit: Kit, x: number, y: number, z: number): void {
  const skin = porcelain(draw(kit.random, ...ANY));
  const c = put(part, 'cup', x, y, z, kit.random.uniform(-1, 1));
  c.cylinder(0, 0, 0, 0.078, 0.078, 0.095, skin, 0.06);
  c.cylinder(0, 0, 0.0955, 0.066, 0.066, 0.001, plastic([0.05, 0.03, 0.02]));
  c.box(0.048, 0, 0.02, 0.012, 0.012, 0.055, skin);
  c.box(0.042, 0, 0.07, 0.024, 0.012, 0.01, skin);
  c.box(0.042, 0, 0.015, 0.024, 0.012, 0.01, skin);
}

export function bottle(
  part: Part,
  kit: Kit,
  x: number,
  y: number,
  z: number,
  tall = kit.random.uniform(0.18, 0.32),
): void {
  const { random } = kit;
  const wide = random.uniform(0.055, 0.085);
  const skin = plastic(draw(random, 'strong', 'dark', 'pale', 'muted'), 0.7, 0.35);
  const b = put(part, 'bottle', x, y, z);
  b.cylinder(0, 0, 0, wide, wide, tall * 0.66, skin);
  b.cylinder(
    0,
    0,
    tall * 0.12,
    wide * 1.01,
    wide * 1.01,
    tall * 0.36,
    page(draw(random, ...ANY), random.bits() & 0xfff),
  );
  b.cylinder(0, 0, tall * 0.66, wide * 0.7, wide * 0.7, tall * 0.17, skin, -0.45);
  b.cylinder(0, 0, tall * 0.83, wide * 0.36, wide * 0.36, tall * 0.13, skin);
  b.cylinder(0, 0, tall * 0.95, wide * 0.42, wide * 0.42, tall * 0.06, anyPlastic(kit));
}

export function bowl(part: Part, kit: Kit, x: number, y: number, z: number): void {
  const { random } = kit;
  const wide = random.uniform(0.16, 0.28);
  const b = put(part, 'bowl', x, y, z);
  b.cylinder(0, 0, 0, wide * 0.72, wide * 0.72, 0.07, porcelain(draw(random, ...ANY)), 0.4);
  if (random.chance(0.6)) {
    const f = put(part, 'fruit', x, y, z + 0.05);
    const skins = [
      [0.5, 0.07, 0.05],
      [0.6, 0.3, 0.04],
      [0.3, 0.4, 0.06],
      [0.62, 0.5, 0.08],
    ] as const;
    for (const [dx, dy, dz] of [
      [-0.05, 0, 0],
      [0.04, 0.045, 0],
      [0.035, -0.05, 0],
      [0, 0, 0.05],
    ])
      f.ellipsoid(dx, dy, dz, 0.075, 0.075, 0.07, plastic(random.pick(skins), 0.3));
  }
}

export function vase(part: Part, kit: Kit, x: number, y: number, z: number): void {
  const { random } = kit;
  const tall = random.uniform(0.16, 0.3);
  const skin = porcelain(draw(random, ...ANY));
  const v = put(part, 'vase', x, y, z);
  v.ellipsoid(0, 0, -0.02, tall * 0.5, tall * 0.5, tall * 0.75, skin);
  v.cylinder(0, 0, 0, tall * 0.3, tall * 0.3, 0.01, skin);
  v.cylinder(0, 0, tall * 0.66, tall * 0.24, tall * 0.24, tall * 0.34, skin, 0.25);
  const bloom = plastic(draw(random, 'strong', 'pale'), 0.05);
  const stem = plastic([0.08, 0.17, 0.05], 0.05);
  for (let i = random.integer(3, 7); i > 0; i--) {
    const s = v
      .tilted(0, 0, tall * 0.9, random.pick(['x', 'y'] as const), random.uniform(-0.28, 0.28))
      .at(0, 0, 0, random.uniform(-1, 1));
    const h = random.uniform(0.12, 0.26);
    s.cylinder(0, 0, 0, 0.007, 0.007, h, stem);
    s.ellipsoid(0, 0, h - 0.01, 0.055, 0.055, 0.04, bloom);
    s.ellipsoid(0.02, 0, h * 0.5, 0.05, 0.018, 0.06, stem);
  }
}

export function plant(part: Part, kit: Kit, x: number, y: number, z: number, tall: number): void {
  const { random } = kit;
  const p = put(part, 'plant', x, y, z, random.uniform(-1, 1));
  const wide = tall * 0.36;
  p.cylinder(
    0,
    0,
    0,
    wide,
    wide,
    tall * 0.28,
    random.chance(0.5) ? porcelain(draw(random, ...ANY)) : paint([0.42, 0.19, 0.11]),
    0.14,
  );
  p.cylinder(0, 0, tall * 0.281, wide * 0.98, wide * 0.98, 0.005, paint([0.05, 0.035, 0.025]));
  const green: Rgb = random.pick<Rgb>([
    [0.05, 0.14, 0.04],
    [0.09, 0.2, 0.06],
    [0.12, 0.2, 0.08],
    [0.05, 0.11, 0.06],
  ]);
  const broad = random.chance(0.5);
  for (let i = 0; i < 22; i++) {
    const shade = random.uniform(0.7, 1.4);
    const leaf = plastic([green[0] * shade, green[1] * shade, green[2] * shade], 0.2);
    const around = p.at(0, 0, tall * 0.26, ((i * 7) % 22) / 5 - 2.2).at(0, 0, 0, i & 1 ? 1 : -1);
    const lean = around.tilted(0, 0, 0, 'x', random.uniform(0.08, 0.5));
    const reach = tall * random.uniform(0.4, 0.75);
    if (broad) {
      lean.cylinder(0, 0, 0, 0.008, 0.008, reach, leaf);
      lean
        .tilted(0, 0, reach, 'x', random.uniform(0.2, 0.6))
        .ellipsoid(0, 0, -0.02, tall * 0.14, 0.012, tall * 0.24, leaf);
    } else lean.ellipsoid(0, 0, 0, tall * 0.06, 0.012, reach, leaf);
  }
}

export function box(
  part: Part,
  kit: Kit,
  x: number,
  y: number,
  z: number,
  w: number,
  d: number,
  h: number,
  yaw = 0,
): void {
  const { random } = kit;
  const brown = random.chance(0.55) ? ([0.42, 0.29, 0.17] as const) : draw(random, ...ANY);
  put(part, 'box', x, y, z, yaw).box(0, 0, 0, w, d, h, cardboard(brown, draw(random, ...ANY), random.bits() & 0xfff));
}

export function papers(part: Part, kit: Kit, x: number, y: number, z: number): void {
  const { random } = kit;
  const p = put(part, 'paper', x, y, z);
  for (let i = 0; i < random.integer(1, 4); i++)
    p.at(random.uniform(-0.05, 0.05), random.uniform(-0.05, 0.05), i * 0.002, random.uniform(-0.25, 0.25)).box(
      0,
      0,
      0,
      0.21,
      0.297,
      0.0018,
      page([0.78, 0.77, 0.74], random.bits() & 0xfff),
    );
}

export function clock(part: Part, kit: Kit, x: number, z: number): void {
  const wide = kit.random.uniform(0.24, 0.36);
  const c = put(part, 'clock', x, 0.002, z).tilted(0, 0, 0, 'x', -1);
  c.cylinder(0, 0, 0, wide, wide, 0.03, kit.dark);
  c.cylinder(0, 0, 0.0301, wide * 0.9, wide * 0.9, 0.002, paint([0.8, 0.8, 0.77]));
  c.box(0, wide * 0.1, 0.033, 0.014, wide * 0.3, 0.003, kit.dark);
  c.box(wide * 0.1, 0, 0.033, wide * 0.25, 0.014, 0.003, kit.dark);
}

export function tableLamp(part: Part, kit: Kit, x: number, y: number, z: number, isOn: boolean): Light | undefined {
  const { random } = kit;
  const tall = random.uniform(0.34, 0.5);
  const l = put(part, 'lamp', x, y, z);
  const foot = random.chance(0.5) ? porcelain(draw(random, ...ANY)) : kit.metal;
  l.cylinder(0, 0, 0, 0.13, 0.13, 0.02, foot, 0, false);
  if (random.chance(0.5)) l.ellipsoid(0, 0, 0.01, 0.13, 0.13, tall * 0.5, foot, false);
  l.cylinder(0, 0, 0, 0.022, 0.022, tall * 0.7, foot, 0, false);
  const wide = random.uniform(0.2, 0.3);
  l.cylinder(
    0,
    0,
    tall * 0.58,
    wide,
    wide,
    tall * 0.42,
    isOn ? glowing([1, 0.8, 0.52], 1.5) : cloth(kit, 'pale', 'muted'),
    -random.uniform(0.1, 0.35),
    false,
  );
  return isOn ? glow(l, tall * 0.75, random.uniform(0.35, 0.6)) : undefined;
}

export function floorLamp(part: Part, kit: Kit, isOn: boolean): Light | undefined {
  const { random } = kit;
  const tall = random.uniform(1.45, 1.7);
  const l = put(part, 'lamp', 0, 0.17, 0);
  l.cylinder(0, 0, 0, 0.27, 0.27, 0.025, kit.metal, 0, false);
  l.cylinder(0, 0, 0, 0.026, 0.026, tall - 0.1, kit.metal, 0, false);
  l.cylinder(
    0,
    0,
    tall - 0.26,
    0.34,
    0.34,
    0.26,
    isOn ? glowing([1, 0.8, 0.52], 1.6) : cloth(kit, 'pale', 'muted'),
    -random.uniform(0.05, 0.35),
    false,
  );
  return isOn ? glow(l, tall - 0.13, random.uniform(0.5, 0.9)) : undefined;
}

const glow = (part: Part, z: number, strength: number): Light => {
  const { o } = part.frame;
  return {
    centre: [o[0], o[1], o[2] + z],
    u: [0.06, 0, 0],
    v: [0, 0.06, 0],
    normal: undefined,
    power: [strength, strength * 0.78, strength * 0.5],
  };
};

export function bag(part: Part, kit: Kit, x: number, y: number, z: number, yaw = 0): void {
  const { random } = kit;
  const skin = cloth(kit);
  const trim = anyPlastic(kit, 0.2);
  if (random.chance(0.5)) {
    const b = put(part, 'backpack', x, y, z, yaw);
    b.cushion(0, 0, 0, 0.32, 0.2, 0.46, skin, 0.52);
    b.cushion(0, 0.1, 0.04, 0.26, 0.1, 0.22, skin, 0.5);
    b.box(0, 0.148, 0.2, 0.2, 0.006, 0.012, trim);
    b.bar('x', 0, 0, 0.46, 0.1, 0.02, trim);
    for (const s of [-0.1, 0.1]) b.tilted(s, -0.11, 0.06, 'x', 0.08).box(0, 0, 0, 0.05, 0.015, 0.36, trim);
  } else {
    const b = put(part, 'bag', x, y, z, yaw);
    b.cushion(0, 0, 0, 0.4, 0.16, 0.3, skin, 0.42);
    for (const s of [-0.055, 0.055]) {
      b.tilted(-0.1, s, 0.24, 'y', 0.12).box(0, 0, 0, 0.025, 0.008, 0.2, trim);
      b.tilted(0.1, s, 0.24, 'y', -0.12).box(0, 0, 0, 0.025, 0.008, 0.2, trim);
      b.box(0, s, 0.43, 0.12, 0.008, 0.025, trim);
    }
  }
}

export function bin(part: Part, kit: Kit, x: number, y: number): void {
  const b = put(part, 'bin', x, y, 0);
  const skin = kit.random.chance(0.5) ? kit.metal : anyPlastic(kit);
  b.cylinder(0, 0, 0, 0.25, 0.25, 0.32, skin, 0.12);
  b.cylinder(0, 0, 0.3201, 0.24, 0.24, 0.003, kit.dark);
  b.cushion(0.02, 0, 0.3, 0.14, 0.16, 0.08, paint([0.7, 0.7, 0.68]), 0.7);
}

export function toy(part: Part, kit: Kit, x: number, y: number, z: number): void {
  const { random } = kit;
  const fur = cloth(kit, 'wood', 'muted', 'pale');
  const t = put(part, 'toy', x, y, z, random.uniform(-0.4, 0.4));
  t.ellipsoid(0, 0, 0, 0.15, 0.13, 0.18, fur);
  t.ellipsoid(0, 0.01, 0.15, 0.13, 0.12, 0.12, fur);
  for (const s of [-1, 1]) {
    t.ellipsoid(s * 0.05, 0, 0.245, 0.045, 0.025, 0.045, fur);
    t.ellipsoid(s * 0.08, 0.05, 0.09, 0.06, 0.1, 0.06, fur);
    t.ellipsoid(s * 0.05, 0.09, 0, 0.07, 0.13, 0.07, fur);
    t.ellipsoid(s * 0.025, 0.06, 0.215, 0.014, 0.014, 0.014, kit.dark);
  }
}

/** Small things side by side on a free top that is w wide and d deep; the origin is its middle. */
export function clutter(part: Part, kit: Kit, w: number, d: number, density: number, kinds: readonly Clutter[]): void {
  const { random } = kit;
  let x = -w / 2 + 0.08;
  while (x < w / 2 - 0.1) {
    if (!random.chance(density)) {
      x += random.uniform(0.06, 0.16);
      continue;
    }
    const y = random.uniform(-0.5, 0.5) * Math.max(0, d - 0.24);
    const kind = random.pick(kinds);
    const room = w / 2 - x;
    if (kind === 'books' && room > 0.3) {
      let z = 0;
      for (let i = random.integer(1, 4); i > 0; i--) {
        const thick = random.uniform(0.02, 0.045);
        book(part, kit, x + 0.12, y, z, random.uniform(0.18, 0.24), random.uniform(0.14, 0.18), thick);
        z += thick + 0.001;
      }
      x += 0.28;
    } else if (kind === 'papers' && room > 0.32 && d > 0.34) {
      papers(part, kit, x + 0.15, y, 0.001);
      x += 0.33;
    } else if (kind === 'plant' && room > 0.26) {
      plant(part, kit, x + 0.11, y, 0, random.uniform(0.25, 0.42));
      x += 0.26;
    } else if (kind === 'vase' && room > 0.22) {
      vase(part, kit, x + 0.08, y, 0);
      x += 0.2;
    } else if (kind === 'bowl' && room > 0.34) {
      bowl(part, kit, x + 0.14, y, 0);
      x += 0.32;
    } else if (kind === 'box' && room > 0.36) {
      const w0 = random.uniform(0.14, 0.3);
      box(part, kit, x + w0 / 2, y, 0, w0, Math.min(d * 0.8, random.uniform(0.12, 0.24)), random.uniform(0.08, 0.24));
      x += w0 + 0.03;
    } else if (kind === 'toy' && room > 0.22) {
      toy(part, kit, x + 0.09, y, 0);
      x += 0.22;
    } else if (kind === 'bag' && room > 0.42) {
      bag(part, kit, x + 0.2, y, 0);
      x += 0.44;
    } else if (kind === 'bottles') {
      bottle(part, kit, x + 0.04, y, 0);
      x += 0.1;
    } else if (kind === 'jar') {
      const wide = random.uniform(0.08, 0.13);
      const tall = random.uniform(0.1, 0.2);
      const j = put(part, 'vase', x + wide / 2, y, 0);
      j.cylinder(
        0,
        0,
        0,
        wide,
        wide,
        tall,
        random.chance(0.5) ? porcelain(draw(random, ...ANY)) : metal([0.5, 0.5, 0.5]),
      );
      j.cylinder(0, 0, tall, wide * 1.04, wide * 1.04, 0.025, wood(draw(random, 'wood'), 0));
      x += wide + 0.03;
    } else {
      cup(part, kit, x + 0.05, y, 0);
      x += 0.13;
    }
  }
}
export type Clutter =
  | 'books'
  | 'papers'
  | 'plant'
  | 'vase'
  | 'bowl'
  | 'box'
  | 'toy'
  | 'bag'
  | 'bottles'
  | 'cup'
  | 'jar';

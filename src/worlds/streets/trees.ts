import type { Part } from '../build.ts';
import { type Kit, put } from './kit.ts';

/** A tree of about this height: trunk, boughs, and a crown of several masses of leaves. */
export function tree(part: Part, kit: Kit, heightM: number): void {
  const { random } = kit;
  const kind = random.pick(['round', 'round', 'round', 'column', 'cone']);
  const t = put(part, 'vegetation', 0, 0, 0, random.uniform(-0.8, 0.8));
  const skin = random.pick(kit.barks);
  const leaf = random.pick(kit.crowns);
  const thick = 0.035 * heightM * random.uniform(0.8, 1.2);
  if (kind === 'cone') {
    t.cylinder(0, 0, -0.1, thick, thick, heightM * 0.5, skin, -0.3);
    for (let i = 0; i < 4; i++) {
      const wide = heightM * (0.5 - i * 0.11);
      t.leafy(0, 0, heightM * (0.1 + 0.2 * i), wide, wide, heightM * 0.36, leaf, { gaps: 0.55, clumpM: 0.55 });
    }
    return;
  }
  if (kind === 'column') {
    t.cylinder(0, 0, -0.1, thick, thick, heightM * 0.4, skin, -0.2);
    const wide = heightM * random.uniform(0.28, 0.36);
    t.leafy(0, 0, heightM * 0.14, wide, wide, heightM * 0.86, leaf, { gaps: 0.5, clumpM: 0.6 });
    return;
  }
  const clear = heightM * random.uniform(0.24, 0.34);
  t.cylinder(0, 0, -0.1, thick, thick, clear + heightM * 0.2, skin, -0.25);
  for (let i = 0; i < 4; i++) {
    const bough = t
      .at(0, 0, clear * random.uniform(0.85, 1.1), i * 0.9 - 1.2)
      .tilted(0, 0, 0, 'x', random.uniform(0.22, 0.42));
    bough.cylinder(0, 0, 0, thick * 0.45, thick * 0.45, heightM * 0.34, skin, -0.4);
  }
  const wide = heightM * random.uniform(0.58, 0.78);
  const crown = { gaps: 0.62, clumpM: random.uniform(0.65, 0.95) };
  const tall = heightM - clear;
  t.leafy(0, 0, clear + tall * 0.1, wide * 0.86, wide * 0.86, tall * 0.9, leaf, crown);
  for (let i = 0; i < 3; i++) {
    const away = t.at(0, 0, 0, i * 0.95 - 1 + random.uniform(-0.2, 0.2));
    const size = wide * random.uniform(0.55, 0.72);
    away.leafy(0, wide * 0.27, clear + tall * random.uniform(0.02, 0.3), size, size, size * 0.9, leaf, crown);
  }
}

/** A clipped hedge along local x, w long. */
export function hedge(part: Part, kit: Kit, w: number, d: number, h: number): void {
  const b = put(part, 'vegetation', 0, 0, 0);
  b.leafy(0, 0, -0.06, w, d, h, kit.random.pick(kit.hedges), { gaps: 0.2, clumpM: 0.32, isHedge: true });
}

/** A shrub, wider than high. */
export function shrub(part: Part, kit: Kit, size: number): void {
  const { random } = kit;
  const b = put(part, 'vegetation', 0, 0, 0);
  b.leafy(0, 0, -0.15, size * random.uniform(1, 1.5), size, size * random.uniform(0.8, 1.1), random.pick(kit.crowns), {
    gaps: 0.5,
    clumpM: 0.4,
  });
}

/** The wood at the edge of what is seen: a long uneven mass along local x. */
export function wood(part: Part, kit: Kit, w: number, h: number): void {
  const b = put(part, 'vegetation', 0, 0, 0);
  const { random } = kit;
  b.leafy(0, 0, -h * 0.6, w, 30, h * 1.7, random.pick(kit.crowns), { gaps: 0.42, clumpM: 4.5 });
}

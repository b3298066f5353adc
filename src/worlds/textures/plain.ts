import { across, blend, type Material, material, mixed, type Rgb, scaled, up, write } from '../material.ts';
import { cell, clamp, fade, noise3, smoothstep } from '../noise.ts';

/** Emulsion or lacquer: even, with faint large stains and the roller's grain. */
export function paint(rgb: Rgb, gloss = 0.05): Material {
  return material(
    rgb,
    (s, out) => {
      const stains = 0.035 * noise3(s.px * 1.3, s.py * 1.3, s.pz * 1.3 + 9);
      const grain = 0.02 * fade(0.012, s.footprintM) * noise3(s.px * 90, s.py * 90, s.pz * 90);
      write(out, rgb, 1 + stains + grain);
    },
    { gloss },
  );
}

export function plastic(rgb: Rgb, gloss = 0.35, infrared?: number): Material {
  return material(rgb, (_, out) => write(out, rgb, 1), { gloss, ...(infrared === undefined ? {} : { infrared }) });
}

/** Brushed steel, brass: streaks, highlights, a weak mirror image; poor for infrared. */
export function metal(rgb: Rgb, reflects = 0.12): Material {
  return material(
    rgb,
    (s, out) => {
      const streak = 0.09 * fade(0.004, s.footprintM) * noise3(across(s) * 8, up(s) * 300, 3);
      write(out, rgb, 1 + streak + 0.05 * noise3(s.px * 3, s.py * 3, s.pz * 3));
    },
    { gloss: 0.9, reflects, infrared: 0.3 },
  );
}

export const porcelain = (rgb: Rgb): Material =>
  material(rgb, (_, out) => write(out, rgb, 1), { gloss: 0.8, reflects: 0.05, infrared: 0.55 });

export const mirrorGlass = (): Material =>
  material([0.04, 0.045, 0.045], (_, out) => write(out, [0.02, 0.022, 0.022], 1), {
    gloss: 0,
    reflects: 0.82,
    infrared: 0.02,
  });

/** A lamp that is on. `radiance` is relative to white paper in the room. */
export const glowing = (rgb: Rgb, radiance: number): Material =>
  material(rgb, (s, out) => write(out, rgb, radiance * (0.85 + 0.15 * (1 - s.w * s.w))), {
    emits: true,
    infrared: 0.1,
  });

/** Stone with grains of three tones; `veins` adds the dark threads of marble. */
export function stone(rgb: Rgb, other: Rgb, veins: boolean): Material {
  return material(
    mixed(rgb, other, 0.3),
    (s, out) => {
      const fine = fade(0.006, s.footprintM) * noise3(s.px * 160, s.py * 160, s.pz * 160);
      const coarse = noise3(s.px * 40, s.py * 40, s.pz * 40) * fade(0.025, s.footprintM);
      let t = 0.3 + 0.35 * coarse + 0.35 * fine;
      if (veins) {
        const warp = noise3(s.px * 2.2, s.py * 2.2, s.pz * 2.2) + 0.5 * noise3(s.px * 6, s.py * 6, s.pz * 6);
        t = 0.08 * coarse + smoothstep(0.12, 0, Math.abs(warp)) * 0.8;
      }
      blend(out, rgb, other, clamp(t, 0, 1));
    },
    { gloss: 0.5, reflects: 0.04 },
  );
}

/** Wood sawn along local axis `grain` (0, 1 or 2), lacquered. */
export function wood(rgb: Rgb, grain: 0 | 1 | 2, gloss = 0.25): Material {
  const dark = scaled(rgb, 0.55);
  return material(
    mixed(rgb, dark, 0.3),
    (s, out) => {
      const along = grain === 0 ? s.px : grain === 1 ? s.py : s.pz;
      const a = grain === 0 ? s.py : s.px;
      const b = grain === 2 ? s.py : s.pz;
      blend(out, rgb, dark, woodTone(along, a, b, s.footprintM));
    },
    { gloss, reflects: gloss > 0.4 ? 0.04 : 0 },
  );
}

/** Darkness of wood in [0, 1] at a point: year rings cut lengthwise, and fibres. */
export function woodTone(along: number, a: number, b: number, footprintM: number): number {
  const warp = noise3(along * 1.1, a * 3, b * 3);
  const rings = (a + b * 0.8) * 22 + warp * 2.6;
  const ring = Math.abs(rings - Math.floor(rings) - 0.5) * 2;
  const fibre = noise3(along * 9, a * 170, b * 170) * fade(0.006, footprintM);
  return clamp(0.12 + 0.42 * ring * ring * fade(0.03, footprintM) + 0.12 * warp + 0.22 * fibre, 0, 1);
}

/** Cardboard, with tape along the middle of the top and a printed mark on the sides. */
export function cardboard(rgb: Rgb, print: Rgb, salt: number): Material {
  return material(rgb, (s, out) => {
    const flutes = 0.05 * noise3(across(s) * 120, up(s) * 3, salt) * fade(0.008, s.footprintM);
    if (s.face === 2 && Math.abs(s.v) < 0.16) return write(out, mixed(rgb, [0.75, 0.66, 0.45], 0.6), 1.05);
    const h = s.face === 0 ? s.v : s.u;
    const onMark = s.face < 2 && Math.abs(h - 0.25) < 0.35 && Math.abs(s.w + 0.1) < 0.3;
    if (onMark && cell(Math.floor(h * 9), Math.floor(s.w * 5), salt) > 0.45) return write(out, print, 1);
    write(out, rgb, 1 + flutes + 0.06 * noise3(s.px * 5, s.py * 5, s.pz * 5));
  });
}

import { across, blend, type Material, material, mixed, type Rgb, up } from '../material.ts';
import { cell, clamp, fade, noise3, smoothstep } from '../noise.ts';

export const FABRIC_PATTERNS = [
  'plain',
  'plain',
  'plain',
  'plain',
  'stripes',
  'checks',
  'dots',
  'leaves',
  'zigzag',
] as const;
export type FabricPattern = (typeof FABRIC_PATTERNS)[number];

/** Share of the second colour, in [0, 1]. a, b in metres; `scaleM` is the repeat. */
export function patternAt(pattern: FabricPattern, a: number, b: number, scaleM: number, salt: number): number {
  const p = a / scaleM;
  const q = b / scaleM;
  const i = Math.floor(p);
  const j = Math.floor(q);
  const x = p - i - 0.5;
  const y = q - j - 0.5;
  switch (pattern) {
    case 'plain':
      return 0;
    case 'stripes':
      return Math.abs(x) < 0.22 ? 1 : Math.abs(x) > 0.45 ? 0.5 : 0;
    case 'checks':
      return (Math.abs(x) < 0.25 ? 0.5 : 0) + (Math.abs(y) < 0.25 ? 0.5 : 0);
    case 'dots':
      return smoothstep(0.075, 0.05, x * x + y * y);
    case 'leaves': {
      // Each cell of the repeat carries a leaf: an ellipse, slanting one way or the other.
      const slant = cell(i, j, salt) > 0.5 ? 0.9 : -0.9;
      const along = x + y * slant;
      const off = y - x * slant;
      const leaf = along * along * 3.2 + off * off * 14;
      return leaf < 0.55 ? (Math.abs(off) < 0.02 ? 0.5 : 1) : 0;
    }
    case 'zigzag': {
      const fold = q + Math.abs(x);
      return Math.abs(fold - Math.floor(fold) - 0.5) < 0.22 ? 1 : 0;
    }
  }
}

/** Woven cloth: threads, creases, and a printed or woven pattern of a second colour. */
export function fabric(rgb: Rgb, second: Rgb, pattern: FabricPattern, scaleM: number, salt: number): Material {
  return material(pattern === 'plain' ? rgb : mixed(rgb, second, 0.35), (s, out) => {
    const a = across(s);
    const b = up(s);
    const threads = 0.13 * noise3(a * 260, b * 260, s.pz * 30) * fade(0.005, s.footprintM);
    const slub = 0.06 * noise3(s.px * 45, s.py * 45, s.pz * 45) * fade(0.02, s.footprintM);
    const creases = 0.11 * noise3(s.px * 6 + 3, s.py * 6, s.pz * 6) + 0.06 * noise3(s.px * 14, s.py * 14, s.pz * 14);
    const t = patternAt(pattern, a, b, scaleM, salt) * fade(scaleM * 0.4, s.footprintM);
    blend(out, rgb, second, clamp(t, 0, 1), 1 + threads + slub + creases);
  });
}

/** Printed wallpaper: like cloth without its creases, with a broad ground stripe. */
export function wallpaper(rgb: Rgb, second: Rgb, pattern: FabricPattern, scaleM: number, salt: number): Material {
  return material(
    mixed(rgb, second, 0.2),
    (s, out) => {
      const a = across(s);
      const t = patternAt(pattern, a, up(s), scaleM, salt) * fade(scaleM * 0.4, s.footprintM);
      const broad = Math.floor(a / (scaleM * 3)) & 1 ? 0.06 : 0;
      blend(out, rgb, second, clamp(t * 0.55 + broad, 0, 1), 1 + 0.03 * noise3(s.px * 2, s.py * 2, s.pz * 2));
    },
    { gloss: 0.03 },
  );
}

import { across, blend, type Material, material, mixed, type Rgb, scaled, up } from '../material.ts';
import { cell, clamp, fade, noise3, smoothstep } from '../noise.ts';
import { woodTone } from './plain.ts';

/** Share of a pixel that a line of this width covers, at a distance `off` from its middle. */
function line(off: number, widthM: number, footprintM: number): number {
  const blur = Math.max(widthM, footprintM);
  return clamp((blur - off) / blur + 0.5, 0, 1) * Math.min(1, widthM / blur);
}

const toSeam = (value: number, pitch: number): number => {
  const at = value / pitch;
  const part = at - Math.floor(at);
  return Math.min(part, 1 - part) * pitch;
};

/** Boards along x, each of its own tone and grain, with staggered ends. */
export function planks(rgb: Rgb, widthM: number, lengthM: number, gloss: number, alongY: boolean): Material {
  const dark = scaled(rgb, 0.5);
  return material(
    mixed(rgb, dark, 0.35),
    (s, out) => {
      const along = alongY ? s.py : s.px;
      const side = alongY ? s.px : s.py;
      const row = Math.floor(side / widthM);
      const shifted = along + cell(row, 3, 11) * lengthM;
      const board = Math.floor(shifted / lengthM);
      const tone = cell(row, board, 12);
      const grain = woodTone(along + tone * 40, side + tone * 13, tone * 7, s.footprintM);
      const seam = Math.max(
        line(toSeam(side, widthM), 0.003, s.footprintM),
        line(toSeam(shifted, lengthM), 0.003, s.footprintM),
      );
      const worn = 0.06 * noise3(s.px * 1.7, s.py * 1.7, 5);
      blend(out, rgb, dark, clamp(grain * 0.7 + tone * 0.45, 0, 1), (1 + worn) * (1 - 0.55 * seam));
    },
    { gloss, reflects: gloss * 0.14 },
  );
}

/** Ceramic tiles with grout; `pattern` lays the second colour as a chequer or as small inserts at the corners. */
export function tiles(
  rgb: Rgb,
  second: Rgb,
  grout: Rgb,
  sizeM: number,
  pattern: 'even' | 'chequer' | 'inserts',
  gloss: number,
  brickBond = false,
): Material {
  return material(
    pattern === 'chequer' ? mixed(rgb, second, 0.5) : rgb,
    (s, out) => {
      const height = brickBond ? sizeM / 2 : sizeM;
      const row = Math.floor(up(s) / height);
      const a = across(s) + (brickBond && (row & 1) === 1 ? sizeM / 2 : 0);
      const column = Math.floor(a / sizeM);
      const tone = 1 + 0.1 * (cell(column, row, 21) - 0.5) + 0.05 * noise3(s.px * 9, s.py * 9, s.pz * 9);
      const da = toSeam(a, sizeM);
      const db = toSeam(up(s), height);
      const seam = Math.max(line(da, 0.005, s.footprintM), line(db, 0.005, s.footprintM));
      let other = 0;
      if (pattern === 'chequer') other = (column + row) & 1;
      else if (pattern === 'inserts') other = smoothstep(s.footprintM, -s.footprintM, da + db - sizeM * 0.17);
      blend(out, rgb, second, other, tone);
      for (let c = 0; c < 3; c++) out[c] += (grout[c] - out[c]) * seam * 0.8;
    },
    { gloss, reflects: gloss * 0.1, infrared: 0.75 },
  );
}

/** Cut pile: fine speckle, footprints and tracks of the vacuum cleaner. */
export function carpet(rgb: Rgb, second: Rgb): Material {
  return material(mixed(rgb, second, 0.3), (s, out) => {
    const pile = noise3(s.px * 210, s.py * 210, s.pz * 210) * fade(0.005, s.footprintM);
    const tuft = noise3(s.px * 60, s.py * 60, s.pz * 60) * fade(0.016, s.footprintM);
    const tracks = noise3(s.px * 2.5, s.py * 7, 2) * 0.09;
    blend(out, rgb, second, clamp(0.3 + 0.35 * pile + 0.3 * tuft, 0, 1), 1 + tracks);
  });
}

/** A woven rug: border bands and a repeated medallion. */
export function rug(rgb: Rgb, second: Rgb, third: Rgb, salt: number): Material {
  return material(mixed(rgb, second, 0.4), (s, out) => {
    const x = Math.abs(s.u) * s.hx;
    const y = Math.abs(s.v) * s.hy;
    const edge = Math.min(s.hx - x, s.hy - y);
    const weave = 1 + 0.18 * noise3(s.px * 150, s.py * 150, 1) * fade(0.007, s.footprintM);
    if (edge < 0.05) return blend(out, second, rgb, 0, weave);
    if (edge < 0.16) {
      const step = Math.floor((x + y) / 0.055) & 1;
      return blend(out, third, second, step, weave);
    }
    if (edge < 0.19) return blend(out, second, rgb, 0.2, weave);
    const motif = cell(Math.floor(x / 0.045), Math.floor(y / 0.045), salt);
    const diamond = x / s.hx + y / s.hy;
    const t = diamond < 0.35 ? 0.85 : motif > 0.72 ? 0.7 : motif > 0.6 ? 0.25 : 0;
    blend(out, rgb, motif > 0.86 ? third : second, t, weave);
  });
}

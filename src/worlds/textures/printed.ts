import type { Random } from '../../core/random.ts';
import { blend, type Material, material, type Rgb, type Spot, scaled, write } from '../material.ts';
import { cell, clamp, noise3, smoothstep } from '../noise.ts';
import { draw } from '../palette.ts';

/** Position on the front of an upright thing: 0..1 from left to right and from bottom to top. */
const frontX = (s: Spot): number => 0.5 + 0.5 * (s.face === 0 ? s.v : s.u);
const frontY = (s: Spot): number => 0.5 + 0.5 * (s.face === 2 ? s.v : s.w);

/** Something painted: a landscape, an abstract of blocks, a portrait, a vase of flowers, or brush strokes. */
export function painting(random: Random): Material {
  const kind = random.integer(0, 4);
  const salt = random.bits() & 0xffff;
  const a = draw(random, 'pale', 'muted');
  const b = draw(random, 'strong', 'muted');
  const c = draw(random, 'dark', 'strong');
  const d = draw(random, 'strong', 'pale');
  return material(
    b,
    (s, out) => {
      const x = frontX(s);
      const y = frontY(s);
      const brush = 1 + 0.1 * noise3(x * 60, y * 25, salt);
      if (kind === 0) {
        const ridge = 0.45 + 0.14 * noise3(x * 4, 1, salt) + 0.05 * noise3(x * 13, 2, salt);
        const meadow = 0.26 + 0.06 * noise3(x * 3, 5, salt);
        if (y > ridge) blend(out, a, d, clamp(1.2 - y + 0.3 * noise3(x * 3, y * 8, salt), 0, 1), brush);
        else if (y > meadow) write(out, c, brush * (0.8 + y));
        else blend(out, b, c, clamp(0.5 + noise3(x * 9, y * 20, salt), 0, 1), brush);
      } else if (kind === 1) {
        const i = Math.floor(x * 4 + 0.5 * cell(Math.floor(y * 5), 1, salt));
        const r = cell(i, Math.floor(y * 5), salt);
        write(out, r < 0.3 ? a : r < 0.55 ? b : r < 0.8 ? d : c, brush);
      } else if (kind === 2) {
        const head = (x - 0.5) * (x - 0.5) * 30 + (y - 0.62) * (y - 0.62) * 18;
        const body = y < 0.4 && Math.abs(x - 0.5) < 0.14 + (0.4 - y) * 0.9;
        const hair = (x - 0.5) * (x - 0.5) * 22 + (y - 0.68) * (y - 0.68) * 16;
        if (head < 1) write(out, [0.62, 0.42, 0.3], brush * (1.1 - 0.4 * x));
        else if (hair < 1) write(out, c, brush);
        else if (body) write(out, b, brush);
        else blend(out, d, a, clamp(0.5 + 0.6 * noise3(x * 3, y * 3, salt), 0, 1), brush * 0.7);
      } else if (kind === 3) {
        const i = Math.floor(x * 5);
        const j = Math.floor(y * 6);
        const dx = x * 5 - i - 0.3 - 0.4 * cell(i, j, salt);
        const dy = y * 6 - j - 0.3 - 0.4 * cell(j, i, salt);
        if (y > 0.35 && dx * dx + dy * dy < 0.13 && Math.abs(x - 0.5) < 0.4)
          write(out, cell(i, j, 3) > 0.5 ? b : d, brush);
        else if (y < 0.4 && Math.abs(x - 0.5) < 0.13 + 0.1 * y) write(out, c, brush);
        else if (y > 0.3 && Math.abs(x - 0.5) < 0.3 && noise3(x * 14, y * 14, salt) > 0.1)
          write(out, [0.1, 0.22, 0.08], brush);
        else write(out, a, brush);
      } else {
        const flow = noise3(x * 3, y * 3, salt) + 0.5 * noise3(x * 8, y * 8, salt);
        blend(out, flow > 0 ? a : c, flow > 0 ? b : d, smoothstep(0, 0.7, Math.abs(flow)), brush);
      }
    },
    { gloss: 0.15 },
  );
}

/** Lines of text, with a heading and perhaps a figure. */
export function page(rgb: Rgb, salt: number): Material {
  const ink: Rgb = [0.09, 0.09, 0.1];
  return material(rgb, (s, out) => {
    const x = s.face === 2 ? 0.5 + 0.5 * s.u : frontX(s);
    const y = s.face === 2 ? 0.5 + 0.5 * s.v : frontY(s);
    const row = Math.floor(y * 22);
    const inside = x > 0.1 && x < 0.9 && y > 0.07 && y < 0.93;
    const figure = salt % 3 === 0 && y > 0.3 && y < 0.55 && x > 0.2;
    const word = cell(Math.floor(x * 26), row, salt);
    const written = y * 22 - row < 0.5 && word > 0.2 && x < 0.6 + 0.3 * cell(row, 1, salt);
    if (inside && figure) blend(out, rgb, ink, clamp(0.4 + 0.6 * noise3(x * 12, y * 12, salt), 0, 1));
    else write(out, inside && written ? ink : rgb, inside && written ? 2.2 : 1);
  });
}

/** A book's back: bands and a title on the cloth. */
export function spine(rgb: Rgb, second: Rgb, salt: number): Material {
  return material(rgb, (s, out) => {
    const y = frontY(s);
    const band = Math.abs(y - 0.86) < 0.03 || Math.abs(y - 0.14) < 0.02;
    const title = Math.abs(s.u) < 0.5 && y > 0.35 && y < 0.75 && cell(Math.floor(y * 30), 2, salt) > 0.35;
    if (s.face === 2) write(out, [0.7, 0.66, 0.57], 0.9 + 0.2 * noise3(s.px * 300, 1, 1));
    else if (band || title) write(out, second, 1);
    else write(out, rgb, 1 + 0.08 * noise3(s.px * 30, s.py * 30, s.pz * 30));
  });
}

/** A television or monitor: off, a film, or a desktop with windows. The screen faces local +y. */
export function display(random: Random): Material {
  const mode = random.pick(['off', 'film', 'desktop', 'desktop']);
  const salt = random.bits() & 0xffff;
  const black: Rgb = [0.008, 0.009, 0.011];
  if (mode === 'off')
    return material(black, (_, out) => write(out, black, 1), { gloss: 0.5, reflects: 0.07, infrared: 0.05 });
  const a = draw(random, 'strong');
  const b = draw(random, 'pale', 'muted');
  const c = draw(random, 'dark');
  return material(
    scaled(a, 0.4),
    (s, out) => {
      const x = frontX(s);
      const y = frontY(s);
      if (s.face !== 1) return write(out, black, 1);
      if (mode === 'film') {
        const depth = noise3(x * 3, y * 3, salt) + 0.4 * noise3(x * 9, y * 9, salt);
        return y > 0.55 + 0.2 * noise3(x * 4, 0, salt)
          ? blend(out, b, a, y, 0.8)
          : blend(out, c, a, clamp(depth, 0, 1), 0.7);
      }
      const inWindow = (x > 0.06 && x < 0.58 && y > 0.12 && y < 0.9) || (x > 0.62 && x < 0.95 && y > 0.3 && y < 0.8);
      if (y < 0.05) return write(out, c, 1);
      if (!inWindow) return blend(out, a, b, clamp(0.3 + noise3(x * 2, y * 2, salt), 0, 1), 0.6);
      const row = Math.floor(y * 34);
      const text = y * 34 - row < 0.5 && cell(Math.floor(x * 44), row, salt) > 0.4 && cell(row, 3, salt) > 0.25;
      write(out, text ? c : [0.85, 0.86, 0.88], 0.85);
    },
    { emits: true, infrared: 0.06 },
  );
}

/** Rows of keys on the top face. */
export function keys(rgb: Rgb, body: Rgb): Material {
  return material(rgb, (s, out) => {
    const x = s.px / 0.019;
    const y = s.py / 0.019;
    const gap = Math.max(Math.abs(x - Math.floor(x) - 0.5), Math.abs(y - Math.floor(y) - 0.5)) > 0.41;
    write(out, s.face === 2 && !gap ? rgb : body, 1);
  });
}

/** A white board with writing, boxes and arrows in felt pen. */
export function scribbled(salt: number): Material {
  const white: Rgb = [0.82, 0.83, 0.84];
  const pens: readonly Rgb[] = [
    [0.05, 0.07, 0.3],
    [0.4, 0.04, 0.05],
    [0.03, 0.2, 0.08],
    [0.06, 0.06, 0.07],
  ];
  return material(
    white,
    (s, out) => {
      const x = s.u * s.hx;
      const y = s.w * s.hz;
      const block = cell(Math.floor(x / 0.5), Math.floor(y / 0.33), salt);
      const row = Math.floor(y / 0.055);
      const stroke = Math.abs(noise3(x * 55, row * 7.3, salt) * 0.017 + y - (row + 0.5) * 0.055) < 0.005;
      const word = cell(Math.floor(x / 0.06), row, salt) > 0.3;
      const smear = 1 - 0.05 * Math.max(0, noise3(x * 2, y * 5, salt));
      if (block > 0.4 && stroke && word) write(out, pens[Math.floor(block * 40) & 3], 1.4);
      else write(out, white, smear);
    },
    { gloss: 0.4, reflects: 0.03, infrared: 0.6 },
  );
}

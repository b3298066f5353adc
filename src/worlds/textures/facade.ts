import { across, blend, type Material, material, mixed, type Rgb, scaled, up, write } from '../material.ts';
import { cell, clamp, detail, fade, noise3, smoothstep } from '../noise.ts';

/** Dirt that walls gather: dark towards the ground, streaks from above. */
function weather(a: number, b: number, salt: number, footprintM: number): number {
  const streaks = noise3(a * 2.3, b * 0.25, salt) * 0.1;
  const clouds = noise3(a * 0.35, b * 0.35, salt + 4) * 0.1;
  const grain = detail(a * 45, b * 45, salt, 0.02, footprintM) * 0.08;
  const foot = -0.22 * smoothstep(0.9, -0.2, b);
  return 1 + streaks + clouds + grain + foot;
}

export function plaster(rgb: Rgb, salt: number): Material {
  return material(rgb, (s, out) => write(out, rgb, weather(across(s), up(s), salt, s.footprintM)));
}

/** Courses of bricks with mortar between them. */
export function brick(rgb: Rgb, mortar: Rgb, salt: number): Material {
  const other = scaled(rgb, 0.62);
  return material(
    mixed(rgb, mortar, 0.15),
    (s, out) => {
      const a = across(s);
      const b = up(s);
      const row = Math.floor(b / 0.085);
      const shifted = a / 0.25 + (row & 1) * 0.5;
      const column = Math.floor(shifted);
      const seen = fade(0.1, s.footprintM);
      const tone = cell(column, row, salt);
      const inX = Math.abs(shifted - column - 0.5) * 0.5;
      const inY = Math.abs(b / 0.085 - row - 0.5) * 0.17;
      const joint = inX > 0.238 || inY > 0.073 ? fade(0.04, s.footprintM) : 0;
      blend(out, rgb, other, 0.3 + (tone - 0.5) * 0.9 * seen, weather(a, b, salt, s.footprintM));
      for (let c = 0; c < 3; c++) out[c] += (mortar[c] - out[c]) * (joint * 0.8 + (1 - seen) * 0.12);
    },
    { infrared: 0.75 },
  );
}

/** Tiles in overlapping rows; the rows run along the eaves. `alongY` where the ridge lies along local y. */
export function roofTiles(rgb: Rgb, wall: Rgb, alongY: boolean, salt: number): Material {
  const slope = alongY ? 0 : 1;
  return material(rgb, (s, out) => {
    const a = alongY ? s.py : s.px;
    if (s.face !== slope && s.face !== 3) {
      // The gable: wall, with a board along its sloping edges.
      const inside = 1 - Math.abs(alongY ? s.u : s.v) - (1 + s.w) / 2;
      return write(out, inside < 0.06 ? scaled(rgb, 0.7) : wall, weather(a, s.pz, salt, s.footprintM));
    }
    const row = Math.floor(s.pz / 0.2);
    const column = Math.floor(a / 0.24 + (row & 1) * 0.5);
    const part = s.pz / 0.2 - row;
    const seen = fade(0.12, s.footprintM);
    const tone = (cell(column, row, salt) - 0.5) * 0.35 * seen;
    const moss = smoothstep(0.1, 0.8, noise3(a * 0.7, s.pz * 0.9, salt)) * 0.35;
    const edge = part < 0.2 ? 0.45 * seen : 0;
    blend(out, rgb, [0.12, 0.13, 0.09], moss, (1 + tone) * (1 - edge) * (1 + 0.15 * noise3(a, s.pz, salt + 2)));
  });
}

export interface PaneStyle {
  readonly frame: Rgb;
  /** Panes side by side and one above another. */
  readonly columns: number;
  readonly rows: number;
  readonly salt: number;
}

/** A window seen from the street: bars, panes that mirror the street, curtains, blinds and dark rooms behind them. */
export function windowPane({ frame, columns, rows, salt }: PaneStyle): Material {
  return material(
    [0.06, 0.07, 0.08],
    (s, out) => {
      const x = 0.5 + 0.5 * (s.face === 0 ? s.v : s.u);
      const y = 0.5 + 0.5 * s.w;
      const wide = 2 * (s.face === 0 ? s.hy : s.hx);
      const tall = 2 * s.hz;
      const i = Math.floor(x * columns);
      const j = Math.floor(y * rows);
      const bar = 0.045;
      const toBar = Math.min(
        Math.min(x * columns - i, i + 1 - x * columns) * (wide / columns),
        Math.min(y * rows - j, j + 1 - y * rows) * (tall / rows),
      );
      const blur = Math.max(0.004, s.footprintM / 2);
      const isBar = clamp((bar - toBar) / blur + 0.5, 0, 1);
      // Equal materials make unequal windows: their places in the house tell them apart.
      const which = Math.floor(s.px * 1.7) * 31 + Math.floor(s.py * 1.7) * 17 + Math.floor(s.pz * 1.3);
      const dress = cell(which, 1, salt);
      const drawn = 0.1 + 0.3 * cell(which, 2, salt);
      let light = 0.035 + 0.02 * y;
      let white = 0;
      if (dress < 0.35 && (x < drawn || x > 1 - drawn)) white = 0.3 + 0.12 * noise3(x * wide * 16, 0, salt);
      else if (dress > 0.75 && y > 1 - 2.2 * drawn) white = 0.34 - 0.05 * (Math.floor(y * tall * 20) & 1);
      else if (dress > 0.6 && y < 0.5) white = 0.22 + 0.06 * noise3(x * wide * 12, y * 3, salt);
      if (y < 0.22 && dress > 0.4 && cell(which, 5, salt) > 0.6 && noise3(x * wide * 9, y * 14, salt) > 0.15)
        white = -1;
      if (white > 0) light = white;
      out[0] = light;
      out[1] = light * (white < 0 ? 1.7 : 1);
      out[2] = light * (white < 0 ? 0.7 : 1.05);
      for (let c = 0; c < 3; c++) out[c] += (frame[c] - out[c]) * isBar;
    },
    { gloss: 0.35, reflects: 0.24, infrared: 0.09 },
  );
}

/** A shop: goods behind glass, and a band with a name over it. */
export function shopFront(band: Rgb, letters: Rgb, salt: number): Material {
  return material(
    [0.2, 0.18, 0.16],
    (s, out) => {
      const a = across(s);
      const y = 0.5 + 0.5 * s.w;
      if (y > 0.8) {
        const at = (y - 0.8) / 0.2;
        const glyph = Math.floor(a / 0.28);
        const inGlyph = a / 0.28 - glyph;
        const named = cell(Math.floor(a / 3.4), 3, salt) > 0.3 && Math.abs(s.u) < 0.75;
        const stroke =
          inGlyph < 0.75 &&
          at > 0.25 &&
          at < 0.75 &&
          cell(Math.floor(inGlyph * 4), Math.floor(at * 8) + glyph * 9, salt) > 0.42;
        return write(out, named && stroke ? letters : band, 1);
      }
      const pane = Math.floor(a / 1.6);
      const inPane = a / 1.6 - pane;
      if (y < 0.1 || inPane < 0.05) return write(out, scaled(band, 0.5), 1);
      const shelf = noise3(a * 5, s.pz * 6, salt) + 0.6 * noise3(a * 13, s.pz * 11, salt + 1);
      const lit = 0.05 + 0.2 * smoothstep(0.2, 1, shelf) * (1.1 - y);
      const hue = cell(Math.floor(a * 2.5), Math.floor(s.pz * 2), salt);
      write(out, hue > 0.66 ? [1, 0.7, 0.5] : hue > 0.33 ? [0.7, 0.9, 1] : [1, 1, 0.85], lit);
    },
    { gloss: 0.3, reflects: 0.16, infrared: 0.12 },
  );
}

/** A panelled front door or a garage door, with boards and a small light. */
export function houseDoor(rgb: Rgb, isGarage: boolean, salt: number): Material {
  return material(
    rgb,
    (s, out) => {
      const x = 0.5 + 0.5 * (s.face === 0 ? s.v : s.u);
      const y = 0.5 + 0.5 * s.w;
      if (isGarage) {
        const row = y * 9 - Math.floor(y * 9);
        return write(out, rgb, row < 0.12 ? 0.6 : 1 + 0.04 * noise3(x * 4, y * 3, salt));
      }
      if (y > 0.68 && y < 0.9 && Math.abs(x - 0.5) < 0.28) return write(out, [0.06, 0.08, 0.09], 1);
      const panel = Math.abs(Math.abs(x - 0.5) - 0.22) < 0.15 && Math.abs(Math.abs(y - 0.36) - 0.16) < 0.12;
      const knob = Math.abs(x - 0.87) < 0.03 && Math.abs(y - 0.47) < 0.03;
      write(out, knob ? [0.6, 0.55, 0.4] : rgb, panel ? 0.8 : 1);
    },
    { gloss: 0.2 },
  );
}

import { blend, type Material, material, mixed, type Rgb, scaled } from '../material.ts';
import { cell, clamp, detail, fade, noise3, smoothstep } from '../noise.ts';

/** Share of a pixel that a band from `from` to `to` covers at `at`, where a pixel is `footprintM` wide. */
function band(at: number, from: number, to: number, footprintM: number): number {
  const half = footprintM / 2;
  return clamp((Math.min(at + half, to) - Math.max(at - half, from)) / footprintM, 0, 1);
}

/** What is painted on a carriageway. px lies across it, py along it, metres. */
export interface RoadMarks {
  /** Half the width between the outer edges of the lanes. */
  readonly halfWidthM: number;
  readonly centre: 'dashed' | 'double' | 'none';
  readonly edges: boolean;
  /** Parking bays outside the lanes are marked off. */
  readonly bays: boolean;
  /** From-to along the road: a junction, where nothing is painted but zebra crossings before it. */
  readonly junction: readonly [number, number] | undefined;
  readonly zebra: boolean;
}

const DASH_M = 3;
const DASH_PITCH_M = 9;
const STRIPE_M = 0.12;

/** 0..1: how much of a spot of the road is painted. */
function paintAt(marks: RoadMarks, x: number, y: number, across: number, along: number): number {
  const { halfWidthM, centre, edges, bays, junction, zebra } = marks;
  if (junction) {
    if (y > junction[0] && y < junction[1]) return 0;
    const before = Math.min(Math.abs(y - junction[0]), Math.abs(y - junction[1]));
    if (zebra && before < 4.5) {
      const stripe = Math.floor((x + 40) / 0.5) & 1;
      const inside = band(before, 0.8, 3.8, along) * (Math.abs(x) < halfWidthM ? 1 : 0);
      return inside * (across < 0.5 ? stripe : 0.5);
    }
    if (before < 5.6) return x > 0 === y < junction[0] ? band(before, 4.9, 5.3, along) : 0;
  }
  let paint = 0;
  if (centre === 'dashed') {
    const at = y - Math.floor(y / DASH_PITCH_M) * DASH_PITCH_M;
    paint = band(x, -STRIPE_M / 2, STRIPE_M / 2, across) * band(at, 0, DASH_M, along);
  } else if (centre === 'double') paint = band(x, -0.2, -0.08, across) + band(x, 0.08, 0.2, across);
  const edge = Math.abs(x) - halfWidthM;
  if (edges) paint = Math.max(paint, band(edge, -0.06, 0.06, across));
  if (bays && edge > 0.06) {
    const at = y - Math.floor(y / 6) * 6;
    paint = Math.max(paint, band(at, 0, 0.1, along) * 0.8);
  }
  return paint;
}

/** Asphalt: grains, polished wheel tracks, patches, seams, manholes, oil; and its marks, which wear off. */
export function asphalt(rgb: Rgb, marks: RoadMarks | undefined, salt: number): Material {
  const dark = scaled(rgb, 0.62);
  const white: Rgb = [0.62, 0.62, 0.6];
  return material(rgb, (s, out) => {
    const x = s.px;
    const y = s.py;
    // Seen at a grazing angle a pixel covers more of the road along the view than across it.
    const cosine = Math.max(0.01, Math.abs(s.dz));
    const square = s.footprintM * Math.sqrt(cosine);
    const along = square / cosine;
    const grain = detail(x * 130, y * 130, salt, 0.008, s.footprintM) * 0.16;
    const coarse = detail(x * 31, y * 31, salt, 0.035, s.footprintM) * 0.07;
    const stains = 0.1 * noise3(x * 0.55, y * 0.16, salt) + 0.05 * noise3(x * 2.1, y * 1.3, salt + 3);
    let light = 1 + grain + coarse + stains;
    if (marks) {
      const lane = Math.abs(Math.abs(x) - marks.halfWidthM / 2);
      light *= 1 + 0.07 * smoothstep(0.5, 0, Math.abs(lane - 0.75));
      if (lane < 0.3) light *= 0.95;
    }
    const patch = cell(Math.floor(x / 2.3 + 9), Math.floor(y / 5.7), salt);
    if (patch > 0.93) light *= 0.8;
    else if (patch < 0.03) light *= 1.14;
    const cracked = fade(0.03, s.footprintM);
    if (cracked > 0) {
      const crack = Math.abs(noise3(x * 0.9, y * 0.5, salt + 9) + 0.5 * noise3(x * 3, y * 2, salt + 5));
      light *= 1 - 0.4 * smoothstep(0.02, 0, crack) * cracked;
    }
    const i = Math.floor(y / 17);
    const mx = x - (cell(i, 1, salt) - 0.5) * 4;
    const my = y - (i + 0.2 + 0.6 * cell(i, 2, salt)) * 17;
    const r2 = mx * mx + my * my;
    if (r2 < 0.12) light *= r2 > 0.085 ? 0.5 : 0.66 + 0.12 * (Math.floor(mx * 18) & 1);
    blend(out, dark, rgb, clamp(light - 0.35, 0, 1), 1);
    for (let c = 0; c < 3; c++) out[c] *= clamp(light, 0.5, 1.3);
    if (!marks) return;
    const paint = paintAt(marks, x, y, square, along);
    if (paint === 0) return;
    const worn = paint * clamp(1 - 0.75 * smoothstep(-0.1, 0.75, noise3(x * 7, y * 3, salt + 1)), 0, 1);
    for (let c = 0; c < 3; c++) out[c] += (white[c] * (0.85 + 0.15 * light) - out[c]) * worn;
  });
}

/** Slabs or setts laid in rows, with joints, each of its own tone. */
export function paving(rgb: Rgb, sizeM: number, ratio: number, salt: number): Material {
  const dark = scaled(rgb, 0.6);
  return material(rgb, (s, out) => {
    const row = Math.floor(s.py / sizeM);
    const across = s.px / (sizeM * ratio) + (row & 1) * 0.5;
    const column = Math.floor(across);
    const seen = fade(sizeM * 0.5, s.footprintM);
    const tone = (cell(column, row, salt) - 0.5) * 0.2 * seen;
    const a = Math.abs(across - column - 0.5) * sizeM * ratio * 2;
    const b = Math.abs(s.py / sizeM - row - 0.5) * sizeM * 2;
    const toJoint = Math.min(sizeM * ratio - a, sizeM - b);
    const joint = smoothstep(0.02, 0, toJoint) * fade(0.02, s.footprintM);
    const dirt = 0.12 * noise3(s.px * 0.8, s.py * 0.8, salt) + 0.06 * noise3(s.px * 5, s.py * 5, salt);
    const grain = 0.1 * detail(s.px * 90, s.py * 90, s.pz * 90, 0.012, s.footprintM);
    blend(out, rgb, dark, joint * 0.8, 1 + tone + dirt + grain);
  });
}

/** Mown or rough grass, with worn and dry patches. */
export function grass(rgb: Rgb, dry: Rgb, salt: number): Material {
  return material(
    mixed(rgb, dry, 0.3),
    (s, out) => {
      const blades = detail(s.x * 42, s.y * 42, salt, 0.03, s.footprintM) * 0.35;
      const tufts = detail(s.x * 7, s.y * 7, salt, 0.15, s.footprintM) * 0.25;
      const large = noise3(s.x * 0.6, s.y * 0.6, salt) + 0.5 * noise3(s.x * 2, s.y * 2, salt);
      blend(out, rgb, dry, clamp(0.32 + 0.55 * large, 0, 1), 1 + blades + tufts);
    },
    { infrared: 0.8 },
  );
}

/** Gravel, earth: grains of changing tone. */
export function gravel(rgb: Rgb, salt: number): Material {
  return material(rgb, (s, out) => {
    const stones = detail(s.x * 55, s.y * 55, salt, 0.02, s.footprintM) * 0.4;
    const large = 0.15 * noise3(s.x * 1.1, s.y * 1.1, salt);
    blend(out, rgb, scaled(rgb, 0.5), clamp(0.25 + stones, 0, 1), 1 + large);
  });
}

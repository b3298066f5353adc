import { mix } from '../core/random.ts';

const SIZE = 32;
const MASK = SIZE - 1;
const LATTICE = Float64Array.from({ length: SIZE * SIZE * SIZE }, (_, i) => mix(i, 77) / 2147483648 - 1);

/** Where noise3 is asked for and answers: numbers passed to a function that is not inlined would go by the heap. */
const query = new Float64Array(4);

/** Smooth value noise in [-1, 1] with features of size 1; repeats after 32. */
export function noise3(x: number, y: number, z: number): number {
  query[0] = x;
  query[1] = y;
  query[2] = z;
  lookUp();
  return query[3];
}

function lookUp(): void {
  const x = query[0];
  const y = query[1];
  const z = query[2];
  const i = Math.floor(x);
  const j = Math.floor(y);
  const k = Math.floor(z);
  const fx = x - i;
  const fy = y - j;
  const fz = z - k;
  const sx = fx * fx * (3 - 2 * fx);
  const sy = fy * fy * (3 - 2 * fy);
  const sz = fz * fz * (3 - 2 * fz);
  const x0 = i & MASK;
  const x1 = (i + 1) & MASK;
  const y0 = (j & MASK) << 5;
  const y1 = ((j + 1) & MASK) << 5;
  const z0 = (k & MASK) << 10;
  const z1 = ((k + 1) & MASK) << 10;
  const a = LATTICE[z0 + y0 + x0] * (1 - sx) + LATTICE[z0 + y0 + x1] * sx;
  const b = LATTICE[z0 + y1 + x0] * (1 - sx) + LATTICE[z0 + y1 + x1] * sx;
  const c = LATTICE[z1 + y0 + x0] * (1 - sx) + LATTICE[z1 + y0 + x1] * sx;
  const d = LATTICE[z1 + y1 + x0] * (1 - sx) + LATTICE[z1 + y1 + x1] * sx;
  query[3] = (a * (1 - sy) + b * sy) * (1 - sz) + (c * (1 - sy) + d * sy) * sz;
}

/** Random value in [0, 1) that is constant in each cell of the integer grid. */
export function cell(i: number, j: number, salt: number): number {
  return mix(mix(i | 0, j | 0), salt) / 4294967296;
}

export const clamp = (value: number, low: number, high: number): number =>
  value < low ? low : value > high ? high : value;

export function smoothstep(low: number, high: number, value: number): number {
  const t = clamp((value - low) / (high - low), 0, 1);
  return t * t * (3 - 2 * t);
}

/** 1 where a detail of this size is wider than two pixels, 0 where it is narrower than one: keeps textures from flickering. */
export function fade(detailM: number, footprintM: number): number {
  return clamp(detailM / footprintM - 1, 0, 1);
}

/** Noise with detail of this size, faded where it is too fine to be seen: what fades away costs nothing. */
export function detail(x: number, y: number, z: number, sizeM: number, footprintM: number): number {
  const seen = fade(sizeM, footprintM);
  return seen > 0 ? seen * noise3(x, y, z) : 0;
}

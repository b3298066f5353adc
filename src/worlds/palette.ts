import type { Random } from '../core/random.ts';
import type { Rgb } from './material.ts';

/** 0xRRGGBB as shown on a screen -> linear. The camera's tone curve is a square root, so the inverse is a square. */
export function screen(rgb: number): Rgb {
  const channel = (shift: number) => {
    const value = ((rgb >> shift) & 255) / 255;
    return value * value * 0.92;
  };
  return [channel(16), channel(8), channel(0)];
}

/**
 * One set of colours for everything. A wall may be as blue as a chair and a cabinet as white as a ceiling, so colour
 * alone does not tell what a thing is.
 */
const PALE = [0xf1ece2, 0xe8e4da, 0xefe6d2, 0xdfe3e2, 0xe6d9c3, 0xd9dccf, 0xf3f1ec, 0xdcd3c8, 0xd3dde0, 0xe9dcd2];
const MUTED = [
  0xb7a58c, 0x9fae9b, 0x93a7b5, 0xc2a68f, 0xb08f86, 0x8f9a86, 0xa8a39b, 0xc9b48a, 0x8c8fa3, 0xb5a0a8, 0xa3b8b0,
  0xbfae9f,
];
const STRONG = [
  0x7b3f34, 0x3f5d78, 0x4f6b4a, 0xb5822f, 0x6d4a6a, 0x2f6f72, 0x99502f, 0x7d2f45, 0x4a4f8a, 0x86803a, 0xa8483a,
  0x35506a,
];
const DARK = [0x3a3a3d, 0x2d3440, 0x4a3a30, 0x33302b, 0x4c4f55, 0x28332d, 0x3b2a2e];
const WOODS = [0xc79a66, 0xa8794a, 0x8a5d38, 0x6b4328, 0xd7b587, 0x4d3020, 0xb98a5e, 0xe0c9a0, 0x93714f];

export type Tone = 'pale' | 'muted' | 'strong' | 'dark' | 'wood';
const TONES: Record<Tone, readonly number[]> = { pale: PALE, muted: MUTED, strong: STRONG, dark: DARK, wood: WOODS };

/** A colour of one of the tones, shifted a little so that no two rooms share it exactly. */
export function draw(random: Random, ...tones: readonly Tone[]): Rgb {
  const base = screen(random.pick(TONES[random.pick(tones)]));
  const light = random.uniform(0.8, 1.12);
  const channel = (value: number) => Math.min(0.9, value * light * random.uniform(0.93, 1.07));
  return [channel(base[0]), channel(base[1]), channel(base[2])];
}

export const ANY: readonly Tone[] = ['pale', 'pale', 'muted', 'muted', 'muted', 'strong', 'dark', 'wood'];

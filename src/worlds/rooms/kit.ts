import type { Random } from '../../core/random.ts';
import type { Part } from '../build.ts';
import type { Material, Rgb } from '../material.ts';
import { ANY, draw, type Tone } from '../palette.ts';
import { FABRIC_PATTERNS, fabric } from '../textures/fabric.ts';
import { metal, paint, plastic, wood } from '../textures/plain.ts';
import { type LabelName, labelId } from './labels.ts';

/** What one room's makers had at hand: its woods, paints and metals, and the dice. */
export interface Kit {
  readonly random: Random;
  /** Wood for tables and shelves, sawn along local x, y or z. */
  readonly wood: readonly [Material, Material, Material];
  /** A second wood or lacquer, for fronts. */
  readonly front: readonly [Material, Material, Material];
  /** Doors, window frames, skirting. */
  readonly trim: Material;
  readonly metal: Material;
  readonly dark: Material;
}

export function makeKit(random: Random): Kit {
  const along = (rgb: Rgb, lacquer: boolean, gloss: number): [Material, Material, Material] =>
    lacquer
      ? [paint(rgb, gloss), paint(rgb, gloss), paint(rgb, gloss)]
      : [wood(rgb, 0, gloss), wood(rgb, 1, gloss), wood(rgb, 2, gloss)];
  const first = draw(random, 'wood');
  const woodFronts = random.chance(0.45);
  const frontColour = woodFronts
    ? random.chance(0.5)
      ? first
      : draw(random, 'wood')
    : draw(random, 'pale', 'muted', 'strong');
  return {
    random,
    wood: along(first, false, random.uniform(0.15, 0.55)),
    front: along(frontColour, !woodFronts, 0.3),
    trim: random.chance(0.65) ? paint(draw(random, 'pale'), 0.25) : wood(draw(random, 'wood'), 2, 0.35),
    metal: metal(
      random.pick<Rgb>([
        [0.5, 0.5, 0.5],
        [0.35, 0.34, 0.33],
        [0.5, 0.4, 0.22],
        [0.12, 0.12, 0.13],
      ]),
    ),
    dark: plastic([0.035, 0.035, 0.04], 0.4, 0.3),
  };
}

export function cloth({ random }: Kit, ...tones: readonly Tone[]): Material {
  const use = tones.length ? tones : ANY;
  return fabric(
    draw(random, ...use),
    draw(random, ...ANY),
    random.pick(FABRIC_PATTERNS),
    random.uniform(0.04, 0.16),
    random.bits() & 0xfff,
  );
}

export const anyPlastic = ({ random }: Kit, gloss = 0.35): Material => plastic(draw(random, ...ANY), gloss);

/** Begins another thing at a place of this one. */
export const put = (part: Part, label: LabelName, x: number, y: number, z: number, yaw = 0): Part =>
  part.at(x, y, z, yaw).as(labelId(label));

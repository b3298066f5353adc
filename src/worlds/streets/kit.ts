import type { Random } from '../../core/random.ts';
import type { Part } from '../build.ts';
import { reversed } from '../frame.ts';
import { type Material, mixed, type Rgb } from '../material.ts';
import { draw, screen } from '../palette.ts';
import { brick, type PaneStyle, plaster, windowPane } from '../textures/facade.ts';
import { bark, leaves } from '../textures/foliage.ts';
import { metal, paint, plastic } from '../textures/plain.ts';
import { STREET_LABELS, type StreetLabel } from './labels.ts';

/** What a street's makers had at hand, and the dice. */
export interface Kit {
  readonly random: Random;
  readonly metal: Material;
  readonly dark: Material;
  readonly rubber: Material;
  readonly concrete: Material;
  readonly trim: Material;
  readonly barks: readonly Material[];
  /** Leaves of crowns, then of hedges. */
  readonly crowns: readonly Material[];
  readonly hedges: readonly Material[];
  readonly panes: readonly Material[];
}

const GREENS = [0x5d7a38, 0x4a6a2f, 0x6b7f3e, 0x3f5a30, 0x758b4a, 0x556b3d, 0x466338, 0x7d8a45];
const AUTUMN = [0x9c7a34, 0x8a5a2c, 0x7d8040, 0xa8893e];

export function makeKit(random: Random): Kit {
  const salt = () => random.bits() & 0xfff;
  const isAutumn = random.chance(0.15);
  const green = (): Rgb => {
    const [r, g, b] = screen(random.pick(isAutumn && random.chance(0.6) ? AUTUMN : GREENS));
    const light = random.uniform(0.75, 1.15);
    return [r * light, g * light, b * light];
  };
  const foliage = (clumpM: number) => leaves(green(), green(), clumpM, salt());
  const pane = (): PaneStyle => ({
    frame: random.chance(0.7) ? draw(random, 'pale') : draw(random, 'dark', 'wood', 'strong'),
    columns: random.integer(1, 2),
    rows: random.integer(1, 3),
    salt: salt(),
  });
  return {
    random,
    metal: metal([0.3, 0.31, 0.32], 0.05),
    dark: plastic([0.03, 0.032, 0.035], 0.3, 0.25),
    rubber: plastic([0.022, 0.022, 0.023], 0.05, 0.2),
    concrete: plaster(draw(random, 'muted'), salt()),
    trim: paint(random.chance(0.6) ? draw(random, 'pale') : draw(random, 'muted', 'dark'), 0.1),
    barks: [0, 1].map(() => bark(screen(random.pick([0x6a5a48, 0x7d7060, 0x584a3c, 0x8a8478])), salt())),
    crowns: [0, 1, 2, 3].map(() => foliage(0.8)),
    hedges: [0, 1].map(() => foliage(0.4)),
    panes: [0, 1, 2, 3].map(() => windowPane(pane())),
  };
}

/** Masonry: plaster or brick in a colour that a car or a road may have as well. */
export function masonry({ random }: Kit): Material {
  const salt = random.bits() & 0xfff;
  if (random.chance(0.35)) {
    const clay = screen(random.pick([0x8f4f3c, 0xa0634a, 0x7a4638, 0xb08566, 0x9a8a78, 0x84584a]));
    return brick(clay, screen(random.pick([0xb5aea2, 0x8d877e, 0xc9c2b4])), salt);
  }
  const rgb = draw(random, 'pale', 'pale', 'pale', 'muted', 'muted', 'strong');
  const grey = (rgb[0] + rgb[1] + rgb[2]) / 3;
  // Façades fade.
  return plaster(mixed(mixed(rgb, [grey, grey, grey], 0.35), [0.62, 0.57, 0.5], 0.3), salt);
}

/** The same thing turned round. */
export const about = (part: Part): Part => part.inFrame(reversed(part.frame));

/** Begins another thing at a place of this one. */
export const put = (part: Part, label: StreetLabel, x: number, y: number, z: number, yaw = 0): Part =>
  part.at(x, y, z, yaw).as(STREET_LABELS[label]);

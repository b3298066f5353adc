import type { Random } from '../../core/random.ts';
import type { Part } from '../build.ts';
import type { Road } from './road.ts';

/** - `town`: closed rows of houses. - `suburb`: villas in gardens. - `avenue`: wide, between trees. - `edge`: few houses, much green. */
const QUARTERS = ['town', 'suburb', 'avenue', 'edge'] as const;
export type Quarter = (typeof QUARTERS)[number];

/** Widths across the road, metres; s along it. */
export interface Layout {
  readonly quarter: Quarter;
  /** From the middle to the outer edge of the lanes. */
  readonly lanes: number;
  /** Parking beside the lanes; 0 = none. */
  readonly bays: number;
  readonly sidewalk: number;
  /** Grass between kerb and sidewalk; 0 = none. */
  readonly verge: number;
  /** From the sidewalk to the fronts. */
  readonly garden: number;
  /** A crossing road: where, and half its width between the kerbs. */
  readonly junction: { readonly at: number; readonly half: number } | undefined;
}

/** What the makers of a street share. */
export interface Site {
  readonly root: Part;
  readonly road: Road;
  readonly layout: Layout;
}

export function drawLayout(random: Random): Layout {
  const quarter = random.pick(QUARTERS);
  const junction = random.chance(0.55) ? { at: random.uniform(24, 70), half: random.uniform(2.9, 3.8) } : undefined;
  const common = { quarter, junction };
  if (quarter === 'town')
    return {
      ...common,
      lanes: random.uniform(2.9, 3.4),
      bays: random.chance(0.8) ? 2.1 : 0,
      sidewalk: random.uniform(1.9, 3.2),
      verge: 0,
      garden: 0,
    };
  if (quarter === 'suburb')
    return {
      ...common,
      lanes: random.uniform(2.7, 3.2),
      bays: random.chance(0.4) ? 2.1 : 0,
      sidewalk: random.uniform(1.4, 2),
      verge: 0,
      garden: random.uniform(2.5, 6),
    };
  if (quarter === 'avenue')
    return {
      ...common,
      lanes: random.uniform(3.2, 3.8),
      bays: random.chance(0.6) ? 2.2 : 0,
      sidewalk: random.uniform(2, 3),
      verge: random.uniform(1.3, 2.6),
      garden: random.uniform(2, 6),
    };
  return {
    ...common,
    lanes: random.uniform(3, 3.5),
    bays: 0,
    sidewalk: random.uniform(1.4, 1.8),
    verge: random.chance(0.5) ? random.uniform(1, 2) : 0,
    garden: random.uniform(5, 9),
  };
}

/** Kerb to the middle of the road. */
export const kerbAt = ({ lanes, bays }: Layout): number => lanes + bays;
/** Where the sidewalk begins and ends, from the middle of the road. */
export const sidewalkAt = (layout: Layout): readonly [number, number] => {
  const from = kerbAt(layout) + layout.verge;
  return [from, from + layout.sidewalk];
};
/** Is s in the crossing road, its kerbs and sidewalks and `margin` more? */
export const inJunction = ({ junction, sidewalk }: Layout, s: number, margin: number): boolean =>
  junction !== undefined && Math.abs(s - junction.at) < junction.half + sidewalk + margin;

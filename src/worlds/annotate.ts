import { mix } from '../core/random.ts';
import type { GeometryMaps } from './geometry.ts';
import type { World } from './world.ts';

export interface Annotation {
  /** What each pixel shows, exactly: label id, 0 where the ray left the world. */
  readonly labels: Uint16Array;
  /** The same as a person would have drawn it: outlines and specks are left unlabelled (0). */
  readonly drawn: Uint16Array;
  /** Numbers the things of one label from 1 on, in the order in which they are met; 0 = unlabelled. */
  readonly instances: Uint8Array;
}

/** Things that cover less of the picture than this are not outlined by anyone: 40 pixels of 640 x 480. */
const SPECK = 40 / (640 * 480);

export function annotate(world: World, maps: GeometryMaps, width: number, height: number, seed: number): Annotation {
  const { all } = world.solids;
  const labels = new Uint16Array(width * height);
  const things = new Int32Array(width * height).fill(-1);
  const area = new Int32Array(1 + Math.max(-1, ...all.map(({ instance }) => instance)));
  for (let i = 0; i < labels.length; i++) {
    const solid = maps.solid[i];
    if (solid < 0) continue;
    labels[i] = all[solid].label;
    things[i] = all[solid].instance;
    area[things[i]]++;
  }
  const drawn = labels.slice();
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      const here = things[i];
      if (here >= 0 && area[here] < SPECK * width * height) drawn[i] = 0;
      // Annotators' outlines leave gaps, to one side of the edge, along some edges more than along others.
      if (column + 1 < width && things[i + 1] !== here && isGap(here, things[i + 1], seed)) drawn[i] = 0;
      if (row + 1 < height && things[i + width] !== here && isGap(here, things[i + width], seed)) drawn[i] = 0;
    }
  const instances = new Uint8Array(width * height);
  const numbers = new Map<number, number>();
  const used = new Map<number, number>();
  for (let i = 0; i < drawn.length; i++) {
    if (drawn[i] === 0) continue;
    let number = numbers.get(things[i]);
    if (number === undefined) {
      number = Math.min(255, (used.get(drawn[i]) ?? 0) + 1);
      used.set(drawn[i], number);
      numbers.set(things[i], number);
    }
    instances[i] = number;
  }
  return { labels, drawn, instances };
}

const isGap = (a: number, b: number, seed: number): boolean =>
  (mix(Math.min(a, b) * 4099 + Math.max(a, b), seed) & 3) !== 0;

import { Random } from '../../core/random.ts';
import { Draft, Part } from '../build.ts';
import { WORLD } from '../frame.ts';
import { makeWorld, type World } from '../world.ts';
import { layGround } from './ground.ts';
import { makeKit } from './kit.ts';
import { STREET_LABELS } from './labels.ts';
import { drawLayout, type Layout } from './layout.ts';
import { settle } from './plots.ts';
import { drawRoad, type Road } from './road.ts';
import { drawWeather } from './sky.ts';
import { drive } from './traffic.ts';

export interface Street {
  readonly world: World;
  readonly road: Road;
  readonly layout: Layout;
  readonly seed: number;
}

/** A street with all that stands along it, decided by its seed; `ownLaneIsFree` leaves the lane ahead of the camera empty. */
export function buildStreet(seed: number, ownLaneIsFree = false): Street {
  const random = new Random(seed);
  const layout = drawLayout(random.fork(1));
  const road = drawRoad(random.fork(2), layout.junction?.at);
  const draft = new Draft();
  const root = new Part(draft, WORLD, STREET_LABELS.unlabelled, draft.newInstance());
  const site = { root, road, layout };
  const kit = makeKit(random.fork(3));
  layGround(site, { ...kit, random: random.fork(4) });
  settle(site, { ...kit, random: random.fork(5) });
  drive(site, { ...kit, random: random.fork(6) }, ownLaneIsFree);
  const { sky, sun } = drawWeather(random.fork(7));
  const world = makeWorld({
    solids: draft.solids,
    materials: draft.materials,
    lights: [],
    sun,
    sky,
    ambient: sky.above,
  });
  return { world, road, layout, seed };
}

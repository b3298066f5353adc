import { Random } from '../../core/random.ts';
import { Draft, Part } from '../build.ts';
import { unit, WORLD } from '../frame.ts';
import type { Material, Rgb } from '../material.ts';
import { ANY, draw } from '../palette.ts';
import { streetOutside } from '../streets/panorama.ts';
import { FABRIC_PATTERNS, wallpaper } from '../textures/fabric.ts';
import { carpet, planks, tiles } from '../textures/floors.ts';
import { outside } from '../textures/outside.ts';
import { paint } from '../textures/plain.ts';
import { type Light, makeWorld, type Sun, type World } from '../world.ts';
import { RECIPES, ROOM_KINDS, ROOM_SIZES, type RoomKind } from './kinds.ts';
import { makeKit } from './kit.ts';
import { labelId } from './labels.ts';
import { Plan, type RoomSize } from './plan.ts';
import {
  ceilingLamp,
  makeDoor,
  makeWindow,
  type Opening,
  skirting,
  type WindowMade,
  wallWithOpenings,
} from './shell.ts';

export interface Room {
  readonly kind: RoomKind;
  readonly world: World;
  readonly plan: Plan;
  readonly seed: number;
  readonly outside: Outside;
}

/** Shadow rays are paid per light. */
const MOST_LIGHTS = 3;

/** What lies behind the windows: a painted view, or a street of the other world, by day and behind bare panes. */
export type Outside = 'painted' | 'street';

/** A furnished room, decided by its seed (and its kind, where asked for). */
export function buildRoom(seed: number, wanted?: RoomKind, behind: Outside = 'painted'): Room {
  const random = new Random(seed);
  const kind = wanted ?? random.pick(ROOM_KINDS);
  const [w, d, h] = ROOM_SIZES[kind].map(([low, high]) => random.uniform(low, high));
  const size: RoomSize = { w, d, h };
  const plan = new Plan(size, random.fork(1));
  const kit = makeKit(random.fork(2));
  const draft = new Draft();
  const root = new Part(draft, WORLD, 0, draft.newInstance());
  const lights: Light[] = [];

  const isDay = random.chance(0.72) || behind === 'street';
  const made = shell(
    root,
    plan,
    random.fork(3),
    { ...kit, random: random.fork(4) },
    kind,
    isDay,
    behind === 'street' ? seed : undefined,
  );
  const main = ceilingLamp(
    root,
    plan,
    { ...kit, random: random.fork(5) },
    w * random.uniform(0.42, 0.58),
    d * random.uniform(0.42, 0.58),
    !isDay || random.chance(0.55),
  );
  if (main) lights.push(main);
  for (const { light } of made) if (isDay) lights.push(light);
  RECIPES[kind]({ root, plan, kit, lights, lampsOn: !isDay || random.chance(0.3) });

  const ambient = isDay ? 0.34 : 0.26;
  const world = makeWorld({
    solids: draft.solids,
    materials: draft.materials,
    lights: lights.slice(0, MOST_LIGHTS),
    sun: isDay && random.chance(0.6) ? sunThrough(made, random) : undefined,
    ambient: isDay ? [ambient, ambient, ambient * 1.02] : [ambient, ambient * 0.92, ambient * 0.8],
  });
  return { kind, world, plan, seed, outside: behind };
}

/** Floor, ceiling, walls with a door and windows. Openings are taken from the plan before anything is furnished. */
function shell(
  root: Part,
  plan: Plan,
  random: Random,
  kit: ReturnType<typeof makeKit>,
  kind: RoomKind,
  isDay: boolean,
  streetSeed: number | undefined,
): WindowMade[] {
  const { w, d, h } = plan.size;
  const openings: Opening[][] = [[], [], [], []];
  const order = random.shuffled([0, 1, 2, 3]);
  const doorWall = order[0];
  const doorX = pickAlong(random, plan.walls[doorWall].length, 1.1);
  plan.walls[doorWall].taken.push({ x0: doorX - 0.72, x1: doorX + 0.6, y0: 0, y1: 2.15 });
  const doorFrame = plan.walls[doorWall].frame;
  root.inFrame(doorFrame);
  plan.keepClear(
    { ...doorFrame, o: [doorFrame.o[0] + doorFrame.x[0] * doorX, doorFrame.o[1] + doorFrame.x[1] * doorX, 0] },
    0.95,
    0.85,
  );

  const windowWalls = kind === 'bathroom' ? order.slice(1, 2) : order.slice(1, random.chance(0.45) ? 3 : 2);
  for (const index of windowWalls) {
    const wall = plan.walls[index];
    const wide = kind === 'bathroom' ? random.uniform(0.6, 0.9) : random.uniform(1.1, Math.min(2.1, wall.length - 0.8));
    const tall = kind === 'bathroom' ? random.uniform(0.6, 0.9) : random.uniform(1.05, Math.min(1.5, h - 1.1));
    const sill = Math.min(h - tall - 0.25, kind === 'bathroom' ? 1.25 : random.uniform(0.82, 1));
    const x = pickAlong(random, wall.length, wide + 0.5);
    openings[index].push({ x, z: sill, w: wide, h: tall });
    wall.taken.push({ x0: x - wide / 2 - 0.15, x1: x + wide / 2 + 0.15, y0: sill - 0.06, y1: sill + tall + 0.16 });
  }

  const floor = root.as(labelId('floor'));
  floor.box(w / 2, d / 2, -0.1, w + 0.6, d + 0.6, 0.1, floorMaterial(random, kind));
  root.as(labelId('ceiling')).box(w / 2, d / 2, h, w + 0.6, d + 0.6, 0.1, paint(draw(random, 'pale'), 0));
  const skin = wallMaterial(random, kind);
  const accent = random.chance(0.4) ? wallMaterial(random, kind) : skin;
  const accentWall = random.integer(0, 3);
  plan.walls.forEach((wall, i) => {
    wallWithOpenings(root, wall, h, openings[i], i === accentWall ? accent : skin);
  });
  const tall = random.uniform(0.06, 0.14);
  plan.walls.forEach((wall, i) => {
    skirting(root, wall, i === doorWall ? [{ x: doorX, w: 1.04 }] : [], kit, tall);
  });
  makeDoor(root, plan.walls[doorWall], doorX, kit);

  const brightness = isDay ? random.uniform(1.3, 2.1) : 0.05;
  const painted = outside(random, brightness);
  const view = streetSeed === undefined ? painted : streetOutside(streetSeed, 0.6 * brightness);
  const sky = random.uniform(0.42, 0.62);
  const daylight: Rgb = [sky * 0.96, sky, sky * 1.06];
  const drawn = random.pick(['blinds', 'curtains', 'curtains', 'bare'] as const);
  const dressing = streetSeed === undefined ? drawn : 'bare';
  return openings.flatMap((list, i) =>
    list.map((o) => makeWindow(root, plan.walls[i], o, kit, view, daylight, dressing)),
  );
}

/** A place along a wall for something this wide. */
const pickAlong = (random: Random, length: number, wide: number): number =>
  wide / 2 + 0.1 + random.uniform() * Math.max(0, length - wide - 0.2);

function floorMaterial(random: Random, kind: RoomKind): Material {
  const wet = kind === 'bathroom' || kind === 'kitchen';
  const what = wet
    ? random.pick(['tiles', 'tiles', 'tiles', 'planks'])
    : random.pick(['planks', 'planks', 'planks', 'carpet', 'carpet', 'tiles']);
  if (what === 'carpet') return carpet(draw(random, ...ANY), draw(random, 'muted', 'wood', 'dark'));
  if (what === 'planks')
    return planks(
      draw(random, 'wood', 'wood', 'wood', 'muted'),
      random.uniform(0.07, 0.18),
      random.uniform(0.7, 1.6),
      random.uniform(0.15, 0.6),
      random.chance(0.5),
    );
  const pattern = random.pick(['even', 'even', 'chequer', 'inserts'] as const);
  return tiles(
    draw(random, ...ANY),
    draw(random, ...ANY),
    [0.3, 0.29, 0.27],
    random.uniform(0.2, 0.5),
    pattern,
    random.uniform(0.3, 0.7),
  );
}

function wallMaterial(random: Random, kind: RoomKind): Material {
  const tiled = kind === 'bathroom' ? 0.75 : kind === 'kitchen' ? 0.2 : 0;
  if (random.chance(tiled))
    return tiles(
      draw(random, ...ANY),
      draw(random, ...ANY),
      [0.5, 0.49, 0.46],
      random.uniform(0.12, 0.3),
      random.pick(['even', 'even', 'inserts'] as const),
      0.5,
      random.chance(0.4),
    );
  if (random.chance(0.3))
    return wallpaper(
      draw(random, 'pale', 'muted', 'strong'),
      draw(random, 'muted', 'pale', 'strong'),
      random.pick(FABRIC_PATTERNS),
      random.uniform(0.07, 0.2),
      random.bits() & 0xfff,
    );
  return paint(draw(random, 'pale', 'pale', 'pale', 'muted', 'muted', 'strong'));
}

/** The sun stands so that it shines through one of the windows, 20 to 50 degrees high. */
function sunThrough(windows: readonly WindowMade[], random: Random): Sun | undefined {
  if (windows.length === 0) return undefined;
  const { opening } = random.pick(windows);
  const [nx, ny] = opening.normal;
  const sideways = random.uniform(-0.8, 0.8);
  const direction = unit([-nx - ny * sideways, -ny + nx * sideways, random.uniform(0.45, 1.1)]);
  const strength = random.uniform(1.6, 2.6);
  return {
    direction,
    radiance: [strength, strength * 0.9, strength * 0.72],
    openings: windows.map((made) => made.opening),
  };
}

import type { Part } from '../build.ts';
import { moved, reversed, turned } from '../frame.ts';
import { ANY, draw } from '../palette.ts';
import { tiles } from '../textures/floors.ts';
import { stone, wood } from '../textures/plain.ts';
import type { Light } from '../world.ts';
import { bathtub, mirror, paperRoll, toilet, vanity } from './furniture/bathroom.ts';
import { BED_LENGTH_M, bed, dresser, heap, nightStand, wardrobe } from './furniture/bedroom.ts';
import { COUNTER_DEPTH_M, counterRun, refrigerator, splashback, towelOn, wallCabinets } from './furniture/kitchen.ts';
import {
  bookcase,
  coatRail,
  coffeeTable,
  picture,
  radiator,
  rug,
  television,
  tvStand,
  wallShelves,
} from './furniture/living.ts';
import { boxPile, cabinet, person, pinned, whiteboard } from './furniture/office.ts';
import { type ChairDesign, chair, chairDesign, officeChair, sofa } from './furniture/seating.ts';
import { bag, bin, box, clock, floorLamp, plant, toy } from './furniture/small.ts';
import { DESK_DEPTH_M, desk, diningTable } from './furniture/tables.ts';
import type { Kit } from './kit.ts';
import type { Plan } from './plan.ts';

/** What a recipe works with. Lamps that are on are added to `lights`. */
export interface Site {
  readonly root: Part;
  readonly plan: Plan;
  readonly kit: Kit;
  readonly lights: Light[];
  /** Small lamps are on in the evening, and in the day sometimes. */
  readonly lampsOn: boolean;
}

type Frame = Part['frame'];
type Placed = { frame: Frame; wall: number; along: number } | undefined;

const on = (site: Site, frame: Frame): Part => site.root.inFrame(frame);
const lamp = (site: Site, light: Light | undefined): void => {
  if (light) site.lights.push(light);
};

export const ROOM_KINDS = ['living_room', 'bedroom', 'kitchen', 'office', 'bathroom', 'dining_room'] as const;
export type RoomKind = (typeof ROOM_KINDS)[number];

/** Smallest and largest width, depth and height of each kind of room, metres. */
export const ROOM_SIZES: Record<RoomKind, readonly (readonly [number, number])[]> = {
  living_room: [
    [4, 5.6],
    [3.8, 5],
    [2.45, 2.8],
  ],
  bedroom: [
    [3.3, 4.4],
    [3.4, 4.4],
    [2.4, 2.7],
  ],
  kitchen: [
    [3.1, 4.4],
    [3, 4.2],
    [2.4, 2.7],
  ],
  office: [
    [3.4, 5],
    [3.2, 4.6],
    [2.5, 2.9],
  ],
  bathroom: [
    [2.5, 3.3],
    [2.4, 3.2],
    [2.4, 2.6],
  ],
  dining_room: [
    [3.6, 4.8],
    [3.5, 4.6],
    [2.45, 2.8],
  ],
};

export const RECIPES: Record<RoomKind, (site: Site) => void> = {
  living_room: livingRoom,
  bedroom,
  kitchen,
  office,
  bathroom,
  dining_room: diningRoom,
};

function livingRoom(site: Site): void {
  const { plan, kit } = site;
  const { random } = kit;
  const w = random.uniform(1.75, 2.3);
  const spot = plan.againstWall(w, 0.92, 0.7, { front: 1, side: 'middle', gap: 0.05 });
  if (spot) {
    sofa(on(site, spot.frame), kit, w);
    const before = moved(spot.frame, 0, 1.62, 0);
    if (random.chance(0.75)) rug(on(site, before), kit, w + random.uniform(0, 0.5), 1.5);
    const cw = random.uniform(0.8, 1.15);
    const centre = moved(spot.frame, random.uniform(-0.1, 0.1), 1.45, 0);
    if (plan.claim(moved(centre, 0, -0.3, 0), cw, 0.6)) coffeeTable(on(site, centre), kit, cw, 0.56);
    hangAbove(site, spot, w);
    besideOf(site, spot, w, 0.5, 0.5, (part) =>
      random.chance(0.6)
        ? lamp(site, floorLamp(part, kit, site.lampsOn))
        : plant(part, kit, 0, 0.25, 0, random.uniform(0.9, 1.4)),
    );
    const opposite = [(spot.wall + 2) & 3, (spot.wall + 1) & 3];
    const tw = random.uniform(1.2, 1.7);
    const tv = plan.againstWall(tw, 0.44, 0.6, { walls: opposite, side: 'middle', front: 0.5 });
    if (tv) tvStand(on(site, tv.frame), kit, tw);
  }
  along(site, 0.85, 0.9, 0.7, (part) => sofa(part, kit, 0.85), 0.6);
  along(site, 1, 0.32, 1.9, (part) => bookcase(part, kit, 1, random.uniform(1.6, 2.05), 'bookshelf'));
  if (random.chance(0.5)) along(site, 0.9, 0.46, 0.9, (part) => cabinet(part, kit, 0.9, 0.85));
  if (random.chance(0.5)) along(site, 1.3, DESK_DEPTH_M + 0.6, 0.74, (part) => workplace(site, part, 1.3));
  common(site, 3);
}

function bedroom(site: Site): void {
  const { plan, kit } = site;
  const { random } = kit;
  const w = random.pick([0.98, 1.4, 1.6, 1.7]);
  const spot = plan.againstWall(w + 0.1, BED_LENGTH_M, 1.05, { side: w < 1 ? 'corner' : 'middle', front: 0.5 });
  if (spot) {
    bed(on(site, spot.frame), kit, w);
    for (const s of [-1, 1]) {
      const stand = moved(spot.frame, s * (w / 2 + 0.33), 0, 0);
      if (plan.claim(stand, 0.5, 0.44))
        lamp(site, nightStand(on(site, stand), kit, site.lampsOn && (s > 0 || random.chance(0.4))));
    }
    if (random.chance(0.6)) rug(on(site, moved(spot.frame, 0, 1.9, 0)), kit, w + 1, 1.5);
    hangAbove(site, spot, w);
  }
  const dw = random.uniform(0.8, 1.3);
  const chest = plan.againstWall(dw + 0.06, 0.5, 1.06, { side: 'middle' });
  if (chest) {
    const h = dresser(on(site, chest.frame), kit, dw);
    const above = plan.onWall(Math.min(dw, 0.8), 0.8, h + 0.15, [chest.wall], 0.02);
    if (above) {
      if (random.chance(0.7)) mirror(on(site, above.frame), kit, Math.min(dw, 0.8), 0.8);
      else picture(on(site, above.frame), kit, 0.7, 0.5);
    }
  }
  const ww = random.uniform(1, 1.6);
  along(site, ww + 0.06, 0.64, 2.2, (part) => wardrobe(part, kit, ww), 0.6);
  if (random.chance(0.6)) along(site, 1.2, DESK_DEPTH_M + 0.55, 0.74, (part) => workplace(site, part, 1.2));
  if (random.chance(0.5))
    along(site, 0.8, 0.32, 1.7, (part) => bookcase(part, kit, 0.8, random.uniform(1, 1.7), 'bookshelf'));
  if (random.chance(0.5)) along(site, 0.6, 0.6, 0.9, (part) => chairWithClothes(part, kit));
  if (random.chance(0.4)) scatter(site, 0.7, 0.6, (part) => heap(part, kit, 0, 0.3, 0));
  common(site, 2);
}

function kitchen(site: Site): void {
  const { plan, kit } = site;
  const { random } = kit;
  const top = random.chance(0.6)
    ? stone(draw(random, ...ANY), draw(random, 'dark', 'pale', 'muted'), random.chance(0.4))
    : wood(draw(random, 'wood'), 0, 0.4);
  const splash = tiles(
    draw(random, ...ANY),
    draw(random, ...ANY),
    [0.55, 0.53, 0.5],
    random.uniform(0.08, 0.2),
    random.pick(['even', 'even', 'inserts', 'chequer'] as const),
    0.5,
    random.chance(0.5),
  );
  let sinkDone = false;
  for (const wall of random.shuffled([0, 1, 2, 3])) {
    const { length, frame } = plan.walls[wall];
    for (const share of [0.92, 0.75, 0.6, 0.45, 0.35]) {
      const w = length * share - COUNTER_DEPTH_M * (sinkDone ? 1 : 0);
      if (w < 0.9) break;
      const spot = plan.againstWall(w, COUNTER_DEPTH_M + 0.03, 0.9, {
        walls: [wall],
        side: 'corner',
        front: 0.7,
        gap: 0.005,
      });
      if (!spot) continue;
      const part = on(site, spot.frame);
      counterRun(part, kit, { w, top, withSink: !sinkDone, withStove: random.chance(sinkDone ? 0.4 : 0.85) });
      const free = hasFreeWall(plan, wall, spot.along - w / 2, spot.along + w / 2, 0.95, 1.44);
      if (free) splashback(part, w, 0.52, splash);
      hangCabinets(site, wall, spot.along - w / 2, spot.along + w / 2);
      sinkDone = true;
      break;
    }
    void frame;
    if (sinkDone && random.chance(0.35)) break;
  }
  along(site, 0.84, 0.75, 1.85, (part) => refrigerator(part, kit), 0.6);
  const frame = plan.onFloor(1.1, 0.75);
  if (frame) seatedTable(site, frame, 1.1, 0.75);
  if (random.chance(0.6)) along(site, 0.9, 0.32, 1.8, (part) => bookcase(part, kit, 0.9, 1.7, 'shelves'));
  const towel = plan.onWall(0.5, 0.6, 0.75);
  if (towel) towelOn(on(site, moved(towel.frame, 0, 0, 0.55)), kit, 0.4, 0.5, true);
  common(site, 2);
}

function office(site: Site): void {
  const { plan, kit } = site;
  const { random } = kit;
  for (let i = random.integer(2, 3); i > 0; i--) {
    const w = random.uniform(1.3, 1.7);
    along(site, w, DESK_DEPTH_M + 0.75, 0.74, (part) => workplace(site, part, w), 0.3);
  }
  const board = plan.onWall(1.5, 1, 0.95);
  if (board) whiteboard(on(site, board.frame), kit, 1.5, 1);
  along(site, 1, 0.32, 2, (part) =>
    bookcase(part, kit, 1, random.uniform(1.7, 2.05), random.chance(0.6) ? 'bookshelf' : 'shelves'),
  );
  along(site, 0.48, 0.48, 1.3, (part) => cabinet(part, kit, 0.46, random.uniform(0.7, 1.32)));
  if (random.chance(0.6)) along(site, 1, 0.48, 1.1, (part) => cabinet(part, kit, 0.95, random.uniform(0.8, 1.1)));
  along(site, 0.6, 0.6, 1.2, (part) => boxPile(part, kit));
  if (random.chance(0.45)) {
    const frame = plan.onFloor(1.5, 0.9);
    if (frame) seatedTable(site, frame, 1.5, 0.9);
  }
  const notes = plan.onWall(1, 0.75, 1.15);
  if (notes) pinned(on(site, notes.frame), kit, 1, 0.75);
  if (random.chance(0.6)) scatter(site, 0.5, 0.5, (part) => person(part.at(0, 0.25, 0, random.uniform(-1, 1)), kit));
  common(site, 1);
}

function bathroom(site: Site): void {
  const { plan, kit } = site;
  const { random } = kit;
  const w = random.uniform(1.55, 1.75);
  const tub = plan.againstWall(w + 0.02, 0.8, 0.6, { side: 'corner', front: 0.3, gap: 0.002 });
  if (tub) bathtub(on(site, tub.frame), kit, w);
  const vw = random.uniform(0.75, 1.2);
  const basin = plan.againstWall(vw, 0.55, 0.86, { side: 'middle', front: 0.5, gap: 0.002 });
  if (basin) {
    vanity(on(site, basin.frame), kit, vw);
    const wall = plan.walls[basin.wall];
    if (hasFreeWall(plan, basin.wall, basin.along - vw / 2, basin.along + vw / 2, 1.05, 1.9)) {
      mirror(on(site, moved(wall.frame, basin.along, 0, 1.05)), kit, vw * 0.85, 0.8);
      wall.taken.push({ x0: basin.along - vw / 2, x1: basin.along + vw / 2, y0: 1, y1: 1.9 });
    }
    rug(on(site, moved(basin.frame, 0, 0.95, 0)), kit, 0.8, 0.5, true);
  }
  const seat = plan.againstWall(0.55, 0.72, 0.85, { front: 0.4, gap: 0.004 });
  if (seat) {
    toilet(on(site, seat.frame), kit);
    paperRoll(on(site, moved(seat.frame, 0.42, -0.004, 0.65)), kit);
  }
  if (tub) rug(on(site, moved(tub.frame, 0.2, 1.2, 0)), kit, 0.75, 0.5, true);
  for (let i = 0; i < 3; i++) {
    const towel = plan.onWall(0.7, 0.7, 0.85);
    if (towel) towelOn(on(site, moved(towel.frame, 0, 0, 0.65)), kit, 0.5, random.uniform(0.4, 0.62), true);
  }
  along(site, 0.46, 0.36, 1.7, (part) => bookcase(part, kit, 0.46, random.uniform(1, 1.6), 'shelves'));
  if (random.chance(0.6)) along(site, 0.5, 0.48, 1, (part) => cabinet(part, kit, 0.5, 0.9));
  common(site, 1);
}

function diningRoom(site: Site): void {
  const { plan, kit } = site;
  const { random } = kit;
  const w = random.uniform(1.4, 1.9);
  const frame = plan.onFloor(w, 0.9);
  if (frame) {
    if (random.chance(0.5)) rug(on(site, moved(frame, 0, 0.45, 0)), kit, w + 0.9, 1.9);
    seatedTable(site, frame, w, 0.9);
  }
  const cw = random.uniform(1, 1.5);
  const side = plan.againstWall(cw + 0.04, 0.5, 0.9, { side: 'middle' });
  if (side) {
    cabinet(on(site, side.frame), kit, cw, random.uniform(0.8, 0.95));
    hangAbove(site, side, cw);
  }
  along(site, 0.9, 0.32, 1.9, (part) => bookcase(part, kit, 0.9, 1.9, random.chance(0.5) ? 'shelves' : 'bookshelf'));
  along(site, 0.85, 0.9, 0.7, (part) => sofa(part, kit, 0.85), 0.5);
  if (random.chance(0.6)) along(site, 0.5, 0.5, 1.4, (part) => lamp(site, floorLamp(part, kit, site.lampsOn)));
  common(site, 3);
}

/** What rooms of every kind may hold: pictures, shelves, coats, plants, bins, bags and boxes on the floor. */
function common(site: Site, pictures: number): void {
  const { plan, kit } = site;
  const { random } = kit;
  for (let i = random.integer(1, pictures + 1); i > 0; i--) {
    const w = random.uniform(0.3, 0.8);
    const h = w * random.pick([0.7, 0.75, 1.3, 1]);
    const spot = plan.onWall(w, h, random.uniform(1.25, 1.5));
    if (spot) picture(on(site, spot.frame), kit, w, h);
  }
  if (random.chance(0.55)) {
    const rows = random.integer(1, 2);
    const spot = plan.onWall(0.95, rows * 0.36 + 0.1, 1.3);
    if (spot) wallShelves(on(site, moved(spot.frame, 0, 0, 0.12)), kit, 0.9, rows);
  }
  if (random.chance(0.5)) {
    const spot = plan.onWall(0.9, 1.1, 0.75);
    if (spot) {
      coatRail(on(site, moved(spot.frame, 0, 0, 1)), kit, 0.85);
      plan.keepClear(spot.frame, 0.9, 0.2);
    }
  }
  if (random.chance(0.5)) {
    const spot = plan.onWall(0.9, 0.6, 0.1, undefined, 0.02);
    if (spot && plan.claim(spot.frame, 0.95, 0.16)) radiator(on(site, moved(spot.frame, 0, 0, -0.1)), kit, 0.85);
  }
  if (random.chance(0.35)) {
    const spot = plan.onWall(0.4, 0.4, 1.8);
    if (spot) clock(on(site, moved(spot.frame, 0, 0, 0.2)), kit, 0, 0);
  }
  if (random.chance(0.12)) {
    const spot = plan.onWall(1, 0.7, 1.3);
    if (spot) television(on(site, moved(spot.frame, 0, 0.06, 0)), kit, 0.9);
  }
  if (random.chance(0.6)) along(site, 0.5, 0.5, 1.3, (part) => plant(part, kit, 0, 0.25, 0, random.uniform(0.7, 1.3)));
  if (random.chance(0.6)) along(site, 0.3, 0.32, 0.4, (part) => bin(part, kit, 0, 0.16));
  if (random.chance(0.6)) along(site, 0.5, 0.32, 0.5, (part) => bag(part, kit, 0, 0.18, 0, random.uniform(-0.2, 0.2)));
  if (random.chance(0.5))
    along(site, 0.5, 0.45, 0.5, (part) =>
      box(part, kit, 0, 0.22, 0, 0.4, 0.32, random.uniform(0.18, 0.36), random.uniform(-0.2, 0.2)),
    );
  if (random.chance(0.3)) scatter(site, 0.3, 0.3, (part) => toy(part, kit, 0, 0.15, 0));
}

function along(site: Site, w: number, d: number, h: number, make: (part: Part) => void, front = 0.35): Placed {
  const spot = site.plan.againstWall(w, d, h, { front });
  if (spot) make(on(site, spot.frame));
  return spot;
}

function scatter(site: Site, w: number, d: number, make: (part: Part) => void): void {
  const frame = site.plan.onFloor(w, d);
  if (frame) make(on(site, frame));
}

function besideOf(
  site: Site,
  spot: NonNullable<Placed>,
  w: number,
  bw: number,
  bd: number,
  make: (part: Part) => void,
): void {
  for (const s of site.kit.random.shuffled([-1, 1])) {
    const frame = moved(spot.frame, s * (w / 2 + bw / 2 + 0.06), 0, 0);
    if (!site.plan.claim(frame, bw, bd)) continue;
    make(on(site, frame));
    return;
  }
}

/** One large picture, or a row of small ones, over a sofa, bed or sideboard. */
function hangAbove(site: Site, spot: NonNullable<Placed>, w: number): void {
  const { plan, kit } = site;
  const { random } = kit;
  const wall = plan.walls[spot.wall];
  const count = random.integer(0, 3);
  const each = count === 0 ? 0 : (w * 0.85) / count;
  for (let i = 0; i < count; i++) {
    const pw = Math.min(each - 0.1, 0.95);
    const ph = Math.min(pw * random.uniform(0.7, 1.25), 0.75);
    const x = spot.along - (w * 0.85) / 2 + each * (i + 0.5);
    const z = random.uniform(1.32, 1.42);
    if (pw < 0.2 || !hasFreeWall(plan, spot.wall, x - pw / 2, x + pw / 2, z, z + ph)) continue;
    wall.taken.push({ x0: x - pw / 2 - 0.04, x1: x + pw / 2 + 0.04, y0: z - 0.05, y1: z + ph + 0.05 });
    picture(on(site, moved(wall.frame, x, 0, z)), kit, pw, ph);
  }
}

function hasFreeWall(plan: Plan, wall: number, x0: number, x1: number, z0: number, z1: number): boolean {
  return !plan.walls[wall].taken.some((t) => t.x0 < x1 && x0 < t.x1 && t.y0 < z1 && z0 < t.y1);
}

/** Wall cabinets over a counter, wherever no window is in the way. */
function hangCabinets(site: Site, wall: number, from: number, to: number): void {
  const { plan, kit } = site;
  const h = Math.min(0.75, plan.size.h - 1.5);
  const bay = 0.5;
  const bays = Math.floor((to - from) / bay);
  for (let i = 0; i < bays; i++) {
    let run = 0;
    while (i + run < bays && hasFreeWall(plan, wall, from + i * bay, from + (i + run + 1) * bay, 1.44, 1.44 + h)) run++;
    if (run === 0 || kit.random.chance(0.15)) continue;
    const w = run * bay;
    const x = from + i * bay + w / 2;
    wallCabinets(on(site, moved(plan.walls[wall].frame, x, 0.002, 1.44)), kit, w - 0.01, h);
    plan.walls[wall].taken.push({ x0: x - w / 2, x1: x + w / 2, y0: 1.44, y1: 1.44 + h + 0.05 });
    i += run;
  }
}

function workplace(site: Site, part: Part, w: number): void {
  const { kit } = site;
  const { random } = kit;
  lamp(site, desk(part, kit, w, site.lampsOn));
  // The chair looks at the desk, pushed in or left aslant.
  const seat = part.inFrame(
    reversed(moved(part.frame, random.uniform(-0.15, 0.15), DESK_DEPTH_M + random.uniform(0.1, 0.3), 0)),
  );
  const aslant = seat.at(0, 0, 0, random.uniform(-0.5, 0.5));
  if (random.chance(0.75)) officeChair(aslant, kit);
  else chair(aslant, chairDesign(kit));
}

/** A table with its chairs; `frame` is the middle of one long side. */
function seatedTable(site: Site, frame: Frame, w: number, d: number): void {
  const { plan, kit } = site;
  const { random } = kit;
  const centre = moved(frame, 0, d / 2, 0);
  diningTable(on(site, centre), kit, w, d);
  const design: ChairDesign = chairDesign(kit);
  const perSide = w > 1.3 ? 2 : 1;
  const seats: Frame[] = [];
  for (let i = 0; i < perSide; i++) {
    const x = perSide === 1 ? 0 : (i - 0.5) * w * 0.52;
    seats.push(moved(centre, x, -d / 2 - 0.12, 0), reversed(moved(centre, x, d / 2 + 0.12, 0)));
  }
  seats.push(turned(moved(centre, w / 2 + 0.14, 0, 0), 'z', 1), turned(moved(centre, -w / 2 - 0.14, 0, 0), 'z', -1));
  for (const seat of seats) {
    if (random.chance(0.1)) continue;
    const out = moved(seat, random.uniform(-0.05, 0.05), -random.uniform(0, 0.18), 0);
    if (!plan.claim(moved(out, 0, -0.24, 0), 0.4, 0.18)) continue;
    chair(on(site, turned(out, 'z', random.uniform(-0.12, 0.12))), design);
  }
}

function chairWithClothes(part: Part, kit: Kit): void {
  const seat = part.at(0, 0.32, 0, kit.random.uniform(-0.2, 0.2));
  chair(seat, chairDesign(kit));
  heap(seat, kit, 0, 0, 0.5);
}

import type { Part } from '../build.ts';
import { lampPost, oddment, person, trafficSign } from './furniture.ts';
import { enclosure, townHouse, villa } from './houses.ts';
import { about, type Kit } from './kit.ts';
import { inJunction, kerbAt, type Site, sidewalkAt } from './layout.ts';
import { hedge, shrub, tree, wood } from './trees.ts';

/** Everything that stands along the road, and the woods and houses that close the view. */
export function settle(site: Site, kit: Kit): void {
  for (const side of [-1, 1] as const) {
    fronts(site, kit, side);
    kerbside(site, kit, side);
  }
  horizon(site, kit);
}

/** The frame of a plot: x along the road as seen from it, y away from the road, origin x metres from the middle. */
export function facing({ root, road }: Site, side: 1 | -1, x: number, s: number): Part {
  return root.inFrame(road.frameAt(s)).at(side * x, s, 0, -side);
}

function fronts(site: Site, kit: Kit, side: 1 | -1): void {
  const { random } = kit;
  const { layout, road } = site;
  const { quarter, garden, junction } = layout;
  const [, outer] = sidewalkAt(layout);
  let s = road.from + random.uniform(0, 6);
  while (s < road.to - 40) {
    const w = quarter === 'town' ? random.uniform(8, 15) : random.uniform(8, 13);
    const gap = quarter === 'town' ? (random.chance(0.12) ? random.uniform(3, 8) : 0.02) : random.uniform(4, 11);
    if (junction && inJunction(layout, s + w / 2, w / 2 + 0.4)) {
      s += 2;
      continue;
    }
    const middle = s + w / 2;
    const place = facing(site, side, outer + garden, middle);
    if (quarter === 'town') townHouse(place, kit, { w, d: 11, storeys: random.integer(2, 5) });
    else if (quarter === 'edge' && random.chance(0.55)) grove(place, kit, w);
    else villa(place, kit, { w, d: random.uniform(8, 10.5), storeys: random.chance(0.7) ? 2 : random.integer(1, 3) });
    if (garden > 0) {
      frontGarden(facing(site, side, outer, middle), kit, w + gap, garden);
      between(facing(site, side, outer + garden, s + w + gap / 2), kit, gap);
    } else if (gap > 1) between(facing(site, side, outer + 1, s + w + gap / 2), kit, gap);
    s += w + gap;
  }
}

/** Trees in place of a house. */
function grove(place: Part, kit: Kit, w: number): void {
  const { random } = kit;
  for (let i = 0; i < 3; i++)
    tree(place.at(random.uniform(-0.5, 0.5) * w, random.uniform(0, 9), 0), kit, random.uniform(6, 12));
  shrub(place.at(random.uniform(-0.4, 0.4) * w, -1, 0), kit, random.uniform(1, 2));
}

/** Hedge, wall or fence towards the sidewalk, with a gap for the path; shrubs and a small tree behind it. */
function frontGarden(place: Part, kit: Kit, w: number, deep: number): void {
  const { random } = kit;
  const kind = random.pick(['hedge', 'hedge', 'wall', 'open']);
  const gate = random.uniform(-0.25, 0.25) * w;
  for (const [from, to] of [
    [-w / 2, gate - 0.8],
    [gate + 0.8, w / 2],
  ]) {
    const length = to - from;
    if (length < 0.8) continue;
    const p = place.at((from + to) / 2, 0.25, 0.1);
    if (kind === 'hedge') hedge(p.at(0, 0.2, 0), kit, length, random.uniform(0.7, 1), random.uniform(0.9, 1.9));
    else if (kind === 'wall') enclosure(p, kit, length);
  }
  const count = random.integer(1, 3);
  for (let i = 0; i < count; i++) {
    const p = place.at(random.uniform(-0.45, 0.45) * w, deep * random.uniform(0.35, 0.75), 0.08);
    if (random.chance(0.35) && deep > 3) tree(p, kit, random.uniform(3.5, 7));
    else shrub(p, kit, random.uniform(0.7, 1.5));
  }
}

/** What is seen between two houses: a tree behind, a hedge or a fence. */
function between(place: Part, kit: Kit, gap: number): void {
  const { random } = kit;
  tree(place.at(random.uniform(-0.2, 0.2) * gap, random.uniform(5, 12), 0), kit, random.uniform(6, 12));
  if (gap > 3 && random.chance(0.6)) hedge(place.at(0, 2.5, 0.1), kit, gap, 0.9, random.uniform(1.2, 2));
}

/** Street trees, lamps, signs, bins and people between the kerb and the fronts. */
function kerbside(site: Site, kit: Kit, side: 1 | -1): void {
  const { random } = kit;
  const { layout, road } = site;
  const kerb = kerbAt(layout);
  const [inner, outer] = sidewalkAt(layout);
  const hasTrees = layout.quarter === 'avenue' || random.chance(layout.quarter === 'town' ? 0.4 : 0.15);
  const pitch = random.uniform(8, 13);
  const treeAt = layout.verge > 0 ? (kerb + inner) / 2 : kerb + 0.75;
  if (hasTrees)
    for (let s = road.from + random.uniform(2, 8); s < road.to - 30; s += pitch * random.uniform(0.85, 1.2))
      if (!inJunction(layout, s, 3)) tree(facing(site, side, treeAt, s).at(0, 0, 0.1), kit, random.uniform(5.5, 10));
  const lampPitch = random.uniform(24, 34);
  for (let s = road.from + random.uniform(4, 20); s < road.to - 40; s += lampPitch)
    if (!inJunction(layout, s, 1)) lampPost(about(facing(site, side, kerb + 0.5, s).at(0, 0, 0.1)), kit);
  for (let s = road.from + random.uniform(0, 20); s < 140; s += random.uniform(16, 40)) {
    if (inJunction(layout, s, 1)) continue;
    // A sign looks at those who drive towards it, on their right.
    const at = site.root.inFrame(road.frameAt(s)).at(side * (kerb + 0.45), s, 0.1);
    trafficSign(side > 0 ? at : about(at), kit);
  }
  for (let s = road.from; s < 110; s += random.uniform(9, 26)) {
    const x = random.uniform(inner + 0.5, outer - 0.35);
    if (inJunction(layout, s, 0)) continue;
    if (random.chance(0.5)) person(facing(site, side, x, s).at(0, 0, 0.12), kit);
    else oddment(facing(site, side, outer - 0.4, s).at(0, 0, 0.12), kit);
  }
}

/** Woods all around, and houses along the crossing road, so that no view runs into nothing. */
function horizon(site: Site, kit: Kit): void {
  const { random } = kit;
  const { root, road, layout } = site;
  const last = root.inFrame(road.frameAt(road.to));
  for (let i = -4; i <= 4; i++)
    wood(
      last.at(i * 52 + random.uniform(-8, 8), road.to - 10 + random.uniform(0, 30), 0),
      kit,
      70,
      random.uniform(9, 20),
    );
  const first = root.inFrame(road.frameAt(road.from));
  for (let i = -4; i <= 4; i++)
    wood(
      first.at(i * 52 + random.uniform(-8, 8), road.from - 40 - random.uniform(0, 30), 0),
      kit,
      70,
      random.uniform(9, 20),
    );
  for (const side of [-1, 1])
    for (let s = road.from; s < road.to; s += 48) {
      const at = root.inFrame(road.frameAt(s)).at(side * random.uniform(75, 130), s, 0, 1);
      wood(at, kit, 70, random.uniform(8, 18));
    }
  const { junction } = layout;
  if (!junction) return;
  const cross = root.inFrame(road.frameAt(junction.at));
  for (const side of [-1, 1] as const)
    for (const edge of [-1, 1] as const)
      for (let x = 24; x < 96; x += 13) {
        const at = cross.at(
          side * (x + sidewalkAt(layout)[1]),
          junction.at + edge * (junction.half + layout.sidewalk + 1),
          0,
        );
        const house = edge > 0 ? at : about(at);
        if (random.chance(0.3)) tree(house.at(0, 3, 0), kit, random.uniform(6, 11));
        else villa(house, kit, { w: random.uniform(8, 11), d: 9, storeys: 2 });
      }
}

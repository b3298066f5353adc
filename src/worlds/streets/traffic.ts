import { car } from './cars.ts';
import { about, type Kit } from './kit.ts';
import { inJunction, type Site } from './layout.ts';

/** Cars at the kerbs and on the lanes. They stand still: only the camera moves. */
export function drive(site: Site, kit: Kit, ownLaneIsFree: boolean): void {
  const { random } = kit;
  const { layout, road, root } = site;
  const { lanes, bays, quarter } = layout;
  const free = quarter === 'edge' ? 0.12 : random.uniform(0.45, 0.85);
  for (const side of [-1, 1]) {
    if (bays === 0 && random.chance(0.35)) continue;
    const x = bays > 0 ? lanes + bays / 2 : lanes - 0.95;
    const density = bays > 0 ? free : free * 0.3;
    for (let s = road.from + 3; s < road.to - 60; s += random.uniform(5.6, 6.6)) {
      if (inJunction(layout, s, 5) || !random.chance(density)) continue;
      const at = root
        .inFrame(road.frameAt(s))
        .at(side * (x + random.uniform(-0.12, 0.12)), s, 0, random.uniform(-0.012, 0.012));
      car(side > 0 === random.chance(0.9) ? at : about(at), kit);
    }
  }
  // Oncoming on the left, ahead on the right. The camera's own lane stays free where it drives.
  for (let s = road.from; s < 150; s += random.uniform(14, 60)) oncoming(site, kit, s);
  if (ownLaneIsFree) return;
  for (let s = 40 + random.uniform(0, 30); s < 170; s += random.uniform(12, 50)) {
    const at = root.inFrame(road.frameAt(s)).at(lanes / 2 + random.uniform(-0.2, 0.2), s, 0);
    car(at, kit);
  }
}

function oncoming({ root, road, layout }: Site, kit: Kit, s: number): void {
  const at = root.inFrame(road.frameAt(s)).at(-layout.lanes / 2 + kit.random.uniform(-0.25, 0.25), s, 0);
  car(about(at), kit);
}

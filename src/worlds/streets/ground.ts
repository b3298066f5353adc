import type { Material } from '../material.ts';
import { draw, screen } from '../palette.ts';
import { asphalt, grass, gravel, paving } from '../textures/ground.ts';
import type { Kit } from './kit.ts';
import { STREET_LABELS, type StreetLabel } from './labels.ts';
import { kerbAt, type Site, sidewalkAt } from './layout.ts';

const KERB_M = 0.12;
const KERB_WIDE_M = 0.14;
/** On bends, boxes overlap by this much lest gaps open between them. */
const OVERLAP_M = 0.35;

/** Carriageway with its marks, kerbs, sidewalks, verges, what lies beyond them, and a crossing road. */
export function layGround(site: Site, kit: Kit): void {
  const { random } = kit;
  const { layout, road } = site;
  const { lanes, bays, junction, quarter, verge } = layout;
  const salt = random.bits() & 0xfff;
  const tar = screen(random.pick([0x6d6c6b, 0x7d7b78, 0x5f6064, 0x8a8783, 0x75736a]));
  const kerb = kerbAt(layout);
  const [inner, outer] = sidewalkAt(layout);
  const surface = asphalt(
    tar,
    {
      halfWidthM: lanes,
      centre: quarter === 'suburb' ? random.pick(['none', 'dashed']) : random.pick(['dashed', 'dashed', 'double']),
      edges: bays > 0 || random.chance(0.5),
      bays: bays > 0,
      junction: junction && [junction.at - junction.half, junction.at + junction.half],
      zebra: random.chance(0.6),
    },
    salt,
  );
  const slabs = random.chance(0.7)
    ? paving(draw(random, 'muted', 'pale'), random.uniform(0.25, 0.5), random.uniform(1, 2), salt)
    : asphalt(screen(random.pick([0x7b7a78, 0x8d8b88, 0x6b6a69])), undefined, salt + 1);
  const stone = paving(screen(random.pick([0x9a9893, 0xb0aea8, 0x86837e])), 1, 1, salt + 2);
  const lawn = grass(
    screen(random.pick([0x5f7d3a, 0x6f8a45, 0x567036])),
    screen(random.pick([0x93904f, 0x7f7a48])),
    salt,
  );
  const beyond = quarter === 'town' ? slabs : lawn;
  strip(site, 'road', -kerb, kerb, -0.4, 0, surface, true);
  for (const side of [-1, 1]) {
    const lay = (label: StreetLabel, from: number, to: number, top: number, skin: Material) =>
      strip(site, label, side < 0 ? -to : from, side < 0 ? -from : to, -0.4, top, skin, false);
    lay('sidewalk', kerb, kerb + KERB_WIDE_M, KERB_M, stone);
    if (verge > 0) lay('terrain', kerb + KERB_WIDE_M, inner, KERB_M - 0.01, lawn);
    lay('sidewalk', verge > 0 ? inner : kerb + KERB_WIDE_M, outer, KERB_M - 0.004, slabs);
    lay(quarter === 'town' ? 'sidewalk' : 'terrain', outer, outer + 45, KERB_M - 0.012, beyond);
  }
  const far = site.root.as(STREET_LABELS.terrain);
  far.box(0, 100, -3.06, 1600, 1600, 3, random.chance(0.7) ? lawn : gravel(screen(0x8f8466), salt));
  if (!junction) return;
  // The crossing road, in the frame of the place where it crosses; its middle line is local x.
  const cross = site.root.inFrame(road.frameAt(junction.at)).at(0, junction.at, 0, 1);
  const plain = { halfWidthM: junction.half, centre: 'dashed', edges: false, bays: false, zebra: false } as const;
  const crossing = asphalt(tar, { ...plain, junction: [-kerb - 0.5, kerb + 0.5] }, salt + 3);
  cross.as(STREET_LABELS.road).box(0, 0, -0.4, 2 * junction.half, 240, 0.396, crossing);
  for (const side of [-1, 1])
    for (const end of [-1, 1]) {
      const y = end * (kerb + 60);
      const at = (from: number, to: number, top: number, label: StreetLabel, skin: Material) =>
        cross.as(STREET_LABELS[label]).box((side * (from + to)) / 2, y, -0.4, to - from, 120, 0.4 + top, skin);
      at(junction.half, junction.half + KERB_WIDE_M, KERB_M, 'sidewalk', stone);
      at(junction.half + KERB_WIDE_M, junction.half + layout.sidewalk + 0.02, KERB_M - 0.006, 'sidewalk', slabs);
    }
}

/** A band along the road from x0 to x1, in the pieces of the road and without the junction unless it runs through. */
function strip(
  { root, road, layout }: Site,
  label: StreetLabel,
  x0: number,
  x1: number,
  bottom: number,
  top: number,
  skin: Material,
  runsThrough: boolean,
): void {
  const part = root.as(STREET_LABELS[label]);
  const gap = layout.junction;
  for (const piece of road.pieces) {
    const bent = piece.to - piece.from < 5 ? OVERLAP_M : 0.02;
    const lay = (from: number, to: number) => {
      if (to > from)
        part.inFrame(piece.frame).box((x0 + x1) / 2, (from + to) / 2, bottom, x1 - x0, to - from, top - bottom, skin);
    };
    const from = piece.from - bent;
    const to = piece.to + bent;
    if (runsThrough || !gap || !(from < gap.at + gap.half && to > gap.at - gap.half)) lay(from, to);
    else {
      lay(from, gap.at - gap.half);
      lay(gap.at + gap.half, to);
    }
  }
}

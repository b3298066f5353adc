import type { Part } from '../../build.ts';
import { cloth, type Kit, put } from '../kit.ts';

/** A sofa or armchair: base, seat and back cushions, arms, throw cushions. */
export function sofa(part: Part, kit: Kit, w: number): void {
  const { random } = kit;
  const skin = cloth(kit);
  const s = put(part, w < 1.15 ? 'armchair' : 'sofa', 0, 0, 0);
  const d = 0.88;
  const arm = random.uniform(0.14, 0.22);
  const seats = Math.max(1, Math.round((w - 2 * arm) / 0.66));
  const sw = (w - 2 * arm) / seats;
  const rounded = random.chance(0.5);
  for (const x of [-1, 1])
    for (const y of [0.08, d - 0.08]) s.box(x * (w / 2 - 0.08), y, 0, 0.05, 0.05, 0.1, kit.wood[2]);
  s.box(0, d / 2, 0.09, w - 0.02, d - 0.04, 0.2, skin);
  s.cushion(0, 0.11, 0.12, w - 0.06, 0.22, 0.66, skin, 0.37);
  const armTop = random.uniform(0.54, 0.64);
  for (const x of [-1, 1]) {
    s.box(x * (w / 2 - arm / 2), d / 2 + 0.01, 0.08, arm, d - 0.02, armTop - 0.15, skin);
    if (rounded) s.bar('y', x * (w / 2 - arm / 2), d / 2 + 0.01, armTop - 0.07, d - 0.02, arm * 1.08, skin);
    else s.cushion(x * (w / 2 - arm / 2), d / 2 + 0.01, armTop - 0.12, arm + 0.01, d, 0.13, skin, 0.36);
  }
  for (let i = 0; i < seats; i++) {
    const x = -w / 2 + arm + sw * (i + 0.5);
    s.cushion(x, 0.54, 0.27, sw - 0.008, 0.66, 0.19, skin, 0.38);
    s.tilted(x, 0.2, 0.42, 'x', 0.1).cushion(0, 0.06, 0, sw - 0.012, 0.2, 0.46, skin, 0.44);
  }
  for (let i = random.integer(w < 1.15 ? 0 : 1, seats); i > 0; i--) {
    const x = random.uniform(-0.5, 0.5) * (w - 2 * arm - 0.4);
    put(part, 'cushion', x, 0.4, 0.45, random.uniform(-0.15, 0.15))
      .tilted(0, 0, 0, 'x', random.uniform(0.12, 0.2))
      .cushion(0, 0, 0, 0.42, 0.15, 0.4, cloth(kit), 0.58);
  }
  if (random.chance(0.35)) {
    const c = put(part, 'clothes', random.uniform(-0.3, 0.3) * w, 0, 0);
    const blanket = cloth(kit);
    c.cushion(0, 0.14, 0.6, 0.6, 0.3, 0.22, blanket, 0.37);
    c.box(0, 0.3, 0.48, 0.56, 0.03, 0.28, blanket);
  }
}

/** A chair with four legs; the seat faces +y, origin under the middle of the seat. */
export function chair(part: Part, design: ChairDesign): void {
  const { kind, skin, frame } = design;
  const c = put(part, kind === 'stool' ? 'stool' : 'chair', 0, 0, 0);
  const w = 0.43;
  const seat = kind === 'stool' ? 0.62 : 0.45;
  const leg = (x: number, y: number, h: number, lean: number) =>
    c.tilted(x, y, 0, 'x', lean).box(0, 0, 0, 0.036, 0.036, h, frame);
  for (const s of [-1, 1]) {
    leg(s * (w / 2 - 0.03), w / 2 - 0.03, seat, 0);
    leg(s * (w / 2 - 0.03), -w / 2 + 0.03, seat, 0);
    c.box(s * (w / 2 - 0.03), 0, 0.2, 0.02, w - 0.08, 0.025, frame);
  }
  c.box(0, w / 2 - 0.03, 0.24, w - 0.08, 0.02, 0.025, frame);
  if (kind === 'padded') c.cushion(0, 0, seat - 0.02, w + 0.01, w, 0.08, skin, 0.4);
  else c.box(0, 0, seat, w, w - 0.01, 0.026, frame);
  if (kind === 'stool') return;
  const back = c.tilted(0, -w / 2 + 0.025, seat, 'x', 0.07);
  for (const s of [-1, 1]) back.box(s * (w / 2 - 0.03), 0, 0, 0.034, 0.03, 0.48, frame);
  if (kind === 'padded') back.cushion(0, 0.012, 0.14, w - 0.04, 0.07, 0.36, skin, 0.42);
  else if (kind === 'ladder') for (const z of [0.14, 0.27, 0.4]) back.box(0, 0, z, w - 0.09, 0.018, 0.065, frame);
  else {
    back.box(0, 0, 0.42, w - 0.06, 0.022, 0.07, frame);
    for (let i = 0; i < 5; i++) back.box(-0.13 + i * 0.065, 0, 0.02, 0.018, 0.014, 0.4, frame);
  }
}

export interface ChairDesign {
  readonly kind: 'padded' | 'ladder' | 'spindle' | 'stool';
  readonly skin: ReturnType<typeof cloth>;
  readonly frame: ReturnType<typeof cloth>;
}

/** All chairs around a table are alike. */
export const chairDesign = (
  kit: Kit,
  kind = kit.random.pick(['padded', 'ladder', 'spindle'] as const),
): ChairDesign => ({
  kind,
  skin: cloth(kit),
  frame: kit.random.pick([kit.wood[2], kit.front[2], kit.metal]),
});

/** Half-angle tangents of the multiples of 72 degrees. */
const FIFTHS = [0, 0.7265425280053609, -0.7265425280053609, 3.077683537175253, -3.077683537175253];

/** On a star of five castors, with arms. Origin under the middle of the seat. */
export function officeChair(part: Part, kit: Kit): void {
  const { random } = kit;
  const skin = random.chance(0.4) ? cloth(kit, 'dark') : cloth(kit);
  const c = put(part, 'office chair', 0, 0, 0);
  for (const yaw of FIFTHS) {
    const a = c.at(0, 0, 0, yaw);
    a.box(0, 0.16, 0.07, 0.04, 0.3, 0.035, kit.dark);
    a.cylinder(0, 0.3, 0, 0.055, 0.04, 0.07, kit.dark);
  }
  c.cylinder(0, 0, 0.08, 0.05, 0.05, 0.32, kit.metal);
  c.cushion(0, 0.02, 0.4, 0.48, 0.47, 0.11, skin, 0.4);
  const back = c.tilted(0, -0.2, 0.5, 'x', random.uniform(0.05, 0.1));
  back.box(0, -0.01, -0.1, 0.07, 0.025, 0.3, kit.dark);
  back.cushion(0, 0.01, 0.08, 0.44, 0.1, random.uniform(0.44, 0.62), skin, 0.42);
  if (random.chance(0.7))
    for (const s of [-1, 1]) {
      c.box(s * 0.27, -0.02, 0.42, 0.03, 0.05, 0.23, kit.dark);
      c.cushion(s * 0.27, 0.02, 0.64, 0.06, 0.27, 0.035, kit.dark, 0.4);
    }
  if (random.chance(0.25)) {
    const j = put(part, 'jacket', 0, -0.2, 0.5).tilted(0, 0, 0, 'x', 0.07);
    const wool = cloth(kit);
    j.cushion(0, 0, 0.28, 0.5, 0.16, 0.34, wool, 0.42);
    j.box(0, -0.07, -0.12, 0.44, 0.04, 0.5, wool);
  }
}

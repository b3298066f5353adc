import { blend, type Material, material, mixed, type Rgb, scaled } from '../material.ts';
import { clamp, detail, noise3 } from '../noise.ts';

/** Leaves of a crown or hedge: darker in its gaps, lighter where they are young, each of its own tone. */
export function leaves(rgb: Rgb, young: Rgb, clumpM: number, salt: number): Material {
  const dark = scaled(rgb, 0.3);
  return material(
    mixed(rgb, dark, 0.3),
    (s, out) => {
      const fine = crisp(detail(s.x * 14, s.y * 14, s.z * 14, 0.07, s.footprintM));
      const leaf = crisp(detail(s.x * 33, s.y * 33, s.z * 33 + salt, 0.03, s.footprintM));
      const clump = noise3(s.x / clumpM, s.y / clumpM, s.z / clumpM);
      const radius = Math.sqrt(s.u * s.u + s.v * s.v + s.w * s.w);
      const deep = clamp(1.25 - 1.3 * radius + 0.45 * clump, 0, 1);
      const fresh = clamp(0.25 + 0.5 * noise3(s.x * 1.3, s.y * 1.3, s.z * 1.3 + salt) + 0.35 * fine, 0, 1);
      const shade = (1 - 0.72 * deep) * (1.05 + 0.42 * fine) * (1 + 0.48 * leaf);
      blend(out, rgb, young, fresh, shade > 0.12 ? shade : 0.12);
    },
    { selfShaded: true, infrared: 0.85 },
  );
}

/** Leaves lie over each other: light and dark meet at edges. */
const crisp = (value: number): number => clamp(value * 2.6, -1, 1);

export function bark(rgb: Rgb, salt: number): Material {
  return material(rgb, (s, out) => {
    const ridges = detail(s.x * 22, s.y * 22, s.z * 4 + salt, 0.03, s.footprintM);
    const patches = noise3(s.x * 5, s.y * 5, s.z * 2.5 + salt);
    blend(out, rgb, scaled(rgb, 0.45), clamp(0.35 + 0.4 * ridges + 0.3 * patches, 0, 1));
  });
}

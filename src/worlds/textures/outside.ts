import type { Random } from '../../core/random.ts';
import { blend, type Material, material, type Rgb, write } from '../material.ts';
import { cell, clamp, noise3, smoothstep } from '../noise.ts';
import { screen } from '../palette.ts';

/**
 * What is seen through a window pane: sky, clouds, trees and houses far away, by direction alone, so that it moves as
 * an outside does when the camera moves. `daylight` is the radiance of the sky; at night only lit windows are left.
 */
export function outside(random: Random, daylight: number): Material {
  const salt = random.bits() & 0xfff;
  const zenith = screen(random.pick([0x6f9fd0, 0x8fb2d6, 0xb4bfca]));
  const horizon = screen(random.pick([0xdbe6ee, 0xe9e4d8, 0xd0d6da]));
  const leaves = screen(random.pick([0x4f6b35, 0x5e7a3c, 0x3f5a34, 0x7a7038]));
  const house = screen(random.pick([0xb59a80, 0x9a6a55, 0xc9c1b2, 0x8f8f94]));
  const roof = screen(random.pick([0x6a3c30, 0x4b4b50, 0x5b4636]));
  const glow: Rgb = [0.9, 0.62, 0.25];
  const night = daylight < 0.5;
  return material(
    horizon,
    (s, out) => {
      // A stand-in for the bearing that needs no arctangent: position on the unit square around the viewer.
      const sum = Math.abs(s.dx) + Math.abs(s.dy);
      const bearing = (s.dx > 0 ? 1 - s.dy / sum : 3 + s.dy / sum) * 8;
      const slope = s.dz / Math.sqrt(s.dx * s.dx + s.dy * s.dy);
      const trees = 0.1 + 0.13 * noise3(bearing * 1.3, 0, salt) + 0.05 * noise3(bearing * 6, 1, salt);
      const plot = Math.floor(bearing / 1.6);
      const inPlot = bearing / 1.6 - plot;
      const houseTop = cell(plot, 1, salt) > 0.45 ? 0.1 + 0.25 * cell(plot, 2, salt) : -1;
      const gable = houseTop + 0.07 * (1 - Math.abs(inPlot - 0.5) * 2.6);
      if (slope < -0.12 + 0.02 * noise3(bearing * 3, 2, salt)) {
        blend(out, leaves, house, clamp(0.25 + 0.5 * noise3(bearing * 5, slope * 30, salt), 0, 1), daylight * 0.5);
      } else if (houseTop > 0 && Math.abs(inPlot - 0.5) < 0.38 && slope < gable) {
        const i = Math.floor(inPlot * 12);
        const j = Math.floor(slope * 26);
        const pane = Math.abs(inPlot * 12 - i - 0.5) < 0.26 && Math.abs(slope * 26 - j - 0.5) < 0.3;
        if (slope > houseTop) write(out, roof, daylight * 0.6);
        else if (!pane) write(out, house, daylight * 0.65);
        else if (night && cell(i + plot * 40, j, salt) > 0.5) write(out, glow, 0.9);
        else write(out, [0.1, 0.13, 0.16], daylight);
      } else if (slope < trees) {
        const crown = 0.75 + 0.35 * noise3(bearing * 9, slope * 60, salt);
        write(out, leaves, daylight * crown * 0.7);
      } else {
        const cloud = noise3(bearing * 0.8, slope * 5, salt) + 0.5 * noise3(bearing * 2.4, slope * 14, salt);
        blend(out, horizon, zenith, smoothstep(0, 0.9, slope), daylight);
        const white = smoothstep(0.1, 0.9, cloud) * 0.7 * daylight;
        for (let c = 0; c < 3; c++) out[c] += (0.95 * daylight - out[c]) * (white / (daylight + 1e-6));
      }
    },
    { emits: true, gloss: 0.2, reflects: night ? 0.1 : 0.03, infrared: 0 },
  );
}

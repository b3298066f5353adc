import type { Random } from '../../core/random.ts';
import { unit } from '../frame.ts';
import type { Rgb } from '../material.ts';
import { clamp, noise3, smoothstep } from '../noise.ts';
import { screen } from '../palette.ts';
import type { Sky, Sun } from '../world.ts';

export interface Weather {
  readonly sky: Sky;
  /** Undefined under a closed cover of clouds. */
  readonly sun: Sun | undefined;
}

/** Clear, fair with clouds, or overcast. */
export function drawWeather(random: Random): Weather {
  const isOvercast = random.chance(0.25);
  const cover = isOvercast ? 1 : random.uniform(0, 0.75);
  const salt = random.bits() & 31;
  // Any bearing: a point of the square that is not near its middle, brought to length 1.
  const side = random.pick([-1, 1]);
  const [a, b] = random.chance(0.5) ? [side, random.uniform(-1, 1)] : [random.uniform(-1, 1), side];
  const direction = unit([a, b, random.uniform(0.5, 1.5)]);
  const warmth = clamp(1.5 - direction[2] * 1.4, 0, 1);
  const light = random.uniform(0.85, 1.1);
  const strength = 2.5 * light * (1 - 0.25 * cover);
  const zenith = isOvercast ? screen(0xb4bac2) : screen(random.pick([0x5f94cf, 0x7aa6d4, 0x4f86c4]));
  const horizon = isOvercast ? screen(0xd3d6da) : screen(random.pick([0xcfdde8, 0xe2e3dd, 0xd8e2ec]));
  const glow: Rgb = [1, 0.94 - 0.12 * warmth, 0.84 - 0.3 * warmth];
  const high = isOvercast ? 1.15 : 1.25;
  const radiance = (dx: number, dy: number, dz: number, out: Float64Array): void => {
    const up = dz > 0 ? dz : 0;
    const t = smoothstep(0, 0.75, Math.sqrt(up));
    const near = clamp(dx * direction[0] + dy * direction[1] + dz * direction[2], 0, 1);
    const halo = isOvercast ? 0.15 * near * near : 0.35 * near * near * near * near + 0.9 * smoothstep(0.985, 1, near);
    // Clouds lie in a plane above; towards the horizon it recedes.
    const scale = 1 / (up + 0.12);
    const x = dx * scale * 1.1;
    const y = dy * scale * 1.1;
    const cloud =
      noise3(x, y, salt) + 0.5 * noise3(x * 2.3, y * 2.3, salt + 5) + 0.28 * noise3(x * 5.1, y * 5.1, salt + 9);
    const covered = isOvercast
      ? 0.4 + 0.4 * clamp(0.5 + 0.6 * cloud, 0, 1)
      : smoothstep(0.75 - cover * 1.3, 1.25 - cover * 1.1, cloud + 0.25);
    const white = isOvercast ? 0.78 + 0.3 * cloud * 0.4 : 1.18 - 0.28 * smoothstep(0.4, 1.5, cloud);
    for (let c = 0; c < 3; c++) {
      const clear = (horizon[c] + (zenith[c] - horizon[c]) * t) * high + halo * glow[c];
      out[c] = clear + (white * (isOvercast ? high : 1.2) - clear) * covered * (0.35 + 0.65 * smoothstep(0, 0.2, up));
    }
  };
  const fill = isOvercast ? 1.15 : 0.62 + 0.2 * cover;
  return {
    sun: isOvercast ? undefined : { direction, radiance: glow.map((c) => c * strength), openings: undefined },
    sky: {
      radiance,
      above: isOvercast ? [fill, fill * 1.01, fill * 1.03] : [fill * 0.82, fill * 0.95, fill * 1.15],
      below: isOvercast ? [0.3, 0.3, 0.29] : [0.36, 0.34, 0.3],
      haze: horizon.map((c) => c * high),
      hazeHalfM: isOvercast ? random.uniform(220, 380) : random.uniform(320, 700),
    },
  };
}

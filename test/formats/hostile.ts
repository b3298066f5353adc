import { expect } from 'vitest';
import { DensebenchError } from '../../src/core/errors.ts';

/** mulberry32: equal seeds give equal tests. Uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Damaged copies: flipped bits, extreme bytes and 32-bit words, cuts, insertions. `repair` may fix checksums. */
export function* mutations(
  good: Uint8Array,
  count: number,
  random: () => number,
  repair: (bytes: Uint8Array) => void = () => {},
): Generator<Uint8Array> {
  const below = (n: number) => Math.floor(random() * n);
  for (let i = 0; i < count; i++) {
    let bytes = Uint8Array.from(good);
    for (let edits = 1 + below(3); edits > 0; edits--) {
      const at = below(bytes.length);
      switch (below(5)) {
        case 0:
          bytes[at] ^= 1 << below(8);
          break;
        case 1:
          bytes[at] = [0, 1, 127, 128, 255][below(5)];
          break;
        case 2:
          bytes.set(Uint8Array.of(255, 255, 255, below(256)).subarray(0, bytes.length - at), at);
          break;
        case 3:
          bytes = bytes.slice(0, Math.max(1, at));
          break;
        default:
          bytes = Uint8Array.from([...bytes.subarray(0, at), below(256), ...bytes.subarray(at)]);
      }
    }
    repair(bytes);
    yield bytes;
  }
}

/** Fine when `action` returns or throws one of our own errors, with a message; anything else is a bug. */
export function survives(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(DensebenchError);
    expect((error as Error).message.length).toBeGreaterThan(10);
  }
}

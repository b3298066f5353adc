/**
 * A stream of numbers that is the same on every platform: integer arithmetic, + - * / and sqrt only.
 * Each tensor has its own stream, so that two networks that share a layer share its weights.
 */
export interface RandomStream {
  /** In [0, 1). */
  uniform(): number;
  /** Mean 0, variance 1: a sum of 12 uniforms less 6 (Irwin-Hall), so never beyond +-6. */
  normal(): number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export function randomStream(seed: number, name: string): RandomStream {
  let state = FNV_OFFSET;
  for (const character of `${seed}/${name}`) state = Math.imul(state ^ character.charCodeAt(0), FNV_PRIME);
  // Mulberry32 (T. Ettinger, public domain): a Weyl sequence, hashed.
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let hash = Math.imul(state ^ (state >>> 15), state | 1);
    hash = (hash + Math.imul(hash ^ (hash >>> 7), hash | 61)) ^ hash;
    return ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += uniform();
    return sum;
  };
  return { uniform, normal };
}

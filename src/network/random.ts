/**
 * A stream of numbers that is the same on every platform: integer arithmetic, + - * / and sqrt only.
 * Each tensor has its own stream, so that two networks that share a layer share its weights.
 */
export interface RandomStream {
  /** In [0, 1). */
  uniform(): number;
  /** Mean 0, variance 1, bell-shaped: a scaled sum of 4 uniforms (Irwin-Hall), so never beyond 2 sqrt(3). */
  normal(): number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** The variance of a uniform number is 1/12, that of four is 1/3. */
const SCALE = Math.sqrt(3);

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
  const normal = () => SCALE * (uniform() + uniform() + uniform() + uniform() - 2);
  return { uniform, normal };
}

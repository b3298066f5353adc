import { ResourceError } from '../../core/errors.ts';
import type { Range } from './quantise.ts';

/** Bins by the upper 16 bits of a float32: sign, exponent and 7 bits of fraction, so each is at most 0.8 % wide. */
const BINS = 1 << 16;

/** The values of one tensor over all calibration images, as counts per bin. */
export class ValueHistogram {
  readonly #counts = new Uint32Array(BINS);
  #total = 0;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;

  /** @throws ResourceError for a value that is not finite: no range could hold it. */
  add(values: Float32Array, where: string): void {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
    let [low, high] = [this.#low, this.#high];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!(value - value === 0))
        throw new ResourceError(`${where}: its value ${i} is ${value}; a network that gives that cannot be calibrated`);
      if (value < low) low = value;
      if (value > high) high = value;
      this.#counts[words[i] >>> 16]++;
    }
    this.#low = low;
    this.#high = high;
    this.#total += values.length;
  }

  /**
   * What holds the share `coverage` of all values, as much left out at one end as at the other; 1 is from the smallest
   * to the largest. A limit is the outer edge of its bin, so never inside the exact one.
   */
  range(coverage: number): Range {
    if (this.#total === 0) return { low: 0, high: 0 };
    const mayLeaveOut = ((1 - coverage) / 2) * this.#total;
    return {
      low: Math.max(this.#low, this.#limit(mayLeaveOut, ASCENDING)),
      high: Math.min(this.#high, this.#limit(mayLeaveOut, DESCENDING)),
    };
  }

  #limit(mayLeaveOut: number, order: Order): number {
    let left = 0;
    for (let i = 0; i < BINS; i++) {
      const bin = order.bin(i);
      left += this.#counts[bin];
      if (left > mayLeaveOut) return order.edge(bin);
    }
    return order.end;
  }
}

interface Order {
  /** The i-th bin from this end. */
  readonly bin: (i: number) => number;
  /** The edge of a bin on this end's side. */
  readonly edge: (bin: number) => number;
  readonly end: number;
}

const SIGN = 1 << 15;
/** Ascending values: negative bins from the largest magnitude down, then the positive ones. */
const ascendingBin = (i: number): number => (i < SIGN ? BINS - 1 - i : i - SIGN);
/** The edge of a bin that is nearer to 0, and the one that is farther. */
const inner = (bin: number): number => floatOf(bin << 16);
const outer = (bin: number): number => floatOf((bin << 16) | 0xffff);

const ASCENDING: Order = {
  bin: ascendingBin,
  edge: (bin) => (bin & SIGN ? outer(bin) : inner(bin)),
  end: Number.POSITIVE_INFINITY,
};
const DESCENDING: Order = {
  bin: (i) => ascendingBin(BINS - 1 - i),
  edge: (bin) => (bin & SIGN ? inner(bin) : outer(bin)),
  end: Number.NEGATIVE_INFINITY,
};

function floatOf(word: number): number {
  return new Float32Array(Uint32Array.of(word >>> 0).buffer)[0];
}

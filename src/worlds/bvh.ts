import type { Solids } from './solids.ts';

/** A bounding-volume tree in depth-first order: the left child of node n is n + 1. */
export interface Bvh {
  /** minimum xyz, maximum xyz per node. */
  readonly bounds: Float64Array;
  /** Inner node: index of the right child. Leaf: first place in `order`. */
  readonly link: Int32Array;
  /** Leaf: how many solids. Inner node: 0. */
  readonly leafCount: Int32Array;
  readonly order: Int32Array;
}

const LEAF_SIZE = 2;

/** Splits by the surface-area heuristic along the longest axis of the centres (MacDonald and Booth 1990). */
export function buildBvh(solids: Solids): Bvh {
  const { count, bounds: solidBounds } = solids;
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const most = Math.max(1, 2 * count);
  const bounds = new Float64Array(most * 6);
  const link = new Int32Array(most);
  const leafCount = new Int32Array(most);
  const centre = (solid: number, a: number) => solidBounds[solid * 6 + a] + solidBounds[solid * 6 + 3 + a];
  let used = 0;

  const build = (from: number, to: number): void => {
    const node = used++;
    const box = boundsOf(order, solidBounds, from, to);
    bounds.set(box, node * 6);
    if (to - from <= LEAF_SIZE) {
      link[node] = from;
      leafCount[node] = to - from;
      return;
    }
    const split = longestAxis(order, centre, from, to);
    order.set(
      Array.from(order.subarray(from, to)).sort((p, q) => centre(p, split) - centre(q, split) || p - q),
      from,
    );
    const middle = from + cheapestSplit(order.subarray(from, to), solidBounds);
    build(from, middle);
    link[node] = used;
    build(middle, to);
  };
  build(0, count);
  return { bounds: bounds.slice(0, used * 6), link, leafCount, order };
}

function longestAxis(order: Int32Array, centre: (solid: number, axis: number) => number, from: number, to: number) {
  let best = 0;
  let widest = -1;
  for (let a = 0; a < 3; a++) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = from; i < to; i++) {
      const c = centre(order[i], a);
      if (c < low) low = c;
      if (c > high) high = c;
    }
    if (high - low > widest) {
      widest = high - low;
      best = a;
    }
  }
  return best;
}

/** How many of the sorted solids go left. */
function cheapestSplit(sorted: Int32Array, solidBounds: Float64Array): number {
  const n = sorted.length;
  const leftCost = new Float64Array(n);
  const box = emptyBox();
  for (let i = 0; i < n; i++) {
    grow(box, solidBounds, sorted[i]);
    leftCost[i] = area(box) * (i + 1);
  }
  box.set(emptyBox());
  let best = n >> 1;
  let cheapest = Infinity;
  for (let i = n - 1; i > 0; i--) {
    grow(box, solidBounds, sorted[i]);
    const cost = leftCost[i - 1] + area(box) * (n - i);
    if (cost < cheapest) {
      cheapest = cost;
      best = i;
    }
  }
  return best;
}

const emptyBox = () => Float64Array.of(Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity);

function grow(box: Float64Array, solidBounds: Float64Array, solid: number): void {
  for (let a = 0; a < 3; a++) {
    box[a] = Math.min(box[a], solidBounds[solid * 6 + a]);
    box[a + 3] = Math.max(box[a + 3], solidBounds[solid * 6 + 3 + a]);
  }
}

function area(box: Float64Array): number {
  const x = box[3] - box[0];
  const y = box[4] - box[1];
  const z = box[5] - box[2];
  return x * y + y * z + z * x;
}

function boundsOf(order: Int32Array, solidBounds: Float64Array, from: number, to: number): Float64Array {
  const box = emptyBox();
  for (let i = from; i < to; i++) grow(box, solidBounds, order[i]);
  return box;
}

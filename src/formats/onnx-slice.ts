/** What start:end:step takes of an axis: the first index, the step and how many. */
export interface AxisSlice {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/**
 * A Slice of ONNX along an axis of `size`: negative places count from the end, what lies outside is cut. A start is cut to
 * an index of the axis also where the step is negative, as Python does not: of 3 values, -100:-1000:-1 takes the first.
 * @param step not 0
 */
export function sliceAxis(size: number, start: number, end: number, step: number): AxisSlice {
  const cut = (place: number, low: number, high: number) =>
    Math.min(Math.max(place < 0 ? place + size : place, low), high);
  const [first, last] =
    step > 0 ? [cut(start, 0, size), cut(end, 0, size)] : [cut(start, 0, size - 1), cut(end, -1, size - 1)];
  return { start: first, step, count: Math.max(0, Math.ceil((last - first) / step)) };
}

import type { ChannelRange } from './upsample-argmax.ts';

/** The part of the cells that shows the image: the first `rows` rows and `columns` columns. */
export interface CellWindow {
  readonly rows: number;
  readonly columns: number;
}

/**
 * How a network of several data sets divides its confidence among their slices, in the cells of its own output.
 * @param logits planar: channel, row, column (channels * h * w), all finite
 * @param slices not overlapping; channels may be in none
 * @returns for each slice the mean over the cells of its share of the softmax over all channels, and the sum over cells
 * and channels of exp(logit - the largest logit of all), whose order is that of the log-sum-exp
 */
export function sliceMasses(
  logits: Float32Array,
  channels: number,
  h: number,
  w: number,
  slices: readonly ChannelRange[],
  { rows, columns }: CellWindow = { rows: h, columns: w },
): { readonly mass: number; readonly sumExp: number }[] {
  const cells = rows * columns;
  const plane = h * w;
  const eachCell = (channel: number, visit: (logit: number, cell: number) => void) => {
    for (let y = 0, cell = 0; y < rows; y++)
      for (let x = 0, at = channel * plane + y * w; x < columns; x++, cell++) visit(logits[at + x], cell);
  };
  const largest = new Float64Array(cells).fill(Number.NEGATIVE_INFINITY);
  for (let c = 0; c < channels; c++)
    eachCell(c, (logit, cell) => {
      if (logit > largest[cell]) largest[cell] = logit;
    });
  const all = new Float64Array(cells);
  const sums = slices.map(() => new Float64Array(cells));
  for (let c = 0; c < channels; c++) {
    const own = sums[slices.findIndex(({ first, count }) => c >= first && c < first + count)];
    eachCell(c, (logit, cell) => {
      const e = Math.exp(logit - largest[cell]);
      all[cell] += e;
      if (own) own[cell] += e;
    });
  }
  const top = largest.reduce((a, b) => Math.max(a, b));
  return sums.map((sum) => {
    let mass = 0;
    let sumExp = 0;
    for (let cell = 0; cell < cells; cell++) {
      mass += sum[cell] / all[cell];
      sumExp += sum[cell] * Math.exp(largest[cell] - top);
    }
    return { mass: mass / cells, sumExp };
  });
}

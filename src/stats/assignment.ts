/**
 * The assignment of rows to columns with the largest sum of weights (Kuhn 1955, by shortest augmenting paths as Jonker and
 * Volgenant 1987): cubic in `size`.
 * @param weights size x size, row-major, finite
 * @returns the column of each row
 */
export function bestAssignment(weights: Float64Array, size: number): Int32Array {
  // Rows and columns count from 1; column 0 stands for "not assigned yet".
  const rowPrice = new Float64Array(size + 1);
  const columnPrice = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  const before = new Int32Array(size + 1);
  for (let row = 1; row <= size; row++) {
    const slack = new Float64Array(size + 1).fill(Infinity);
    const isDone = new Uint8Array(size + 1);
    let column = 0;
    rowOf[0] = row;
    do {
      isDone[column] = 1;
      const current = rowOf[column];
      let least = Infinity;
      let next = 0;
      for (let c = 1; c <= size; c++) {
        if (isDone[c]) continue;
        const cost = -weights[(current - 1) * size + c - 1] - rowPrice[current] - columnPrice[c];
        if (cost < slack[c]) {
          slack[c] = cost;
          before[c] = column;
        }
        if (slack[c] < least) [least, next] = [slack[c], c];
      }
      for (let c = 0; c <= size; c++) {
        if (isDone[c]) {
          rowPrice[rowOf[c]] += least;
          columnPrice[c] -= least;
        } else slack[c] -= least;
      }
      column = next;
    } while (rowOf[column] !== 0);
    for (; column !== 0; column = before[column]) rowOf[column] = rowOf[before[column]];
  }
  const columns = new Int32Array(size);
  for (let c = 1; c <= size; c++) columns[rowOf[c] - 1] = c - 1;
  return columns;
}

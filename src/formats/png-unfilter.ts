import { ResourceError } from '../core/errors.ts';

/**
 * Undoes the five filters of PNG (chapter 9): `raw` holds, from `from` on, `rows` lines of one filter byte and
 * `rowBytes` bytes; the lines go into `out` without gaps. `pixelBytes` is the distance to the left neighbour.
 * @throws ResourceError on a filter that does not exist.
 */
export function unfilter(
  raw: Uint8Array,
  from: number,
  out: Uint8Array,
  rows: number,
  rowBytes: number,
  pixelBytes: number,
  name: string,
): void {
  for (let row = 0; row < rows; row++) {
    const at = from + row * (rowBytes + 1);
    const line = raw.subarray(at + 1, at + 1 + rowBytes);
    const target = out.subarray(row * rowBytes, (row + 1) * rowBytes);
    // The line above the first one counts as zeros, which makes Up nothing and Paeth the same as Sub.
    const above = row > 0 ? out.subarray((row - 1) * rowBytes, row * rowBytes) : undefined;
    switch (raw[at]) {
      case 0:
        target.set(line);
        break;
      case 1:
        undoSub(line, target, pixelBytes);
        break;
      case 2:
        if (above) undoUp(line, target, above);
        else target.set(line);
        break;
      case 3:
        undoAverage(line, target, above ?? new Uint8Array(rowBytes), pixelBytes);
        break;
      case 4:
        if (!above) undoSub(line, target, pixelBytes);
        else if (pixelBytes === 3) undoPaeth3(line, target, above);
        else undoPaeth(line, target, above, pixelBytes);
        break;
      default:
        throw new ResourceError(`${name}: damaged PNG: line ${row} uses filter ${raw[at]}; 0 to 4 exist`);
    }
  }
}

function undoSub(line: Uint8Array, target: Uint8Array, pixelBytes: number): void {
  for (let i = 0; i < pixelBytes; i++) target[i] = line[i];
  for (let i = pixelBytes; i < line.length; i++) target[i] = line[i] + target[i - pixelBytes];
}

function undoUp(line: Uint8Array, target: Uint8Array, above: Uint8Array): void {
  for (let i = 0; i < line.length; i++) target[i] = line[i] + above[i];
}

function undoAverage(line: Uint8Array, target: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  for (let i = 0; i < pixelBytes; i++) target[i] = line[i] + (above[i] >> 1);
  for (let i = pixelBytes; i < line.length; i++) target[i] = line[i] + ((target[i - pixelBytes] + above[i]) >> 1);
}

function undoPaeth(line: Uint8Array, target: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  for (let i = 0; i < pixelBytes; i++) target[i] = line[i] + above[i];
  for (let i = pixelBytes; i < line.length; i++)
    target[i] = line[i] + paeth(target[i - pixelBytes], above[i], above[i - pixelBytes]);
}

/** Photographs are RGB and mostly Paeth: the left and upper-left pixels stay in registers. */
function undoPaeth3(line: Uint8Array, target: Uint8Array, above: Uint8Array): void {
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let c0 = 0;
  let c1 = 0;
  let c2 = 0;
  for (let i = 0; i + 2 < line.length; i += 3) {
    const b0 = above[i];
    const b1 = above[i + 1];
    const b2 = above[i + 2];
    a0 = (line[i] + paeth(a0, b0, c0)) & 255;
    a1 = (line[i + 1] + paeth(a1, b1, c1)) & 255;
    a2 = (line[i + 2] + paeth(a2, b2, c2)) & 255;
    target[i] = a0;
    target[i + 1] = a1;
    target[i + 2] = a2;
    c0 = b0;
    c1 = b1;
    c2 = b2;
  }
}

/**
 * Left, above or upper left, whichever is nearest to left + above - upper left; ties in that order (PNG 9.4).
 * Without branches, which noise makes unpredictable: a mask is -1 where the difference before it is negative, and
 * picks the other candidate. Half the time of the branching form.
 */
export function paeth(left: number, above: number, upperLeft: number): number {
  const byLeft = Math.abs(above - upperLeft);
  const byAbove = Math.abs(left - upperLeft);
  const byUpperLeft = Math.abs(left + above - 2 * upperLeft);
  const takeAbove = (byAbove - byLeft) >> 31;
  const best = left ^ ((left ^ above) & takeAbove);
  const byBest = byLeft ^ ((byLeft ^ byAbove) & takeAbove);
  return best ^ ((best ^ upperLeft) & ((byUpperLeft - byBest) >> 31));
}

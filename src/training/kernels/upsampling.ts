import { axisTaps, type Taps } from '../../kernels/taps.ts';

type PictureShape = readonly [images: number, height: number, width: number, channels: number];

/**
 * The gradient of bilinear resizing with half-pixel centres: what each output took of its two neighbours along an axis
 * goes back to them, first down the columns, then along the rows.
 * @param from shape of the gradient
 * @param to shape of the input that was resized
 */
export function upsampleBack(
  gradient: Float32Array,
  [images, outHeight, outWidth, channels]: PictureShape,
  [, height, width]: PictureShape,
): Float32Array {
  const down = axisTaps(height, outHeight, 'bilinear');
  const across = axisTaps(width, outWidth, 'bilinear');
  const shorter = alongBack(gradient, down, { lines: images, from: outHeight, to: height, block: outWidth * channels });
  return alongBack(shorter, across, { lines: images * height, from: outWidth, to: width, block: channels });
}

function alongBack(
  gradient: Float32Array,
  { indices, weights }: Taps,
  {
    lines,
    from,
    to,
    block,
  }: { readonly lines: number; readonly from: number; readonly to: number; readonly block: number },
): Float32Array {
  const back = new Float32Array(lines * to * block);
  for (let line = 0; line < lines; line++)
    for (let at = 0; at < from; at++) {
      const source = (line * from + at) * block;
      const low = (line * to + indices[2 * at]) * block;
      const high = (line * to + indices[2 * at + 1]) * block;
      const [lowWeight, highWeight] = [weights[2 * at], weights[2 * at + 1]];
      for (let i = 0; i < block; i++) {
        const g = gradient[source + i];
        back[low + i] += lowWeight * g;
        back[high + i] += highWeight * g;
      }
    }
  return back;
}

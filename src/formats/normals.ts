import { ResourceError, UsageError } from '../core/errors.ts';
import { type NormalsRaster, placeOf, placeWords } from '../core/raster.ts';
import type { NumericArray } from './array.ts';
import { channelOf, NORMALS_ENCODING_IDS, NORMALS_ENCODINGS, type NormalsEncoding } from './normals-encoding.ts';

/** Stored normals, three channels last. */
export interface StoredNormals {
  readonly height: number;
  readonly width: number;
  readonly data: NumericArray;
}

export interface NormalsOptions {
  /** `plain` where it is left out. */
  readonly encoding?: NormalsEncoding;
  /** What sets it, named in errors: "--prediction-encoding". */
  readonly encodingOption: string;
}

/** Eight bits are this far off at most where a program wrote them: components beyond 1 tell of another encoding. */
const LARGEST = 1.02;
/** A picture cannot store the zero vector exactly. What is shorter than this has no direction. */
const SHORTEST = 0.5;

/**
 * Stored normals in the camera frame (x right, y down, z forward, towards the camera); NaN where none is stored.
 *
 * Floats are taken as they are. Whole numbers, as in pictures, are rounded, so their vectors are brought to length 1;
 * one shorter than 0.5 becomes the zero vector, which the metric counts as 90 degrees and truth must not have.
 *
 * @throws UsageError where whole numbers come without an encoding, or floats with one of pictures; ResourceError where
 * a component lies beyond 1: the file is encoded in another way.
 */
export function decodeNormals(
  { height, width, data }: StoredNormals,
  { encoding = NORMALS_ENCODINGS.plain, encodingOption }: NormalsOptions,
  where: string,
): NormalsRaster {
  const isReal = data instanceof Float32Array || data instanceof Float64Array;
  const isOfPictures = Math.abs(encoding.one - encoding.zero) > 1;
  if (isReal === isOfPictures)
    throw new UsageError(
      isReal
        ? `${where}: floats, but the encoding (${encodingOption}) has ${encoding.one} for 1; leave it out for x, y, z between -1 and 1, or describe it`
        : `${where}: normals must be floats between -1 and 1, or pictures whose encoding is told by ${encodingOption} (${NORMALS_ENCODING_IDS.slice(1).join(', ')}, or a description), not ${data.constructor.name}`,
    );
  const decoded = toCamera(data, encoding);
  // Floats keep their lengths: nothing that a user stored is rounded on the way in.
  if (!isReal) for (let i = 0; i < decoded.length; i += 3) normalise(decoded, i, data, width, where);
  return { height, width, channels: 3, data: decoded };
}

function toCamera(data: NumericArray, { axes, zero, one, invalid }: NormalsEncoding): Float32Array | Float64Array {
  const decoded = data instanceof Float64Array ? new Float64Array(data.length) : new Float32Array(data.length);
  const [x, y, z] = (['x', 'y', 'z'] as const).map((axis) => channelOf(axes, axis));
  const span = one - zero;
  for (let i = 0; i < data.length; i += 3) {
    const a = Number(data[i]);
    const b = Number(data[i + 1]);
    const c = Number(data[i + 2]);
    if (invalid !== undefined && a === invalid[0] && b === invalid[1] && c === invalid[2]) {
      decoded.fill(Number.NaN, i, i + 3);
      continue;
    }
    decoded[i] = (x.sign * (Number(data[i + x.at]) - zero)) / span;
    decoded[i + 1] = (y.sign * (Number(data[i + y.at]) - zero)) / span;
    decoded[i + 2] = (z.sign * (Number(data[i + z.at]) - zero)) / span;
  }
  return decoded;
}

function normalise(
  decoded: Float32Array | Float64Array,
  i: number,
  stored: NumericArray,
  width: number,
  where: string,
) {
  const a = decoded[i];
  const b = decoded[i + 1];
  const c = decoded[i + 2];
  if (Math.abs(a) > LARGEST || Math.abs(b) > LARGEST || Math.abs(c) > LARGEST)
    throw new ResourceError(
      `${where}: (${stored[i]}, ${stored[i + 1]}, ${stored[i + 2]}) at ${placeWords(placeOf(i / 3, width))} is no normal of this encoding: a component would be beyond 1`,
    );
  const length = Math.sqrt(a * a + b * b + c * c);
  if (length < SHORTEST) {
    decoded.fill(0, i, i + 3);
    return;
  }
  decoded[i] = a / length;
  decoded[i + 1] = b / length;
  decoded[i + 2] = c / length;
}

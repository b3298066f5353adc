import { ResourceError } from '../../core/errors.ts';
import type { ParityFigures } from '../../core/parity.ts';
import type { Maps } from '../../core/tasks.ts';
import { quantileOfSorted } from '../../stats/quantile.ts';

/** What is held against each other of one image: raw logits where a predictor has them, and its maps. */
export interface ComparedOutputs {
  readonly logits?: ArrayLike<number>;
  readonly maps: Maps;
}

type Values = ArrayLike<number>;

/**
 * The differences of two predictions of one image; a figure that one of them lacks is left out.
 * @throws ResourceError when two arrays of the same meaning differ in size.
 */
export function compareOutputs(reference: ComparedOutputs, other: ComparedOutputs, where: string): ParityFigures {
  const logits = both(reference.logits, other.logits, `${where}, logits`);
  const labels = both(reference.maps.segmentation?.data, other.maps.segmentation?.data, `${where}, segmentation`);
  const depths = both(reference.maps.depth?.data, other.maps.depth?.data, `${where}, depth`);
  const normals = both(reference.maps.normals?.data, other.maps.normals?.data, `${where}, normals`);
  const logit = logits && spreadOf(differences(...logits));
  const depth = depths && spreadOf(differences(...depths));
  const angle = normals && spreadOf(angles(...normals));
  return {
    ...(logit && { logitMax: logit.max, logitP999: logit.p999 }),
    ...(labels && { labelAgreement: shareEqual(...labels), pixels: labels[0].length }),
    ...(depth && { depthMaxM: depth.max, depthP999M: depth.p999 }),
    ...(angle && { normalsMaxDeg: angle.max, normalsP999Deg: angle.p999 }),
    nonFinite: (logit?.nonFinite ?? 0) + (depth?.nonFinite ?? 0) + (angle?.nonFinite ?? 0),
  };
}

function both(a: Values | undefined, b: Values | undefined, where: string): [Values, Values] | undefined {
  if (!a || !b) return undefined;
  if (a.length !== b.length)
    throw new ResourceError(`${where}: ${b.length} values, the reference has ${a.length}: not the same network`);
  return [a, b];
}

/** NaN = finite in one of the two alone; equal infinities and two NaN differ by nothing. */
function differences(a: Values, b: Values): Float64Array {
  return Float64Array.from({ length: a.length }, (_, i) => {
    if (a[i] === b[i] || (Number.isNaN(a[i]) && Number.isNaN(b[i]))) return 0;
    return Number.isFinite(a[i]) && Number.isFinite(b[i]) ? Math.abs(a[i] - b[i]) : Number.NaN;
  });
}

/** Degrees by atan2(|a x b|, a . b), which still sees the smallest angles; zero vectors are equal to themselves alone. */
function angles(a: Values, b: Values): Float64Array {
  return Float64Array.from({ length: a.length / 3 }, (_, pixel) => {
    const i = 3 * pixel;
    const [ax, ay, az] = [a[i], a[i + 1], a[i + 2]];
    const [bx, by, bz] = [b[i], b[i + 1], b[i + 2]];
    if (Object.is(ax, bx) && Object.is(ay, by) && Object.is(az, bz)) return 0;
    const cross = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
    const dot = ax * bx + ay * by + az * bz;
    if (cross === 0 && dot === 0) return 90;
    return (Math.atan2(cross, dot) * 180) / Math.PI;
  });
}

function spreadOf(values: Float64Array): { max: number; p999: number; nonFinite: number } {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { max: 0, p999: 0, nonFinite: values.length };
  return {
    max: finite.reduce((a, b) => Math.max(a, b)),
    p999: quantileOfSorted(finite.sort(), 0.999),
    nonFinite: values.length - finite.length,
  };
}

function shareEqual(a: Values, b: Values): number {
  let equal = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) equal++;
  return equal / a.length;
}

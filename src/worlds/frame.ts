export type Vec3 = readonly [number, number, number];

/** A rigid frame: origin and orthonormal axes in world coordinates (metres, z up, right-handed). */
export interface Frame {
  readonly o: Vec3;
  readonly x: Vec3;
  readonly y: Vec3;
  readonly z: Vec3;
}

export const WORLD: Frame = { o: [0, 0, 0], x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1] };

export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const combine = (a: Vec3, p: number, b: Vec3, q: number): Vec3 => [
  a[0] * p + b[0] * q,
  a[1] * p + b[1] * q,
  a[2] * p + b[2] * q,
];
export function unit(a: Vec3): Vec3 {
  const scale = 1 / Math.sqrt(dot(a, a));
  return [a[0] * scale, a[1] * scale, a[2] * scale];
}

/** World position of a point given in the frame. */
export function place(f: Frame, x: number, y: number, z: number): Vec3 {
  return [
    f.o[0] + f.x[0] * x + f.y[0] * y + f.z[0] * z,
    f.o[1] + f.x[1] * x + f.y[1] * y + f.z[1] * z,
    f.o[2] + f.x[2] * x + f.y[2] * y + f.z[2] * z,
  ];
}

export const moved = (f: Frame, x: number, y: number, z: number): Frame => ({ ...f, o: place(f, x, y, z) });

/**
 * The frame turned about one of its own axes. The angle is given by the tangent of its half, because
 * cos = (1 - t²)/(1 + t²) and sin = 2t/(1 + t²) need no trigonometry and come out equal on every platform.
 */
export function turned(f: Frame, axis: 'x' | 'y' | 'z', halfTangent: number): Frame {
  const t2 = halfTangent * halfTangent;
  const c = (1 - t2) / (1 + t2);
  const s = (2 * halfTangent) / (1 + t2);
  if (axis === 'z') return { ...f, x: combine(f.x, c, f.y, s), y: combine(f.y, c, f.x, -s) };
  if (axis === 'x') return { ...f, y: combine(f.y, c, f.z, s), z: combine(f.z, c, f.y, -s) };
  return { ...f, z: combine(f.z, c, f.x, s), x: combine(f.x, c, f.z, -s) };
}

/** Half a turn about z, which no half-angle tangent can express. */
export const reversed = (f: Frame): Frame => ({
  ...f,
  x: [-f.x[0], -f.x[1], -f.x[2]],
  y: [-f.y[0], -f.y[1], -f.y[2]],
});

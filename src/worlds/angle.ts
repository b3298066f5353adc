/** Sine and cosine of a small angle (|radians| < 1.6) by their series: those of the language differ between platforms. */
export function sineCosine(radians: number): readonly [number, number] {
  const x2 = radians * radians;
  let sine = 0;
  let cosine = 0;
  let term = 1;
  for (let n = 0; n < 22; n += 2) {
    cosine += term;
    sine += (term * radians) / (n + 1);
    term *= -x2 / ((n + 1) * (n + 2));
  }
  return [sine, cosine];
}

/** Degrees in a radian, inverted. */
export const RADIANS_PER_DEG = 0.017453292519943295;

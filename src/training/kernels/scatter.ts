/** The gradient of a pooling that keeps the size: each output's goes to its winner, a flat place in the input. */
export function scatterPooled(gradient: Float32Array, winners: Int32Array): Float32Array {
  const input = new Float32Array(gradient.length);
  for (let i = 0; i < gradient.length; i++) input[winners[i]] += gradient[i];
  return input;
}

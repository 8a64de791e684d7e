/**
 * ||a - b|| / ||b||, 0 where both are zero: how far an output is from that over all keys.
 * @param factor - multiplies a first
 */
export function relativeError(a: Float64Array, b: Float64Array, factor = 1): number {
  const [difference, size] = [Math.hypot(...a.map((value, i) => factor * value - b[i])), Math.hypot(...b)];
  return difference === 0 ? 0 : difference / size;
}

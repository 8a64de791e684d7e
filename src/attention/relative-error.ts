/** How far outputs are from one another. */

/**
 * ||a|| of `length` numbers from a place on. It neither overflows nor vanishes: squares are of what is divided by the largest, and their sum
 * is compensated (Kahan), as that of Math.hypot is in V8, of which these are the bits.
 */
export function lengthOf(a: Float64Array, from: number, length: number): number {
  let most = 0;
  for (let at = from; at < from + length; at++) most = Math.max(most, Math.abs(a[at]));
  if (most === 0 || most === Number.POSITIVE_INFINITY) return most;
  let sum = 0;
  let rest = 0;
  for (let at = from; at < from + length; at++) {
    const part = a[at] / most;
    const term = part * part - rest;
    const next = sum + term;
    rest = next - sum - term;
    sum = next;
  }
  return Math.sqrt(sum) * most;
}

/** ||a - b|| / ||b||, 0 where both are zero: how far an output is from that over all keys. */
export function relativeError(a: Float64Array, b: Float64Array): number {
  const apart = lengthOf(
    a.map((value, at) => value - b[at]),
    0,
    a.length,
  );
  return apart === 0 ? 0 : apart / lengthOf(b, 0, b.length);
}

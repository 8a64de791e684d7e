/** Decimals: whole numbers to be divided by a power of ten, each as the float64 that is nearest to it, or with all its digits. */

/** Powers of ten that a float64 holds exactly: a whole number divided by one of them is rounded once. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/**
 * `unscaled / 10^scale`, correctly rounded.
 * @param scale - digits after the point; below 0, digits before it that are not stored
 */
export function decimalNumber(unscaled: number | bigint, scale: number): number {
  const number = Number(unscaled);
  const power = EXACT_POWERS[scale];
  return power !== undefined && Number.isSafeInteger(number) ? number / power : Number(`${unscaled}e${-scale}`);
}

/** `unscaled / 10^scale` with all its digits, `scale` of them after the point. */
export function decimalText(unscaled: number | bigint, scale: number): string {
  if (scale <= 0) return `${unscaled}${Number(unscaled) === 0 ? '' : '0'.repeat(-scale)}`;
  const sign = unscaled < 0 ? '-' : '';
  const digits = String(unscaled)
    .slice(sign.length)
    .padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

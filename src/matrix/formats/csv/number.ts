/** Numbers from text: plain decimals, nan and inf, and nothing else that JavaScript's Number() would let pass. */

// One way to match each text, so that a field of millions of digits costs linear time.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
const SPECIAL = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;

/** The most characters of a field that a message repeats. */
const SHOWN = 20;

/**
 * The number a field holds, space around it aside; undefined where it holds none.
 *
 * Decimals are rounded to the nearest float64. `nan`, `inf` and `infinity` are known in any case, with a sign or not.
 */
export function numberFromText(text: string): number | undefined {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  const special = SPECIAL.exec(trimmed);
  if (!special) return undefined;
  if (special[2]) return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Whether a field holds a whole number in digits alone: no point, no exponent. */
export const isInteger = (text: string): boolean => INTEGER.test(text.trim());

/** Text from a file as a message shows it: in quotes, on one line, `most` characters of it. */
export function shownText(text: string, most = SHOWN): string {
  const trimmed = text.trim();
  return JSON.stringify(trimmed.length > most ? `${trimmed.slice(0, most)}…` : trimmed);
}

/** Numbers from text: plain decimals, nan and inf, and nothing else that JavaScript's Number() would let pass. */

/** What stands between a number's whole part and its fraction. */
export type Decimal = '.' | ',';

// One way to match each text, so that a field of millions of digits costs linear time.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const COMMA_DECIMAL = /^[+-]?(?:\d+(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
const SPECIAL = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;
/** Fortran's double precision; without a point it could as well be a code, such as `12D3`. */
const FORTRAN = /^([+-]?(?:\d+\.\d*|\.\d+))[dD]([+-]?\d+)$/;
/** Thousands that cannot be taken for a fraction, as a decimal comma follows. */
const GROUPED = /^[+-]?\d{1,3}(?:[.\u00a0\u202f]\d{3})+,\d+$/;

/** Spellings of a value that is not there, of pandas, R, SQL, spreadsheets and statistics programs. */
const MISSING = new Set([
  ...['', '-', '--', '---', '.', '..', '?', '\\n'],
  ...['na', 'n/a', '#n/a', '#na', '<na>', '#n/a n/a', 'nan', '-nan', '+nan', 'nat', 'null', '#null!', 'none', 'nil'],
  ...['1.#ind', '-1.#ind', '1.#qnan', '-1.#qnan'],
]);

/** The longest of them. */
const MISSING_LENGTH = 8;

/**
 * The number a field holds, space around it aside; undefined where it holds none.
 *
 * Decimals are rounded to the nearest float64. `nan`, `inf` and `infinity` are known in any case, with a sign or not; so are
 * Fortran's exponents (`1.5D+03`), and with decimal commas thousands before one (`1.234,5`).
 */
export function numberFromText(text: string, decimal: Decimal = '.'): number | undefined {
  const trimmed = text.trim();
  if (decimal === ',') {
    if (COMMA_DECIMAL.test(trimmed)) return Number(trimmed.replace(',', '.'));
    if (GROUPED.test(trimmed)) return Number(trimmed.replace(/[.\u00a0\u202f]/g, '').replace(',', '.'));
  } else {
    if (DECIMAL.test(trimmed)) return Number(trimmed);
    const fortran = FORTRAN.exec(trimmed);
    if (fortran) return Number(`${fortran[1]}e${fortran[2]}`);
  }
  const special = SPECIAL.exec(trimmed);
  if (!special) return undefined;
  if (special[2]) return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Whether a field holds a whole number in digits alone: no point, no exponent. */
export const isInteger = (text: string): boolean => INTEGER.test(text.trim());

/** Whether a field says that there is no value: empty, `NA`, `null`, `NaN` and their kin, in any case. */
export function isMissing(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.length <= MISSING_LENGTH && MISSING.has(trimmed.toLowerCase());
}

/** The number that `true` or `false` stands for, in any case; undefined for other text. */
export function numberFromBoolean(text: string): 0 | 1 | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'true') return 1;
  return word === 'false' ? 0 : undefined;
}

/**
 * Bounds of sum_l f(x_l) over rows of which little is known: their number, the sum of their squares, the largest size.
 *
 * Invariant: the sum lies within the bounds whatever the rows are. Rounding is allowed for, and a bound that float64 cannot
 * hold is given up for 0 or Infinity. Proofs: docs/guarantees.md, "Denominators". All of it is homogeneous, so sizes may be in
 * any unit, and f in any.
 */

import type { Growth } from '../../functions.js';

/** What a number lies between. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What is known of some rows. */
export interface Remainder {
  /** How many there are, at most; >= 0. */
  readonly rows: number;
  /** The sum of x^2. */
  readonly squares: Range;
  /** No |x| is above this, >= 0; Infinity: nothing known but the squares. */
  readonly largest: number;
  /** `sum` is a lower bound of sum |x|^p, with p >= b. */
  readonly powers?: { readonly p: number; readonly sum: number } | undefined;
}

/** A relative error that float64 makes in a few operations and powers; exponents multiply it. */
const SLACK = 2 ** -44;

/**
 * What sum f(x) lies between, f growing within (a, b): with X the largest size and v = (x / X)^2 in [0, 1],
 * f(X) v^(b/2) <= f(x) <= f(X) v^(a/2).
 *
 * @param f - of sizes, >= 0
 */
export function boundSum(f: (size: number) => number, { a, b }: Growth, rest: Remainder): Range {
  const { rows, squares, powers } = rest;
  if (rows <= 0 || squares.high <= 0 || rest.largest <= 0) return { low: 0, high: 0 };
  const largest = Math.min(rest.largest, Math.sqrt(squares.high)) * (1 + SLACK);
  const square = largest ** 2;
  const most = f(largest);
  if (!(square > 0 && square < Number.POSITIVE_INFINITY && most > 0 && most < Number.POSITIVE_INFINITY)) {
    return { low: 0, high: Number.POSITIVE_INFINITY };
  }
  const slack = SLACK * (1 + b);
  const least = Math.min(squares.low / square, rows) * (1 - SLACK);
  let lowest = b > 2 ? spread(least, rows, b / 2) : filled(least, b / 2);
  if (powers) {
    const share = powers.sum / largest ** powers.p;
    if (share < Number.POSITIVE_INFINITY) lowest = Math.max(lowest, share);
  }
  const total = Math.min((squares.high / square) * (1 + SLACK), rows);
  let high = most * (a > 2 ? filled(total, a / 2) : spread(total, rows, a / 2)) * (1 + slack);
  if (a < b && b <= 2) high = Math.min(high, boundAround(f, a, squares.high, rows) * (1 + slack));
  return { low: Math.min(most * lowest * (1 - slack), high), high };
}

/** sum v^e with `total` spread evenly over `rows` values: the least for e >= 1, the most for e <= 1. */
const spread = (total: number, rows: number, e: number): number => rows * (total / rows) ** e;

/** sum v^e with `total` on as few values of at most 1 as can be: the most for e >= 1, the least for e <= 1. */
const filled = (total: number, e: number): number => Math.floor(total) + (total - Math.floor(total)) ** e;

/**
 * An upper bound of sum f(x), f growing within (a, 2), from its value at t = sqrt(squares / rows) instead of at the largest
 * size: with w = (x / t)^2, f(x) <= f(t) max(w^(a/2), w), which is at most f(t) (w + c) with c the largest w^(a/2) - w.
 */
function boundAround(f: (size: number) => number, a: number, squares: number, rows: number): number {
  const e = a / 2;
  const w = e ** (1 / (1 - e));
  return rows * f(Math.sqrt(squares / rows)) * (1 + w ** e - w);
}

/** Rounds of {@link boundRest} after which little changes. */
const ROUNDS = 6;

/**
 * {@link boundSum} where no f(x) reaches more than a share of the whole sum: the bound of the sum bounds the largest size, and
 * so on.
 *
 * @param known - of the other rows' sum
 * @param share - every row's f(x) is at most this share of the sum over all rows, in (0, 1]
 */
export function boundRest(
  f: (size: number) => number,
  growth: Growth,
  rest: Remainder,
  known: Range,
  share: number,
): Range {
  let largest = Math.min(rest.largest, Math.sqrt(rest.squares.high));
  let range = boundSum(f, growth, { ...rest, largest });
  for (let round = 0; round < ROUNDS; round++) {
    // f(c x) >= c^b f(x) for c <= 1, so that f(x) <= cap means x <= largest (cap / f(largest))^(1/b).
    const cap = share * (known.high + range.high) * (1 + SLACK);
    const factor = (cap / f(largest)) ** (1 / growth.b) * (1 + SLACK);
    if (!(factor < 0.999)) break;
    largest *= factor;
    const next = boundSum(f, growth, { ...rest, largest });
    range = { low: Math.max(range.low, next.low), high: Math.min(range.high, next.high) };
  }
  return range;
}

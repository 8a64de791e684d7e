/** Which functions a universal set serves, and from which eps on. */

import { dataError, usageError } from '../errors.js';
import { type Growth, type ScoringFunction, SQUARE } from '../functions.js';
import type { UniversalSet } from '../sketch/universal-set.js';

/**
 * The least eps at which U holds every key that f can make heavy: sensitivities of f are below it outside U.
 *
 * With (a, b) the growth of f and (a0, b0) that of U: where b <= b0, f also grows within (a, b0), so that its sensitivities are
 * at most those of |x|^b0 to the power a / b0, and these are below U's floor. Where a >= a0, too, U's own eps will do.
 *
 * @returns in (0, 1]; undefined where f grows faster than U was made for
 */
export function leastEpsServed({ eps, growth, floor }: UniversalSet, { a, b }: Growth): number | undefined {
  if (b > growth.b) return undefined;
  const byFloor = floor ** (a / growth.b);
  return a >= growth.a ? Math.min(eps, byFloor) : byFloor;
}

/**
 * The growth of f, which U serves at eps.
 * @throws LevattnError where f has no small universal set, or this one lacks keys that matter for it
 */
export function requireServed(set: UniversalSet, f: ScoringFunction, eps: number): Growth {
  const { growth } = f;
  if (!growth) {
    throw usageError(`f = ${f.name} has no small universal set, so its entries are found from K itself: give K, not U`);
  }
  const least = leastEpsServed(set, growth);
  if (least !== undefined && eps >= least) return growth;
  const usual = f.name === SQUARE.name && set.f === SQUARE.name;
  const made = usual ? `eps ${set.eps}` : `f = ${set.f} at eps ${set.eps}`;
  const asked = usual ? `eps ${eps}` : `f = ${f.name} at eps ${eps}`;
  const options = usual ? `--eps ${eps}` : `--f ${f.name} --eps ${eps}`;
  throw dataError(
    `U was made for ${made} and lacks keys that matter at ${asked}; make it again with select-keys ${options}`,
  );
}

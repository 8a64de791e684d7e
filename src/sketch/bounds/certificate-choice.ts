/** Which certificates bound the sensitivities of a function's keys, and the thresholds that follow. */

import { usageError } from '../../errors.js';
import { type Growth, type ScoringFunction, SQUARE } from '../../functions.js';
import type { LewisShape } from '../screen/block.js';

/**
 * What bounds sensitivities where f is not x^2: Lewis weights alone, leverage scores alone (as fast as x^2), or whichever
 * of both is smaller; `tensor`: leverage scores of k (x) k as well, for x^4 and small d. Lewis weights take all rows: with a sample, `auto` means `gram`.
 */
export type CertificateChoice = (typeof CERTIFICATES)[number];

/** Every choice there is. */
export const CERTIFICATES = ['auto', 'lewis', 'gram', 'tensor'] as const;

/** Exponents this close to 2 leave no room between Lewis weights and leverage scores. */
const NEAR_TWO = 1e-6;

/** Above, powers of weights would leave the range of float64. */
const MOST_LEWIS_POWER = 32;

/** Scores below count as zero. */
const LEAST_FLOOR = 1e-300;

/** What keys are held to. */
export interface Certificate {
  /** A name of the function. */
  readonly f: string;
  readonly growth: Growth;
  readonly eps: number;
  /** Whether f is x^2, for which leverage scores are the sensitivities. */
  readonly exact: boolean;
  /** Whether leverage scores are looked at. */
  readonly leverage: boolean;
  /** The |x|^b sensitivity below which a row is of no interest: eps^(b/a). */
  readonly powerFloor: number;
  /** The leverage score below which a row of K is of no interest, times n^decay. */
  readonly floor: number;
  readonly decay: number;
  /** Where Lewis weights are summed. */
  readonly lewis: LewisShape | undefined;
  /** Whether leverage scores of k (x) k are looked at. */
  readonly tensor: boolean;
}

/**
 * The certificates for a function.
 *
 * @param eps - in (0, 1]
 * @param sampled - whether only a share of the rows is summed
 * @throws LevattnError where there is none for such a function
 */
export function certificateFor(
  f: ScoringFunction = SQUARE,
  eps: number,
  choice: CertificateChoice = 'auto',
  sampled = false,
): Certificate {
  const { name, growth } = f;
  if (!growth) {
    throw usageError(
      `f = ${name} has no small universal set, as it does not grow like a power; give K itself to levattn heavy`,
    );
  }
  const { a, b } = growth;
  const exact = a === 2 && b === 2;
  const powerFloor = Math.max(LEAST_FLOOR, eps ** (b / a));
  const possible = Math.abs(b - 2) >= NEAR_TWO && b <= MOST_LEWIS_POWER && !sampled;
  if (choice === 'lewis' && !possible) {
    const reason = sampled ? 'Lewis weights take all rows of K, not a sample' : `f = ${name} has no Lewis weights`;
    throw usageError(`${reason}; leave --certificate to auto`);
  }
  const tensor = choice === 'tensor';
  if (tensor && (b !== 4 || sampled)) {
    throw usageError(
      `--certificate tensor is for x^4 and all rows of K, not for f = ${name}${sampled ? ' of a sample' : ''}`,
    );
  }
  const weighs = possible && choice !== 'gram';
  const leverage = choice !== 'lewis';
  return {
    f: name,
    growth,
    eps,
    exact,
    leverage,
    powerFloor,
    floor: leverage ? Math.max(LEAST_FLOOR, exact ? eps : eps ** (2 / a)) : LEAST_FLOOR,
    decay: leverage ? Math.max(0, 1 - 2 / b) : 0,
    lewis: weighs ? { p: b, floor: powerFloor } : undefined,
    tensor,
  };
}

/** How many candidates there may be, so that memory is bounded whatever K is. */

import { dataError } from '../../errors.js';
import type { Certificate } from '../bounds/certificate-choice.js';

/** Bytes of keys that candidates may take where nothing in K bounds their number beforehand. */
const MOST_KEY_BYTES = 2 ** 27;

/** Bytes of keys that there is room for from the beginning, if as many may come: pages that are never written to take no memory. */
const MOST_ROOM_BYTES = 2 ** 29;

/** What limits candidates. */
export class CandidateLimit {
  /** With fewer, pruning is not worth the while. */
  readonly least: number;
  /** How many there may be before the first pruning, as far as memory can be promised beforehand. */
  readonly expected: number;
  /** With more after pruning, K is given up. */
  readonly most: number;
  readonly #certificate: Certificate;

  /** @param capacity - where the best alone are kept, how many: then there are never too many */
  constructor(certificate: Certificate, d: number, blockRows: number, capacity?: number) {
    this.#certificate = certificate;
    // For x^2 at most rank / eps rows reach eps; twice that and a block more are worth a look.
    const twice = 2 * Math.ceil(d / certificate.eps) + blockRows;
    // For others nothing can be ruled out before there are very many rows, and it is in vain to try.
    const affordable = certificate.exact ? 0 : Math.floor(MOST_KEY_BYTES / (8 * d));
    const usual = Math.max(twice, affordable >> 1);
    this.least = capacity === undefined ? usual : Math.min(usual, 2 * capacity);
    this.expected = Math.min(this.least + blockRows, Math.floor(MOST_ROOM_BYTES / (4 * d)));
    this.most = capacity === undefined ? Math.max(twice, affordable) : Number.POSITIVE_INFINITY;
  }

  /**
   * @param size - candidates left by pruning
   * @param rows - of K so far
   * @throws LevattnError where they are too many: for x^2, because K is not resolved; else, because bounds are not tight
   */
  check(size: number, rows: number): void {
    if (size <= this.most) return;
    const { f, exact } = this.#certificate;
    throw dataError(
      exact
        ? `after ${rows} rows ${size} keys cannot be told from heavy ones, as K is too ill-conditioned for the Gram route; run again with --factor stable`
        : `after ${rows} rows ${size} keys cannot be ruled out for f = ${f}, and memory is kept for ${this.most}; run again with a larger --eps or a smaller power`,
    );
  }
}

/** How many candidates there may be, so that memory is bounded whatever K is. */

import { dataError } from '../errors.js';
import type { Certificate } from './certificate-choice.js';

/** Bytes of keys that candidates may take where nothing in K bounds their number beforehand. */
const MOST_KEY_BYTES = 2 ** 28;

/** What limits candidates. */
export class CandidateLimit {
  /** With fewer, pruning is not worth the while. */
  readonly least: number;
  /** With more after pruning, K is given up. */
  readonly most: number;
  readonly #certificate: Certificate;

  constructor(certificate: Certificate, d: number, blockRows: number) {
    this.#certificate = certificate;
    // For x^2 at most rank / eps rows reach eps; twice that and a block more are worth a look.
    this.least = 2 * Math.ceil(d / certificate.eps) + blockRows;
    this.most = certificate.exact ? this.least : Math.max(this.least, Math.floor(MOST_KEY_BYTES / (8 * d)));
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

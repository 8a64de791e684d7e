/** What blocks to come are screened with: what was known of the rows before them some time ago. Can be posted to threads. */

import type { LewisFilter } from '../bounds/lewis/screen.js';
import type { Whitening } from '../factor/whitening.js';

/** Its arrays do not change. */
export interface Filter {
  /** Of a Gram matrix of earlier rows. */
  readonly leverage: Whitening;
  /** The leverage score below which rows are of no interest. */
  readonly floor: number;
  /** Where Lewis weights are summed. */
  readonly lewis: LewisFilter | undefined;
}

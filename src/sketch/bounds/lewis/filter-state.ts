/** A filter of Lewis weights as data, to the last bit. */

import { restoreWhitening, saveWhitening } from '../../factor/whitening-state.js';
import type { State } from '../../state.js';
import type { StateReader } from '../../state-reader.js';
import type { LewisFilter } from './screen.js';

/** What it is made of. */
export const saveLewisFilter = ({ whitening, sum, roughSums }: LewisFilter): State => ({
  whitening: saveWhitening(whitening),
  sum,
  roughSums,
});

/** The filter that a state holds, for d columns. */
export const restoreLewisFilter = (state: StateReader, d: number): LewisFilter => ({
  whitening: restoreWhitening(state.part('whitening'), d),
  sum: state.number('sum'),
  roughSums: state.boolean('roughSums'),
});

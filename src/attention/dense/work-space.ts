/** Work space of a thread in the kernels' memory, which it uses for all heads. */

import type { Places } from '../../kernels/places.js';

/** Scores of some keys, rows of V, their product, and a sum of products. */
export type WorkSpace = Places<'part' | 'gathered' | 'product' | 'sum'>;

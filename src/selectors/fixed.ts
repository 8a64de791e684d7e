/** Keys by their places alone: the first and the last ones, or by chance. */

import { byChance, firstAndLast } from './order.js';
import type { PlaceSelector } from './selector.js';

/** The selection that is another one for each query where attention is causal. */
export const FIRST_AND_LAST = 'first+last';

/** Attention sinks and the most recent tokens (StreamingLLM, arXiv:2309.17453). */
export const firstAndLastKeys: PlaceSelector = {
  kind: 'places',
  name: FIRST_AND_LAST,
  about: '4 at the beginning, fewer where k < 8, the rest at the end',
  order: (n) => firstAndLast(n),
};

/** Whatever a seed draws. */
export const random: PlaceSelector = {
  kind: 'places',
  name: 'random',
  about: 'by chance',
  drawn: true,
  order: (n, { seed }) => byChance(n, seed),
};

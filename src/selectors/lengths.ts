/** Keys by their length, about the origin or about their mean; what no query is needed for. */

import { momentsOf } from './moments.js';
import type { FormSelector } from './selector.js';

/** The longest keys. */
export const keyNorm: FormSelector = {
  kind: 'form',
  name: 'key-norm',
  about: '||k||',
  form: async () => ({ square: 1, root: true }),
};

/** The shortest keys (arXiv:2406.11430). */
export const smallKeyNorm: FormSelector = {
  kind: 'form',
  name: 'small-key-norm',
  about: '-||k||',
  form: async () => ({ square: -1, root: true }),
};

/** The keys farthest from their mean. */
export const centredNorm: FormSelector = {
  kind: 'form',
  name: 'centred-norm',
  about: '||k - mean||',
  form: async (keys, { kernels }) => ({
    centre: (await momentsOf(keys.read(), keys.d, kernels, false)).mean,
    square: 1,
    root: true,
  }),
};

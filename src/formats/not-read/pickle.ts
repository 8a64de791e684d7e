/** Whether bytes begin as Python's pickles do, protocols 0 to 5. Nothing of one is ever executed. */

import type { Sight } from './signs.js';

/**
 * Protocols 4 and 5 begin with a frame of less than 4 GiB; 2 and 3 with a list, a dictionary, a tuple, a name or a string, as everything
 * does that may hold a matrix; 1 and 0 have no word of their own, so more of their first operations is asked for.
 */
const PICKLE = new RegExp(
  [
    '^\\x80[\\x04\\x05]\\x95.{4}\\0{4}',
    '^\\x80[\\x02\\x03](?:[\\]})]q\\0|c[\\w.]+\\n|\\([\\]}()cGKMX]|X.{2}\\0\\0)',
    '^[\\]})]q\\0',
    '^\\(?c[\\w.]+\\n[\\w.]+\\n(?:p\\d+\\n|q.)?\\(',
    '^\\([ld]p\\d+\\n',
  ].join('|'),
  's',
);

/** The number that torch.save wrote before version 1.6 as a pickle of its own: 0x1950a86a20f9469cfc6c, behind the opcode LONG1. */
const TORCH_NUMBER = '\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19';
/** It comes after the protocol and, from protocol 4 on, a frame. */
const TORCH_NUMBER_WITHIN = 24;

/** Any pickle. */
export const looksLikePickle = ({ text }: Sight): boolean => PICKLE.test(text);

/** A pickle that names a module, as what comes from its classes does. */
export const looksLikePickleOf =
  (module: string) =>
  (sight: Sight): boolean =>
    looksLikePickle(sight) && new RegExp(`\\b${module}\\b`).test(sight.text);

/** The form of torch.save before PyTorch 1.6. */
export const looksLikeLegacyTorch = ({ text }: Sight): boolean =>
  text.startsWith('\x80') && text.slice(0, TORCH_NUMBER_WITHIN).includes(TORCH_NUMBER);

/** Whether bytes begin as a tar archive does: a header of 512 bytes with the sum of its bytes in it, in every version of the format. */

import type { Sight } from './signs.js';

const HEADER_BYTES = 512;
/** Where the sum stands, eight octal digits that count as blanks. */
const SUM = { from: 148, to: 156 };
const BLANK = 0x20;

/** A tar archive. */
export function looksLikeTar({ head, text }: Sight): boolean {
  if (head.length < HEADER_BYTES) return false;
  const stated = /^[\0 ]*([0-7]{1,8})[\0 ]*$/.exec(text.slice(SUM.from, SUM.to));
  if (!stated) return false;
  let sum = 0;
  for (let i = 0; i < HEADER_BYTES; i++) sum += i >= SUM.from && i < SUM.to ? BLANK : head[i]!;
  return sum === Number.parseInt(stated[1]!, 8);
}

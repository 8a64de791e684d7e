/** What Linux says of the first processor, in /proc/cpuinfo. */

import { closeSync, existsSync, openSync, readSync } from 'node:fs';

const LIST = '/proc/cpuinfo';

/** Bytes of the list that hold the first processor; the whole list takes milliseconds to read where there are many. */
const FIRST_BYTES = 8192;

/** Lines that are the same at any time on processors that compute the same. */
const LASTING = /^(?:vendor_id|cpu family|model|model name|stepping|microcode|flags)\s*:.*/gm;

/** The first processor's entry; undefined where there is no such list. */
export function firstProcessor(): string | undefined {
  if (!existsSync(LIST)) return undefined;
  const file = openSync(LIST, 'r');
  try {
    const start = Buffer.alloc(FIRST_BYTES);
    return start.toString('latin1', 0, readSync(file, start)).split('\n\n')[0];
  } finally {
    closeSync(file);
  }
}

/** Extensions of its instruction set, as Linux names them; undefined where they are not listed. */
export const featuresOf = (entry: string): readonly string[] | undefined =>
  /^flags\s*:(.*)/m.exec(entry)?.[1].split(' ');

/** Tells processors of different kinds apart; undefined where the entry does not. */
export const kindOf = (entry: string): string | undefined =>
  featuresOf(entry) && [...entry.matchAll(LASTING)].map(([line]) => line).join('\n');

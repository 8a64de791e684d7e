/** How much memory this process had at most. */

import { readFileSync } from 'node:fs';

/** Bytes of a kibibyte, in which both sources count. */
const KIBIBYTE = 1024;

/**
 * The largest resident set so far, in bytes.
 *
 * On Linux it is the memory's own record. That of `getrusage` is carried over from the process that started this one, and would be that of
 * a notebook of many gigabytes.
 */
export function peakRss(): number {
  const own = /^VmHWM:\s+(\d+) kB$/m.exec(readIfThere('/proc/self/status'))?.[1];
  return KIBIBYTE * (own === undefined ? process.resourceUsage().maxRSS : Number(own));
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** What is at a path. */

import { type Stats, statSync } from 'node:fs';

/** What is at a path; undefined where nothing is, or what is before it is no folder: whoever opens it will say so. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

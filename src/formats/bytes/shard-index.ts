/** A folder that stands for a checkpoint in several files: it holds one index, which says what is in which. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { statsOf } from './stats.js';

/** How indices are called. */
export const INDEX_NAME = /\.(safetensors|bin)\.index\.json$/;

/** The only index in a folder; undefined where there is none, or several, or the path is no folder. */
export function shardIndexIn(path: string): string | undefined {
  if (!statsOf(path)?.isDirectory()) return undefined;
  try {
    const [found, ...others] = readdirSync(path).filter((name) => INDEX_NAME.test(name));
    return found === undefined || others.length > 0 ? undefined : join(path, found);
  } catch {
    return undefined;
  }
}

/**
 * That the wide build has given the bytes of the narrow one is remembered beside what Node has compiled, so that the next process does without
 * the narrow build and the comparison. Where Node keeps nothing (before 22.8, with NODE_DISABLE_COMPILE_CACHE, in a library's process that
 * has not asked for it), every process compares.
 */

import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { VERSION } from '../version.js';

/** Whether both builds were compared before, and gave the same bytes. */
export interface WideVerdict {
  isKnown(): boolean;
  remember(): void;
}

/** Where nothing is remembered. */
export const NO_VERDICT: WideVerdict = { isKnown: () => false, remember: () => {} };

/** What a verdict holds for. */
export interface Compared {
  /** The bytes of both builds. */
  readonly builds: readonly Uint8Array[];
  readonly v8: string;
  /** Tells processors apart; undefined where nothing does, and nothing is remembered then. */
  readonly processor: string | undefined;
  /** Options of Node, which may be V8's. */
  readonly options: readonly string[];
}

/**
 * The verdict on two builds here. A file stands for it, whose name holds what it depends on; only a good one is kept.
 * @param directory - where it is kept, if anywhere
 */
export function wideVerdict(
  { builds, v8, processor, options }: Compared,
  directory: string | undefined = compileCacheDirectory(),
): WideVerdict {
  if (directory === undefined || processor === undefined) return NO_VERDICT;
  const hash = createHash('sha256').update(JSON.stringify([VERSION, v8, processor, options]));
  for (const build of builds) hash.update(build);
  const file = join(directory, `levattn-wide-${hash.digest('hex').slice(0, 32)}`);
  return {
    isKnown: () => existsSync(file),
    remember: () => {
      try {
        writeFileSync(file, 'The kernels of levattn for vectors of 256 bits give the bytes of those for 128 here.\n');
      } catch {
        // A full disk or a directory that has gone costs the next process 40 ms.
      }
    },
  };
}

/** Where Node keeps what it has compiled, if it does. Its types here are of Node 20, which has no such function. */
const compileCacheDirectory = (): string | undefined =>
  (nodeModule as { getCompileCacheDir?: () => string | undefined }).getCompileCacheDir?.();

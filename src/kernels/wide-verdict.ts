/**
 * That the wide build has given the bytes of the narrow one is remembered beside what Node has compiled, so that the next process does without
 * the narrow build and the comparison. Where Node keeps nothing (before 22.8, with NODE_DISABLE_COMPILE_CACHE, in a library's process that
 * has not asked for it), every process compares.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';

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
 * The verdict on two builds here: a file for each V8, which holds all that it depends on. So it is not taken for another's, and nothing has to be hashed, for which
 * Node would load 20 ms of its own code.
 * @param directory - where it is kept, if anywhere
 */
export function wideVerdict(
  { builds, v8, processor, options }: Compared,
  directory: string | undefined = compileCacheDirectory(),
): WideVerdict {
  if (directory === undefined || processor === undefined) return NO_VERDICT;
  const file = join(directory, `levattn-wide-${v8}`);
  const content = Buffer.concat([Buffer.from(JSON.stringify([v8, processor, options])), ...builds]);
  return {
    isKnown: () => done(() => content.equals(readFileSync(file))) === true,
    remember: () => {
      done(() => writeFileSync(file, content));
    },
  };
}

/** What a step returns; nothing where it fails: a missing file, a full disk or a directory that may not be read only cost a comparison. */
function done<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}

/** Where Node keeps what it has compiled, if it does. Its types here are of Node 20, which has no such function. */
const compileCacheDirectory = (): string | undefined =>
  (nodeModule as { getCompileCacheDir?: () => string | undefined }).getCompileCacheDir?.();

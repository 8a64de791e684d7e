/** Vectors of 256 bits: whether they are in use, and whether V8 gets through the kernels for them, which a process of its own finds out. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WIDE_CHECK_FILE } from '../files.js';
import { canFuse, HERE, type WideVectors, wideVectors } from '../kernels/wide.js';

/** What is told of them. */
export interface WideReport extends WideVectors {
  /** `passed`, or what went wrong; null where this V8 and processor cannot fuse vectors anyway. */
  readonly check: string | null;
}

/** Longer than it takes on any machine. */
const MOST_SECONDS = 120;

/** Looks at them, which takes two seconds where there is something to be checked. */
export const examineWide = (): WideReport => ({ ...wideVectors(), check: canFuse(HERE) ? checkWide() : null });

/**
 * Runs the check.
 * @param file - what Node is to run
 * @returns `passed`, or what went wrong
 */
export function checkWide(file = fileURLToPath(WIDE_CHECK_FILE)): string {
  const { status, signal, stderr } = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 1000 * MOST_SECONDS,
  });
  if (status === 0) return 'passed';
  const said = stderr.trim().split('\n')[0];
  return status === null ? `ended by ${signal}${said === '' ? '' : `: ${said}`}` : said;
}

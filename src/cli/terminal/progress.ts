/**
 * A progress line on stderr: bytes where the size is known, rows and rate where it is not.
 *
 * Invariant: `visible` says whether the line is under the cursor; whatever else goes to stderr calls {@link wipeProgress}.
 */

import type { ReadProgress } from '../../rows/row-block.js';
import { count } from '../../text.js';

/** Redraws at most this often, in milliseconds. */
const INTERVAL = 100;
const BAR_WIDTH = 24;

let visible = false;

/** Wipes the progress line, if one is shown, so that other text may be written. */
export function wipeProgress(): void {
  if (visible) process.stderr.write('\r\x1b[K');
  visible = false;
}

/** Whether to show progress: as asked, else where people and not machines read stderr. */
export const wantsProgress = ({
  progress,
  logJson,
  quiet,
}: {
  readonly progress?: boolean;
  readonly logJson?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}): boolean => !quiet && (progress ?? (process.stderr.isTTY === true && !logJson));

/** What is going on, and on which of several heads: `layer 3, head 5: reading Q`. */
export const ofHead = ({ label }: { readonly label?: string | undefined }, what: string): string =>
  label === undefined ? what : `${label}: ${what}`;

/** Shows how far a pass has come, on one line that is wiped when it ends. */
export class Progress {
  readonly #started = performance.now();
  #drawn = Number.NEGATIVE_INFINITY;

  /**
   * @param label - what is going on, such as `K.npy`
   * @param enabled - whether to draw at all
   */
  constructor(
    readonly label: string,
    readonly enabled: boolean,
  ) {}

  /** Seconds since the pass began. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Draws, unless it did a moment ago. */
  update(rows: number, { bytes, totalBytes }: ReadProgress): void {
    if (!this.enabled) return;
    const now = performance.now();
    if (now - this.#drawn < INTERVAL) return;
    this.#drawn = now;
    visible = true;
    const rate = bytes / this.seconds;
    const parts = [`${count(rows)} rows`, `${megabytes(rate)}/s`];
    if (totalBytes !== undefined && totalBytes > 0) {
      const share = Math.min(1, bytes / totalBytes);
      const done = Math.round(share * BAR_WIDTH);
      parts.unshift(`[${'#'.repeat(done)}${'.'.repeat(BAR_WIDTH - done)}] ${(100 * share).toFixed(0).padStart(3)} %`);
      if (share > 0 && this.seconds > 1) parts.push(`${duration((totalBytes - bytes) / rate)} left`);
    }
    process.stderr.write(`\r\x1b[K${this.label}  ${parts.join('  ')}`);
  }
}

/** Bytes in decimal megabytes. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** Seconds as h:mm:ss or m:ss. */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

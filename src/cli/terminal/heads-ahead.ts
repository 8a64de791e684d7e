/** What the next head needs is read while the one before is worked on; messages about it are printed in its turn. */

import type { HeadJob } from '../../input/head-jobs.js';
import { HeldBackLog, type Logger } from './log.js';

/** One that is being read. */
interface Pending<T> {
  readonly job: HeadJob;
  readonly found: Promise<T>;
  readonly said: HeldBackLog;
}

/** Reads for some matrices, whose turns come one after another. */
export class HeadsAhead<T> {
  readonly #jobs: readonly HeadJob[];
  readonly #read: (job: HeadJob, log: Logger, at: number) => Promise<T>;
  readonly #ahead: boolean;
  #pending: Pending<T> | undefined;

  /**
   * @param read - reads what a matrix needs, the one at this place of all
   * @param ahead - whether the next one is read before its turn
   */
  constructor(jobs: readonly HeadJob[], read: (job: HeadJob, log: Logger, at: number) => Promise<T>, ahead: boolean) {
    this.#jobs = jobs;
    this.#read = read;
    this.#ahead = ahead;
  }

  /**
   * What a matrix needs, and the log that goes on from what was said while it was read; the next one is begun.
   * @param log - where messages go
   */
  async take(job: HeadJob, log: Logger): Promise<{ readonly found: T; readonly log: Logger }> {
    const at = this.#jobs.indexOf(job);
    const { found, said } = this.#pending?.job === job ? this.#pending : this.#begin(at);
    this.#pending = undefined;
    said.release(log);
    const own = await found;
    if (this.#ahead && at + 1 < this.#jobs.length) this.#pending = this.#begin(at + 1);
    return { found: own, log: said.log };
  }

  #begin(at: number): Pending<T> {
    const job = this.#jobs[at]!;
    const said = new HeldBackLog();
    const found = this.#read(job, said.log, at);
    // Thrown in its turn; it must not count as unhandled before.
    found.catch(() => {});
    return { job, found, said };
  }
}

/**
 * Worker threads that screen blocks. What they answer does not depend on how many there are: each block is screened on its
 * own, and its answer is waited for in the order of the blocks.
 */

import { Worker } from 'node:worker_threads';
import { retryError } from '../errors.js';
import { SCREEN_WORKER_FILE } from '../files.js';
import type { Kernels } from '../kernels/kernels.js';
import type { BlockTraits } from './block.js';
import type { BlockSlot } from './block-slot.js';
import type { Filter } from './filter.js';
import type { Screened } from './screen.js';
import type { WorkerMessage, WorkerReply, WorkerSetup } from './screen-protocol.js';

/** A worker and the answers it still owes, oldest first. */
interface Seat {
  readonly worker: Worker;
  readonly owed: { resolve(screened: Screened): void; reject(error: Error): void }[];
  filter: Filter | undefined;
  ready: boolean;
}

/** Blocks that a worker has at once: one under way, one to go on with while its answer is looked at. */
const MOST_OWED = 2;

/** Some worker threads that share the kernels' memory; the thread that owns them is one more to compute. */
export class ScreenPool {
  readonly #seats: Seat[];
  #failure: Error | undefined;

  constructor(workers: number, kernels: Kernels, traits: BlockTraits) {
    const setup: WorkerSetup = { handle: kernels.handle, traits };
    this.#seats = Array.from({ length: workers }, () => this.#seat(setup));
  }

  /**
   * Screens the block in a slot, which must be left alone until the answer is there.
   * @returns undefined where every worker has enough to do, or none has started yet: the caller is better off to screen
   *   the block itself; rejects with a LevattnError where a worker died
   */
  screen(slot: BlockSlot, filter: Filter): Promise<Screened> | undefined {
    const seat = this.#failure
      ? this.#seats[0]
      : this.#seats.find(({ ready, owed }) => ready && owed.length < MOST_OWED);
    if (!seat) return undefined;
    if (seat.filter !== filter) {
      seat.filter = filter;
      seat.worker.postMessage({ kind: 'filter', filter } satisfies WorkerMessage);
    }
    const { start, rows, values, gram, squares, weighted } = slot;
    const answer = new Promise<Screened>((resolve, reject) => {
      if (this.#failure) reject(this.#failure);
      else seat.owed.push({ resolve, reject });
    });
    // Whoever waits for the answer is told of a failure; until then it must not count as unhandled.
    answer.catch(() => {});
    const task = { start, rows, values, gram, squares, weighted };
    seat.worker.postMessage({ kind: 'block', task } satisfies WorkerMessage);
    return answer;
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    this.#failure ??= new Error('the pool is closed');
    await Promise.all(this.#seats.map(({ worker }) => worker.terminate()));
  }

  #seat(setup: WorkerSetup): Seat {
    const worker = new Worker(SCREEN_WORKER_FILE, { workerData: setup });
    const seat: Seat = { worker, owed: [], filter: undefined, ready: false };
    worker.on('message', (reply: WorkerReply) => {
      if (reply === 'ready') seat.ready = true;
      else seat.owed.shift()?.resolve(reply);
    });
    worker.on('error', (error) => this.#fail(error.message));
    worker.on('exit', (code) => this.#fail(`it ended with code ${code}`));
    return seat;
  }

  #fail(reason: string): void {
    if (this.#failure) return;
    this.#failure = retryError(`a worker thread died (${reason}); run again, or with --threads 1`);
    for (const { owed } of this.#seats) for (const { reject } of owed.splice(0)) reject(this.#failure);
  }
}

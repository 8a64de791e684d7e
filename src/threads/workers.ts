/**
 * Worker threads that are asked and answer: each answers in the order in which it was asked. One that dies fails every
 * question, those to come included.
 */

import { Worker } from 'node:worker_threads';
import { retryError } from '../errors.js';
import { takeThread } from './spare.js';

/** What a worker says first, when it can be asked. */
export const READY = 'ready';

/** A worker and the answers it still owes, oldest first. */
interface Seat<Answer> {
  readonly worker: Worker;
  readonly owed: { resolve(answer: Answer): void; reject(error: Error): void }[];
  ready: boolean;
}

/** Some worker threads that run the same file. */
export class Workers<Message, Answer> {
  readonly #seats: readonly Seat<Answer>[];
  readonly #mayRest: boolean;
  #failure: Error | undefined;

  /**
   * @param file - what they run; it posts {@link READY}, and then an answer to every question
   * @param setup - their `workerData`; undefined: they are told later, and may have been started before (`spare.ts`)
   * @param mayRest - whether the process may end before they are closed, where they owe no answer
   */
  constructor(file: URL, count: number, setup: unknown, { mayRest = false } = {}) {
    this.#mayRest = mayRest;
    this.#seats = Array.from({ length: count }, () => this.#seat(file, setup));
  }

  /** How many there are. */
  get count(): number {
    return this.#seats.length;
  }

  /** Whether all of them can be asked; also true where one has died, as asking then tells. */
  get allReady(): boolean {
    return this.#failure !== undefined || this.#seats.every(({ ready }) => ready);
  }

  /** A worker that can be asked and owes fewer than `most` answers; where one has died, any. */
  findIdle(most: number): number | undefined {
    if (this.#failure) return 0;
    const found = this.#seats.findIndex(({ ready, owed }) => ready && owed.length < most);
    return found < 0 ? undefined : found;
  }

  /** Posts what is not answered. */
  tell(worker: number, message: Message): void {
    this.#seats[worker].worker.postMessage(message);
  }

  /** Posts a question; rejects with a LevattnError where a worker has died. */
  ask(worker: number, message: Message): Promise<Answer> {
    const seat = this.#seats[worker];
    const answer = new Promise<Answer>((resolve, reject) => {
      if (this.#failure) reject(this.#failure);
      else seat.owed.push({ resolve, reject });
    });
    if (this.#mayRest) seat.worker.ref();
    // Whoever waits for the answer is told of a failure; until then it must not count as unhandled.
    answer.catch(() => {});
    seat.worker.postMessage(message);
    return answer;
  }

  /** Ends them. */
  async close(): Promise<void> {
    this.#failure ??= new Error('the workers have been ended');
    await Promise.all(this.#seats.map(({ worker }) => worker.terminate()));
  }

  #seat(file: URL, setup: unknown): Seat<Answer> {
    const worker = setup === undefined ? takeThread(file) : new Worker(file, { workerData: setup });
    const seat: Seat<Answer> = { worker, owed: [], ready: false };
    worker.on('message', (message: Answer | typeof READY) => {
      if (message === READY) seat.ready = true;
      else seat.owed.shift()?.resolve(message as Answer);
      if (this.#mayRest && seat.owed.length === 0) worker.unref();
    });
    if (this.#mayRest) worker.unref();
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

/**
 * A crew: threads that share the tasks of one step after another, while the thread that asks waits and works, too. It waits without its
 * event loop, so that a factorisation can be an ordinary function.
 *
 * A step is tasks 0 … total - 1, which must not depend on one another; whoever is free takes the next. Nothing waits for a thread
 * that takes none, so one that is slow to start, or gone, costs time alone.
 *
 * The words below are in memory that all of them see. A ticket holds the number of the step and of its next task in one word, so that
 * nobody can take a task of a step that is over; what a step is about is written before its first ticket.
 */

import { parentPort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { retryError } from '../errors.js';

/** Places of the words. */
const TICKET = 0;
const DONE = 1;
const TOTAL = 2;
const FAILED = 3;
const WORDS = 4;

/** Low bits of a ticket: the next task. */
const TASK_BITS = 12;
const TASKS = 2 ** TASK_BITS;

/** The most tasks of a step. */
export const MOST_TASKS = TASKS - 1;

/** Numbers that a step can be told. */
const MOST_ARGUMENTS = 16;

/** How often a thread looks before it sleeps: a few microseconds, as steps follow one another. */
const LOOKS = 2000;

/**
 * How often a thread that has nothing left to do waits a millisecond for a task of another, before it takes that one for dead: 5 minutes, of
 * which those do not count in which the process is stopped. The largest task takes seconds.
 */
const MOST_WAITS = 300_000;

/** Ends the workers of a crew that has had nothing to do for this many milliseconds. */
const IDLE_MS = 500;

/** Memory that a crew was given last, by the number that {@link Crew.share} returned. */
export type SharedOf = (id: number) => SharedArrayBuffer;

/** Works on one task. */
export type TaskFunction = (kind: number, values: Float64Array, task: number, sharedOf: SharedOf) => void;

/** Memory beside that of the setup. */
interface Share {
  readonly id: number;
  readonly buffer: SharedArrayBuffer;
}

/** What a worker of a crew is started with. */
export interface CrewSetup {
  readonly words: SharedArrayBuffer;
  readonly values: SharedArrayBuffer;
  readonly setup: unknown;
}

/** Some threads and the one that made them. */
export class Crew {
  readonly #file: URL;
  readonly #setup: unknown;
  readonly #count: number;
  readonly #work: TaskFunction;
  readonly #mostWaits: number;
  #words: Int32Array = new Int32Array(0);
  #values: Float64Array = new Float64Array(0);
  #workers: Worker[] = [];
  #share: Share | undefined;
  /** How often something was shared. */
  #shares = 0;
  #idle: NodeJS.Timeout | undefined;

  /**
   * @param file - what workers run: it calls {@link serveCrew}
   * @param count - workers, besides the thread that asks
   * @param setup - for them, as `setup` of {@link CrewSetup}
   * @param work - works on a task on this thread
   * @param mostWaits - milliseconds that a task of a thread may take after all others are done
   */
  constructor(file: URL, count: number, setup: unknown, work: TaskFunction, mostWaits: number = MOST_WAITS) {
    this.#mostWaits = mostWaits;
    this.#file = file;
    this.#count = count;
    this.#setup = setup;
    this.#work = work;
  }

  /** Threads, the one that asks included. */
  get size(): number {
    return this.#count + 1;
  }

  /** Starts the workers, if they are not there: they take tasks from when they are ready. */
  start(): void {
    if (this.#workers.length > 0 || this.#count === 0) return;
    // Words of their own: a worker of before that is being ended must not take a task of these.
    const words = new SharedArrayBuffer(4 * WORDS);
    const values = new SharedArrayBuffer(8 * MOST_ARGUMENTS);
    this.#words = new Int32Array(words);
    this.#values = new Float64Array(values);
    const setup: CrewSetup = { words, values, setup: this.#setup };
    this.#workers = Array.from({ length: this.#count }, () => {
      const worker = new Worker(this.#file, { workerData: setup });
      // One that cannot be started is not missed.
      worker.on('error', () => {});
      worker.unref();
      return worker;
    });
    this.#endWhenIdle();
  }

  /**
   * Gives tasks of steps to come memory that the setup does not have; it is kept until something else is given, or the workers end.
   * @returns by what tasks ask for it
   */
  share(buffer: SharedArrayBuffer): number {
    this.start();
    if (this.#share?.buffer !== buffer) {
      this.#share = { id: ++this.#shares, buffer };
      for (const worker of this.#workers) worker.postMessage(this.#share);
    }
    return this.#share.id;
  }

  /**
   * Has all tasks of a step done, and returns when they are.
   *
   * @param total - tasks, up to {@link MOST_TASKS}
   * @param values - what the step is told, up to {@link MOST_ARGUMENTS} numbers
   * @throws LevattnError where a thread has died with a task
   */
  run(kind: number, total: number, values: readonly number[]): void {
    if (total > MOST_TASKS || values.length >= MOST_ARGUMENTS) throw new RangeError(`a step of ${total} tasks`);
    if (total < 2 || this.#count === 0) {
      const told = Float64Array.from(values);
      for (let task = 0; task < total; task++) this.#work(kind, told, task, this.#shared);
      return;
    }
    this.start();
    const words = this.#words;
    // Closed while it is being described: a ticket of the step before must not pass for one of this.
    const step = (Atomics.load(words, TICKET) >>> TASK_BITS) + 1;
    Atomics.store(words, TICKET, (step << TASK_BITS) | MOST_TASKS);
    this.#values.set(values, 1);
    this.#values[0] = kind;
    Atomics.store(words, DONE, 0);
    Atomics.store(words, TOTAL, total);
    Atomics.store(words, TICKET, (step + 1) << TASK_BITS);
    Atomics.notify(words, TICKET);
    takeTasks(words, this.#values, this.#work, this.#shared);
    let waits = 0;
    for (let done = Atomics.load(words, DONE); done < total; done = Atomics.load(words, DONE)) {
      for (let i = 0; i < LOOKS && Atomics.load(words, DONE) === done; i++);
      waits = Atomics.wait(words, DONE, done, 1) === 'timed-out' ? waits + 1 : 0;
      if (waits < this.#mostWaits) continue;
      this.close();
      throw retryError('a thread died while it worked; run again, or with --threads 1');
    }
    if (Atomics.exchange(words, FAILED, 0) !== 0) throw new Error('a task of a step failed');
    this.#endWhenIdle();
  }

  /** Ends the workers, if there are any; they are started again when there is something to do. */
  close(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
    this.#share = undefined;
    for (const worker of this.#workers.splice(0)) void worker.terminate();
  }

  #endWhenIdle(): void {
    this.#idle ??= setTimeout(() => this.close(), IDLE_MS).unref();
    this.#idle.refresh();
  }

  readonly #shared: SharedOf = () => this.#share!.buffer;
}

/** Takes and does tasks of the step under way until there are none left. */
function takeTasks(words: Int32Array, values: Float64Array, work: TaskFunction, sharedOf: SharedOf): void {
  for (;;) {
    const ticket = Atomics.load(words, TICKET);
    const task = ticket & MOST_TASKS;
    const total = Atomics.load(words, TOTAL);
    if (task >= total) return;
    if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) !== ticket) continue;
    try {
      work(values[0], values.subarray(1), task, sharedOf);
    } catch {
      // Only a mistake in here gets there: whoever asked for the step is told of it, when the others have stopped.
      Atomics.store(words, FAILED, 1);
    }
    if (Atomics.add(words, DONE, 1) === total - 1) Atomics.notify(words, DONE);
  }
}

/** Serves a crew on a worker thread, until it is ended. */
export function serveCrew({ words: buffer, values: numbers }: CrewSetup, work: TaskFunction): never {
  const words = new Int32Array(buffer);
  const values = new Float64Array(numbers);
  let share: Share | undefined;
  const sharedOf: SharedOf = (id) => {
    while (share?.id !== id) {
      // It was posted before the step began.
      const posted = receiveMessageOnPort(parentPort!);
      if (!posted) throw new Error(`memory ${id} was not shared`);
      share = posted.message as Share;
    }
    return share.buffer;
  };
  for (;;) {
    const ticket = Atomics.load(words, TICKET);
    takeTasks(words, values, work, sharedOf);
    const now = Atomics.load(words, TICKET);
    if (now >>> TASK_BITS !== ticket >>> TASK_BITS) continue;
    for (let i = 0; i < LOOKS && Atomics.load(words, TICKET) === now; i++);
    Atomics.wait(words, TICKET, now);
  }
}

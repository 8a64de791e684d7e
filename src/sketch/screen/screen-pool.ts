/**
 * Worker threads that screen blocks. What they answer does not depend on how many there are: each block is screened on its
 * own, and its answer is waited for in the order of the blocks.
 */

import { SCREEN_WORKER_FILE } from '../../files.js';
import type { Kernels } from '../../kernels/kernels.js';
import { lateError } from '../../rows/late-reads.js';
import type { Values } from '../../rows/row-block.js';
import { startSpare } from '../../threads/spare.js';
import { Workers } from '../../threads/workers.js';
import { WIDE_COLUMNS } from '../wide/wide-algebra.js';
import type { SketchShape } from './block.js';
import type { BlockSlot } from './block-slot.js';
import type { Filter } from './filter.js';
import type { Screened } from './screen.js';
import type { WorkerAnswer, WorkerMessage, WorkerSetup } from './screen-protocol.js';

/** Blocks that a worker has at once: one under way, one to go on with while its answer is looked at. */
const MOST_OWED = 2;

/** And where the thread that asks will be busy for long. */
const MOST_OWED_MEANWHILE = 8;

/** Numbers of a matrix that is done before threads have started. */
const SMALL = 2 ** 24;

/** Whether n rows of d columns are done before threads have started; false where nobody knows how many they are. */
export const isSmall = (n: number | undefined, d: number): boolean => n !== undefined && n * d <= SMALL;

/** Columns below which decoding rows takes several times as long as screening them. */
const FEW_COLUMNS = 32;

/** Whether threads to screen rows would only take time from those that decode them. */
export const isDecoding = (d: number, decodedAhead = false): boolean => decodedAhead && d < FEW_COLUMNS;

/**
 * Whether n rows of d columns are enough to start threads for, before the first is read.
 * @param decodedAhead - whether other threads decode them
 */
export const isLarge = (n: number | undefined, d: number, decodedAhead?: boolean): boolean =>
  n !== undefined && !isSmall(n, d) && d < WIDE_COLUMNS && !isDecoding(d, decodedAhead);

/** Starts threads for a pass that will begin soon: the next {@link ScreenPool} has them. */
export const prepareScreening = (workers: number): void => startSpare(SCREEN_WORKER_FILE, workers);

/** Some worker threads that share the kernels' memory; the thread that owns them is one more to compute. */
export class ScreenPool {
  readonly #workers: Workers<WorkerMessage, WorkerAnswer>;
  /** What each screens by. */
  readonly #filters: (Filter | undefined)[] = [];
  /** The places that each knows by number: those of slots, by the memory that holds their rows. */
  readonly #places: Map<Values, number>[];

  constructor(workers: number, kernels: Kernels, shape: SketchShape) {
    this.#places = Array.from({ length: workers }, () => new Map());
    this.#workers = new Workers(SCREEN_WORKER_FILE, workers, undefined);
    const setup: WorkerSetup = { handle: kernels.handle, shape };
    for (let i = 0; i < workers; i++) this.#workers.tell(i, { kind: 'setup', ...setup });
  }

  /**
   * Screens the block in a slot, which must be left alone until the answer is there.
   * @param meanwhile - whether nobody else can for a while
   * @returns undefined where every worker has enough to do, or none has started yet: the caller is better off to screen
   *   the block itself; rejects with a LevattnError where a worker died, or the rows cannot be read
   */
  screen(slot: BlockSlot, filter: Filter, meanwhile = false): Promise<Screened> | undefined {
    const worker = this.#workers.findIdle(meanwhile ? MOST_OWED_MEANWHILE : MOST_OWED);
    if (worker === undefined) return undefined;
    if (this.#filters[worker] !== filter) {
      this.#filters[worker] = filter;
      this.#workers.tell(worker, { kind: 'filter', filter });
    }
    const { start, rows, gate, late } = slot;
    const place = this.#place(worker, slot);
    const answer = this.#workers
      .ask(worker, { kind: 'block', place, start, rows, gate, late: late.reads })
      .then((found) => {
        if ('failure' in found) throw lateError(found.failure);
        slot.noteStored(found.stored);
        return found.screened;
      });
    // Whoever waits for the answer is told of a failure; until then it must not count as unhandled.
    answer.catch(() => {});
    return answer;
  }

  /** The number by which a worker knows the slot as it is. */
  #place(worker: number, { memory: values, gram, squares, weighted }: BlockSlot): number {
    const places = this.#places[worker];
    const known = places.get(values);
    if (known !== undefined) return known;
    this.#workers.tell(worker, { kind: 'place', place: { values, gram, squares, weighted } });
    places.set(values, places.size);
    return places.size - 1;
  }

  /** Ends the workers. */
  close(): Promise<void> {
    return this.#workers.close();
  }
}

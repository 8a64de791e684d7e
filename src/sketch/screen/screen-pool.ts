/**
 * Worker threads that screen blocks. What they answer does not depend on how many there are: each block is screened on its
 * own, and its answer is waited for in the order of the blocks.
 */

import { SCREEN_WORKER_FILE } from '../../files.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { Values } from '../../rows/row-block.js';
import { Workers } from '../../threads/workers.js';
import type { SketchShape } from './block.js';
import type { BlockSlot } from './block-slot.js';
import type { Filter } from './filter.js';
import type { Screened } from './screen.js';
import type { WorkerMessage, WorkerSetup } from './screen-protocol.js';

/** Blocks that a worker has at once: one under way, one to go on with while its answer is looked at. */
const MOST_OWED = 2;

/** And where the thread that asks will be busy for long. */
const MOST_OWED_MEANWHILE = 8;

/** Some worker threads that share the kernels' memory; the thread that owns them is one more to compute. */
export class ScreenPool {
  readonly #workers: Workers<WorkerMessage, Screened>;
  /** What each screens by. */
  readonly #filters: (Filter | undefined)[] = [];
  /** The places that each knows by number: those of slots, by the memory that holds their rows. */
  readonly #places: Map<Values, number>[];

  constructor(workers: number, kernels: Kernels, shape: SketchShape) {
    this.#places = Array.from({ length: workers }, () => new Map());
    this.#workers = new Workers(SCREEN_WORKER_FILE, workers, { handle: kernels.handle, shape } satisfies WorkerSetup);
  }

  /**
   * Screens the block in a slot, which must be left alone until the answer is there.
   * @param meanwhile - whether nobody else can for a while
   * @returns undefined where every worker has enough to do, or none has started yet: the caller is better off to screen
   *   the block itself; rejects with a LevattnError where a worker died
   */
  screen(slot: BlockSlot, filter: Filter, meanwhile = false): Promise<Screened> | undefined {
    const worker = this.#workers.findIdle(meanwhile ? MOST_OWED_MEANWHILE : MOST_OWED);
    if (worker === undefined) return undefined;
    if (this.#filters[worker] !== filter) {
      this.#filters[worker] = filter;
      this.#workers.tell(worker, { kind: 'filter', filter });
    }
    const { start, rows, gate } = slot;
    return this.#workers.ask(worker, { kind: 'block', place: this.#place(worker, slot), start, rows, gate });
  }

  /** The number by which a worker knows the slot as it is. */
  #place(worker: number, { values, gram, squares, weighted }: BlockSlot): number {
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

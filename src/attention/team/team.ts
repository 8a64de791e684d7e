/**
 * The threads that work out attention scores: blocks of queries are handed to whoever is free, and what came of them is given back in
 * order. A block's answers depend on its queries alone, and whoever sums them does so in order: results are the same for any number of
 * threads and any size of blocks.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { dataError } from '../../errors.js';
import { ATTENTION_WORKER_FILE } from '../../files.js';
import { isBuiltIn, type ScoringFunction } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import { Places } from '../../kernels/places.js';
import type { Values } from '../../rows/row-block.js';
import type { RowBlocks } from '../../rows/row-stream.js';
import { Workers } from '../../threads/workers.js';
import { type QueryRows, queryTiles, type TileOptions } from '../dense/query-tiles.js';
import { singleStride, singles } from '../dense/single-scores.js';
import type { WorkSpace } from '../dense/work-space.js';
import { createBlocks } from './create-blocks.js';
import type { AttentionAnswer, AttentionMessage, AttentionSetup, BlockAnswer, BlockSetup, Blocks } from './protocol.js';
import type { QueryBlock, QueryRun, QuerySlot } from './query-block.js';

/** Multiplications before threads are started: it takes longer to start them than to do these. */
const WORK_BEFORE_START = 2 ** 29;

/** How many times as much must be expected for threads to be started before anything is known. */
const SURE = 8;

/** Blocks that a worker is asked for at a time: one it works on, and the next. There is one more block than workers. */
const BLOCKS_EACH = 2;

/** Scores held at a time by all blocks together, but for a few queries in each in any case. */
const SCORES = 3 * 2 ** 20;
const LEAST_QUERIES = 8;
const MOST_QUERIES = 64;

/** Queries, what was worked out of them, and their scores: valid until the next ones are asked for. */
export interface Answered<Setup extends BlockSetup> {
  readonly tile: QueryRows;
  readonly answer: BlockAnswer<Setup>;
  readonly scores: readonly Values[];
}

/** Keys of a list of scores. */
export interface ScoredKeys {
  readonly d: number;
  readonly size: number;
  /** Whether the scores are float32; default: float64. */
  readonly single?: boolean | undefined;
}

/** A block under way. */
interface Pending {
  readonly tile: QueryRows;
  readonly block: QueryBlock;
  readonly answer: Promise<AttentionAnswer> | AttentionAnswer;
}

/** Queries, and how they are taken in. */
export interface TeamQueries extends Omit<TileOptions, 'd' | 'most' | 'kernels'> {
  readonly rows: RowBlocks;
}

/** Some threads, for one head after another. */
export class AttentionTeam {
  readonly kernels: Kernels;
  /** That compute, >= 1. */
  readonly threads: number;
  readonly #workBeforeStart: number;
  readonly #places: WorkSpace;
  /** What is held in the kernels' memory for a head, and used again for the next. */
  readonly #room: Places<string>;
  #workers: Workers<AttentionMessage, AttentionAnswer> | undefined;
  #work = 0;

  /**
   * @param threads - that compute, >= 1; with 1 it is the caller's own, with more the caller's reads queries and sums up what the
   *   others find
   * @param workBeforeStart - multiplications before they are started
   */
  constructor(kernels: Kernels, threads: number, workBeforeStart = WORK_BEFORE_START) {
    this.kernels = kernels;
    this.threads = threads;
    this.#workBeforeStart = workBeforeStart;
    this.#places = new Places(kernels);
    this.#room = new Places(kernels);
  }

  /** `length` numbers in the kernels' memory, until that name is asked for again. */
  room(name: string, length: number): Float64Array {
    return this.#room.take(name, length);
  }

  /**
   * Works on queries, block by block.
   *
   * @param keys - of each list of scores that is made of a query
   * @param functions - those that the setup names
   * @returns what came of all blocks, in order
   * @throws LevattnError where columns do not agree, a query is not finite, or what a function gives is no float64
   */
  async *run<Setup extends BlockSetup>(
    setup: Setup,
    keys: readonly ScoredKeys[],
    functions: readonly ScoringFunction[],
    { rows, ...options }: TeamQueries,
  ): AsyncGenerator<Answered<Setup>, void, undefined> {
    const others = functions.every(isBuiltIn) ? this.threads : 1;
    const count = others > 1 ? others + 1 : 1;
    const { d } = keys[0];
    const all = keys.reduce((sum, { size }) => sum + size, 0);
    const most = Math.max(LEAST_QUERIES, Math.min(MOST_QUERIES, 4 * Math.floor(SCORES / (4 * count * all))));
    const own = createBlocks(this.kernels, this.#places, setup, functions);
    const slots = Array.from(
      { length: count },
      (_, slot): QuerySlot => ({
        queries: this.room(`queries ${slot}`, most * d),
        scores: keys.map(({ size, single }, at) => {
          const name = `scores ${slot} ${at}`;
          const length = most * singleStride(size);
          return single ? singles(this.room(name, length / 2), length) : this.room(name, most * size);
        }),
      }),
    );
    const pending: Pending[] = [];
    let begun = false;
    let next = 0;
    try {
      for await (const tile of queryTiles(rows, { ...options, d, most, kernels: this.kernels })) {
        if (pending.length === count) yield* this.#first<Setup>(pending);
        const at = next++ % count;
        const slot = slots[at];
        slot.queries.set(tile.values);
        const run: QueryRun = { start: tile.start, rows: tile.rows, bad: tile.bad };
        const block: QueryBlock = { ...run, ...slot };
        this.#work += tile.rows * all * d;
        const workers = this.#ready(others);
        if (workers && !begun) {
          for (let worker = 0; worker < workers.count; worker++) workers.tell(worker, { kind: 'begin', setup, slots });
          begun = true;
        }
        pending.push({ tile, block, answer: workers ? this.#ask(workers, at, run) : await this.#compute(own, block) });
      }
      while (pending.length > 0) yield* this.#first<Setup>(pending);
    } finally {
      // Their memory is used again.
      await Promise.allSettled(pending.map(({ answer }) => answer));
    }
  }

  /** Is told of how many multiplications will come: threads that are worth it start at once. */
  expect(multiplications: number): void {
    if (this.threads > 1 && multiplications > SURE * this.#workBeforeStart) this.#start();
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#workers?.close();
    this.#workers = undefined;
  }

  /** The workers, once they are worth starting and have started. */
  #ready(others: number): Workers<AttentionMessage, AttentionAnswer> | undefined {
    if (others === 1) return undefined;
    if (this.#work > this.#workBeforeStart) this.#start();
    return this.#workers?.allReady ? this.#workers : undefined;
  }

  #start(): void {
    const setup: AttentionSetup = { handle: this.kernels.handle };
    this.#workers ??= new Workers(ATTENTION_WORKER_FILE, this.threads, setup);
  }

  /** The worker that owes the fewest answers has room for one. */
  #ask(workers: Workers<AttentionMessage, AttentionAnswer>, slot: number, run: QueryRun): Promise<AttentionAnswer> {
    const worker = workers.findIdle(1) ?? workers.findIdle(BLOCKS_EACH) ?? 0;
    return workers.ask(worker, { kind: 'block', slot, run });
  }

  /** On this thread; signals, timers and workers that have started get their turn. */
  async #compute(own: Blocks, block: QueryBlock): Promise<AttentionAnswer> {
    const answer = own.compute(block);
    await turn();
    return { answer };
  }

  /** The first block under way, when it is done. */
  async *#first<Setup extends BlockSetup>(pending: Pending[]): AsyncGenerator<Answered<Setup>, void, undefined> {
    const [{ tile, block, answer }] = pending;
    const said = await answer;
    if ('problem' in said) throw dataError(said.problem);
    yield { tile, answer: said.answer as BlockAnswer<Setup>, scores: block.scores };
    pending.shift();
  }
}

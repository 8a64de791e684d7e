/**
 * The threads that score keys: this one reads blocks, and whoever is free works on the next. Results are the same for any number of
 * threads: a block's scores depend on its keys alone, and a query's denominator takes in all blocks in order on one thread.
 */

import { SCORING_WORKER_FILE } from '../../files.js';
import type { Kernels } from '../../kernels/kernels.js';
import { blockRowsFor } from '../../sketch/sketch-options.js';
import { Workers } from '../../threads/workers.js';
import type { KeyBlock, KeySource } from '../key-source.js';
import {
  type AttendingQueries,
  type DenominatorSums,
  Denominators,
  noDenominators,
  QueryProducts,
} from '../observed-attention.js';
import type { ScoredKeys } from '../scores.js';
import { workRoom } from '../work-room.js';
import { type BlockScores, costOf, costOfQueries, createBlockScorer } from './block-scores.js';
import type { BlockTask, ScoringAnswer, ScoringMessage, ScoringSetup, SharedKeys } from './protocol.js';

/** Multiplications before threads are started: it takes longer to start them than to do these. */
const WORK_BEFORE_START = 2 ** 29;

/** Blocks under way beside one for each worker. */
const SPARE_BLOCKS = 1;

/** Queries of a share are a multiple of this, so that products are worked out in the same groups of columns. */
const SHARE = 16;

/** A block under way. */
interface Pending {
  readonly start: number;
  readonly rows: number;
  readonly answer: Promise<ScoringAnswer>;
}

/** Some threads, for one pass after another. */
export class ScoringTeam {
  readonly kernels: Kernels;
  /** That compute, >= 1. */
  readonly threads: number;
  readonly #workBeforeStart: number;
  #workers: Workers<ScoringMessage, ScoringAnswer> | undefined;
  #work = 0;

  /**
   * @param threads - that compute; with 1 it is the caller's own, with more the caller's reads for the others
   * @param workBeforeStart - multiplications before they are started
   */
  constructor(kernels: Kernels, threads: number, workBeforeStart = WORK_BEFORE_START) {
    this.kernels = kernels;
    this.threads = threads;
    this.#workBeforeStart = workBeforeStart;
  }

  /** Scores of all keys, in order. */
  async *scores(keys: KeySource, scores: BlockScores): AsyncGenerator<ScoredKeys, void, undefined> {
    const { d } = keys;
    const own = createBlockScorer(scores, d, this.kernels);
    const cost = costOf(scores, d);
    const hasIndex = scores.kind === 'shares' && scores.queries.sees !== undefined;
    const pending: Pending[] = [];
    let begun = false;
    let next = 0;
    try {
      for await (const block of keys.read()) {
        const workers = this.#ready(block.rows * cost);
        if (!workers) {
          const { start, rows } = block;
          yield { start, rows, score: own(block) };
          continue;
        }
        if (!begun) this.#begin(workers, () => ({ d, ...scores }));
        begun = true;
        const slots = workers.count + SPARE_BLOCKS;
        if (pending.length === slots) yield await answered(pending.shift()!);
        const shared = this.#share(block, next++ % slots, hasIndex);
        const worker = workers.findIdle(1) ?? workers.findIdle(2) ?? 0;
        const { start, rows } = block;
        pending.push({ start, rows, answer: workers.ask(worker, { kind: 'block', keys: shared }) });
      }
      while (pending.length > 0) yield await answered(pending.shift()!);
    } finally {
      // Their memory is used again.
      await Promise.allSettled(pending.map(({ answer }) => answer));
    }
  }

  /** Denominators of queries over all keys: each thread takes some queries, and every block. */
  async denominators(keys: KeySource, queries: AttendingQueries): Promise<DenominatorSums> {
    const { d } = keys;
    const sums = noDenominators(queries.index.length);
    const own = new Denominators(new QueryProducts(queries, d, this.kernels), sums, this.kernels);
    const cost = costOfQueries(queries, d);
    const shares = sharesOf(queries, d, this.threads);
    const pending: Promise<unknown>[] = [];
    let begun = false;
    let next = 0;
    try {
      for await (const block of keys.read()) {
        const workers = this.#ready(block.rows * cost);
        if (!workers) {
          own.add(block);
          continue;
        }
        if (!begun) {
          this.#begin(workers, (worker) => {
            const share = shares[worker];
            return share && { kind: 'denominators', d, queries: share.queries, sums: part(sums, share) };
          });
        }
        begun = true;
        if (pending.length === SPARE_BLOCKS + 1) await pending.shift();
        const shared = this.#share(block, next++ % (SPARE_BLOCKS + 1), queries.sees !== undefined);
        const answers = shares.map((_, worker) => workers.ask(worker, { kind: 'block', keys: shared }));
        const all = Promise.all(answers);
        // Whoever waits for it is told of a failure.
        all.catch(() => {});
        pending.push(all);
      }
      await Promise.all(pending.splice(0));
      if (begun) {
        for (const [worker, { from }] of shares.entries()) {
          const found = (await this.#workers!.ask(worker, { kind: 'sums' })) as DenominatorSums;
          sums.most.set(found.most, from);
          sums.total.set(found.total, from);
        }
      }
    } finally {
      await Promise.allSettled(pending);
    }
    return sums;
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#workers?.close();
    this.#workers = undefined;
  }

  /** The workers, once they are worth starting and have started. */
  #ready(work: number): Workers<ScoringMessage, ScoringAnswer> | undefined {
    if (this.threads === 1) return undefined;
    this.#work += work;
    if (!this.#workers && this.#work > this.#workBeforeStart) {
      const setup: ScoringSetup = { handle: this.kernels.handle };
      this.#workers = new Workers(SCORING_WORKER_FILE, this.threads, setup);
    }
    return this.#workers?.allReady ? this.#workers : undefined;
  }

  #begin(workers: Workers<ScoringMessage, ScoringAnswer>, taskOf: (worker: number) => BlockTask | undefined): void {
    for (let worker = 0; worker < workers.count; worker++) {
      const task = taskOf(worker);
      if (task) workers.tell(worker, { kind: 'begin', task });
    }
  }

  /** Puts a block where all threads see it. */
  #share({ start, rows, d, values, index }: KeyBlock, slot: number, hasIndex: boolean): SharedKeys {
    const room = workRoom(this.kernels)(`keys ${slot}`, blockRowsFor(d) * d);
    room.set(values.subarray(0, rows * d));
    return { start, rows, values: room, index: hasIndex ? index.slice(0, rows) : new Float64Array(0) };
  }
}

const answered = async ({ start, rows, answer }: Pending): Promise<ScoredKeys> => ({
  start,
  rows,
  score: (await answer) as Float64Array,
});

/** Some queries, from one of them on. */
interface Share {
  readonly from: number;
  readonly queries: AttendingQueries;
}

/** As many shares of queries as there are threads, fewer where there are few queries. */
function sharesOf(queries: AttendingQueries, d: number, threads: number): Share[] {
  const { values, index } = queries;
  const each = Math.ceil(index.length / threads / SHARE) * SHARE;
  return Array.from({ length: Math.ceil(index.length / each) }, (_, at) => {
    const [from, to] = [at * each, Math.min(index.length, (at + 1) * each)];
    return {
      from,
      queries: { ...queries, values: values.slice(from * d, to * d), index: index.slice(from, to) },
    };
  });
}

const part = ({ most, total }: DenominatorSums, { from, queries: { index } }: Share): DenominatorSums => ({
  most: most.slice(from, from + index.length),
  total: total.slice(from, from + index.length),
});

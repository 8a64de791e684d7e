/**
 * The threads that search a tile: each has some of its strips, and all get every block. The thread that reads K is one of
 * them, and has all strips until the others are worth starting and have started.
 *
 * What becomes of a query does not depend on who searches it, nor on the queries around it: results are the same for any
 * number of threads.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { EXACT_WORKER_FILE } from '../../files.js';
import { isBuiltIn } from '../../functions.js';
import type { Kernels } from '../../kernels/kernels.js';
import { STRIP } from '../../kernels/query-strips.js';
import { Workers } from '../../threads/workers.js';
import { createSearch, stripUnit } from './create-search.js';
import type { ExactAnswer, ExactMessage, ExactSetup } from './exact-protocol.js';
import type { KeyBlock, KeyTotals, QueryTile, SearchConfig, StripRange, TileEntries, TileSearch } from './search.js';

/** Multiplications before threads are started: it takes longer to start them than to do these. */
const WORK_BEFORE_START = 2 ** 29;

/** Multiplications between two turns of signals and timers. */
const WORK_PER_TURN = 2 ** 31;

/** Strips that `count` queries fill. */
export const stripsOf = (count: number): number => Math.ceil(count / STRIP);

/** Work on a block, which must be left alone until both promises are kept. */
export interface Work {
  /** That of the calling thread: to be waited for before it is given more. */
  readonly own: Promise<void>;
  readonly others: Promise<unknown>;
}

/** The threads that search tiles, one after another. */
export class Team {
  readonly #kernels: Kernels;
  readonly #config: SearchConfig;
  readonly #tile: QueryTile;
  /** How many threads there may be beside this one. */
  readonly #others: number;
  readonly #own: TileSearch;
  #workers: Workers<ExactMessage, ExactAnswer> | undefined;
  /** Whether the workers have their share of the tile. */
  #shared = false;
  #strips = 0;
  #row = 0;
  #work = 0;

  /** @param threads - this one included; functions that only this program knows are searched by this one alone */
  constructor(kernels: Kernels, config: SearchConfig, tile: QueryTile, threads: number) {
    this.#kernels = kernels;
    this.#config = config;
    this.#tile = tile;
    this.#others = isBuiltIn(config.f) ? threads - 1 : 0;
    this.#own = createSearch(kernels, config, tile);
  }

  /** Forgets everything: the tile holds `count` queries, of which the first is global row `row`. */
  begin(count: number, row: number): void {
    this.#strips = stripsOf(count);
    this.#row = row;
    this.#shared = false;
    if (this.#workers?.allReady) this.#share(true);
    else this.#own.reset(this.#all);
  }

  /** Searches a block. */
  ingest(block: KeyBlock): Work {
    this.#work += block.rows * this.#strips * STRIP * this.#config.d;
    if (!this.#shared && this.#others > 0) {
      if (this.#workers?.allReady) this.#share(false);
      else if (this.#work > WORK_BEFORE_START) this.#start();
    }
    if (!this.#shared) return { own: this.#takeOwn(block, this.#all), others: Promise.resolve() };
    const workers = this.#workers!;
    const others = Promise.all(
      this.#shares.slice(1).map((range, worker) => workers.ask(worker, { kind: 'take', block, range })),
    );
    others.catch(() => {});
    return { own: this.#takeOwn(block, this.#shares[0]), others };
  }

  /** The entries that were found: those of this thread, which has had every query for some time, first. */
  async finish(): Promise<TileEntries[]> {
    const own = this.#own.finish();
    if (!this.#shared) return [own];
    const workers = this.#workers!;
    const others = Array.from({ length: workers.count }, (_, worker) => workers.ask(worker, { kind: 'finish' }));
    return [own, ...((await Promise.all(others)) as TileEntries[])];
  }

  /** Queries of the tile whose denominator is zero, and that are not blind. */
  get empty(): number {
    let count = 0;
    for (let i = 0; i < this.#strips * STRIP; i++) if (!this.#tile.blind[i] && this.#own.isEmpty(i)) count++;
    return count;
  }

  /** After the end: adds up what a block of keys receives; on a thread that has nothing to do, or on this one. */
  score(block: KeyBlock, totals: KeyTotals): Work {
    const worker = this.#workers?.findIdle(1);
    if (worker === undefined) return { own: this.#scoreOwn(block, totals), others: Promise.resolve() };
    const others = this.#workers!.ask(worker, { kind: 'score', block, range: this.#all, totals });
    return { own: Promise.resolve(), others };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#workers?.close();
  }

  get #all(): StripRange {
    return { from: 0, to: this.#strips, row: this.#row };
  }

  /** A range for each thread, this one first. */
  get #shares(): StripRange[] {
    const unit = stripUnit(this.#config);
    const units = Math.ceil(this.#strips / unit);
    const threads = this.#others + 1;
    const at = (thread: number): number => Math.min(this.#strips, Math.floor((units * thread) / threads) * unit);
    return Array.from({ length: threads }, (_, thread) => ({
      from: at(thread),
      to: thread + 1 === threads ? this.#strips : at(thread + 1),
      row: this.#row,
    }));
  }

  #start(): void {
    const { f, ...config } = this.#config;
    const setup: ExactSetup = { handle: this.#kernels.handle, config, f: f.name, tile: this.#tile };
    this.#workers ??= new Workers(EXACT_WORKER_FILE, this.#others, setup);
  }

  /** Gives the workers their share. */
  #share(fresh: boolean): void {
    const [own, ...others] = this.#shares;
    if (fresh) this.#own.reset(own);
    else this.#own.own(own);
    for (const [worker, range] of others.entries()) this.#workers!.tell(worker, { kind: 'own', range, fresh });
    this.#shared = true;
  }

  async #takeOwn(block: KeyBlock, range: StripRange): Promise<void> {
    for (const portion of this.#portions(range, block.rows)) {
      this.#own.ingest(block, portion);
      await turn();
    }
  }

  async #scoreOwn(block: KeyBlock, totals: KeyTotals): Promise<void> {
    for (const portion of this.#portions(this.#all, block.rows)) {
      this.#own.score(block, portion, totals);
      await turn();
    }
  }

  /** A range in parts, each so small that signals and timers need not wait long. */
  *#portions({ from, to, row }: StripRange, rows: number): Generator<StripRange> {
    const unit = stripUnit(this.#config);
    const most = Math.max(1, Math.floor(WORK_PER_TURN / (rows * this.#config.d * STRIP * unit))) * unit;
    for (let at = from; at < to; at += most) yield { from: at, to: Math.min(to, at + most), row };
  }
}

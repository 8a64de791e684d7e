/** One pass of K past a tile of queries: the next block is read while the last one is worked on. */

import { dataError } from '../../errors.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { NonFinitePolicy } from '../../rows/non-finite.js';
import { fillWhole, type RowSource } from '../../rows/row-stream.js';
import { type EntryBatch, EntryList } from '../entry-batch.js';
import type { KeyStats } from '../key-stats.js';
import { type KeyRowOptions, KeySlot } from './key-slot.js';
import { allocateTile, type KeyBlock, type QueryTile, type SearchConfig } from './search.js';
import { Team, type Work } from './team.js';
import type { TileReader } from './tile-reader.js';
import { endSeen } from './visibility.js';

/** What passes over K have met so far. */
export interface PassCounts {
  /** Rows of K that the last pass read. */
  readonly keys: number;
  /** Of these, rows with NaN or infinities, passed over. */
  readonly skippedKeys: number;
  /** Queries of all tiles whose denominator is zero: they see no key, or none that f gives anything. */
  readonly empty: number;
}

/** How keys are taken in, and who works. */
export interface KeyPassOptions {
  readonly mask?: Uint8Array | undefined;
  readonly threads?: number | undefined;
  readonly nonFinite?: NonFinitePolicy | undefined;
  readonly describeKey?: ((row: number) => string) | undefined;
  /** Where there are any, every key is to be looked at, even one that no query sees. */
  readonly stats?: KeyStats | undefined;
}

/** Runs passes over K, one for each tile of queries, in the same memory. */
export class KeyPass {
  readonly #config: SearchConfig;
  readonly #whole: boolean;
  readonly #keys: KeyRowOptions;
  readonly #tile: QueryTile;
  readonly #slots: KeySlot[];
  readonly #team: Team;
  #reach = 0;
  #most = 0;
  #counts = { keys: 0, skippedKeys: 0, empty: 0 };

  /** @param slots - blocks of keys in memory, >= 2 */
  constructor(kernels: Kernels, config: SearchConfig, slots: number, options: KeyPassOptions) {
    const { mask, threads = 1, nonFinite = 'error', describeKey = (row) => `K: row ${row}` } = options;
    this.#config = config;
    this.#whole = options.stats !== undefined;
    this.#keys = { nonFinite, describeRow: describeKey, mask };
    this.#tile = allocateTile(kernels, config);
    this.#slots = Array.from({ length: slots }, () => new KeySlot(kernels, config.d));
    this.#team = new Team(kernels, config, this.#tile, threads);
  }

  /** What has been met so far. */
  get counts(): PassCounts {
    return this.#counts;
  }

  /**
   * The heavy entries of a tile, sorted.
   *
   * @param count - queries that the reader has taken
   * @param row - global row of the first
   */
  async run(
    reader: TileReader,
    count: number,
    row: number,
    source: RowSource,
    onBlock: (counts: PassCounts) => void,
  ): Promise<EntryBatch> {
    this.#reach = reader.put(this.#tile, this.#config);
    this.#most = this.#whole ? Number.POSITIVE_INFINITY : endSeen(this.#config.sight, row + count - 1);
    this.#team.begin(count, row);
    await this.#stream(source, (block) => this.#team.ingest(block), onBlock);
    const list = new EntryList(false);
    for (const { query, key, score } of await this.#team.finish()) {
      for (let i = 0; i < query.length; i++) list.add(row + query[i], key[i], score[i]);
    }
    this.#counts.empty += this.#team.empty;
    return list.sorted(row, count);
  }

  /** What the keys receive of the tile, whose entries have been found: K once more. */
  async score(source: RowSource, stats: KeyStats, onBlock: (counts: PassCounts) => void): Promise<void> {
    const visit = (block: KeyBlock, slot: KeySlot): Work => {
      const totals = slot.clearTotals();
      const { own, others } = this.#team.score(block, totals);
      const done = Promise.all([own, others]).then(() =>
        stats.addScores(block.start, block.rows, totals.total, totals.largest),
      );
      done.catch(() => {});
      return { own, others: done };
    };
    await this.#stream(source, visit, onBlock);
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#team.close();
  }

  /** Blocks as far as a query of the tile sees. */
  async #stream(
    source: RowSource,
    visit: (block: KeyBlock, slot: KeySlot) => Work,
    onBlock: (counts: PassCounts) => void,
  ): Promise<void> {
    this.#counts.keys = 0;
    this.#counts.skippedKeys = 0;
    const busy: Promise<unknown>[] = this.#slots.map(() => Promise.resolve());
    let filling: Promise<boolean> = this.#fill(source, 0, 0);
    try {
      for (let at = 0; ; at = (at + 1) % this.#slots.length) {
        const more = await filling;
        const slot = this.#slots[at];
        const { start, rows } = slot.rows;
        if (rows === 0) break;
        const next = (at + 1) % this.#slots.length;
        const going = more && start + rows < this.#most;
        await busy[next];
        if (going) filling = this.#fill(source, next, start + rows);
        const block = slot.prepare(this.#keys, this.#reach, (skipped) => {
          this.#counts.skippedKeys += skipped;
        });
        const { own, others } = visit(block, slot);
        busy[at] = others;
        await own;
        this.#counts.keys = start + rows;
        onBlock(this.#counts);
        if (going) continue;
        if (!more) this.#checkMask();
        break;
      }
      await Promise.all(busy);
      if (this.#counts.keys === 0) throw dataError('K has no rows; there is nothing to attend to');
      await source.close();
    } catch (error) {
      // Not waited for: rows that are being read may be long in coming.
      void filling.then(source.close, source.close).catch(() => {});
      throw error;
    }
  }

  /** Begins to fill a slot with the next rows; false where there are no more after them. */
  #fill(source: RowSource, at: number, start: number): Promise<boolean> {
    const slot = this.#slots[at].rows;
    slot.clear();
    slot.start = start;
    const filling = fillWhole(source, slot);
    // Whoever waits is told of a failure; until then it must not count as unhandled.
    filling.catch(() => {});
    return filling;
  }

  #checkMask(): void {
    const { mask } = this.#keys;
    const { keys } = this.#counts;
    if (!mask || mask.length === keys) return;
    throw dataError(`the mask is for ${mask.length} keys where K has ${keys} rows; both must agree`);
  }
}

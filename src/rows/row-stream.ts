/** Rows in order, taken off a stream in whatever numbers they are wanted, whatever blocks they come in. */

import { clearMasked, countMasked, joinMasks, type MaskPart } from './masked-rows.js';
import { checkBlock, dtypeOf, type MatrixReader, type RowBlock } from './row-block.js';
import type { RowSlot } from './row-slot.js';
import { StackedRows } from './stacked-rows.js';

/** Row blocks in order, from memory or as they arrive. */
export type RowBlocks = Iterable<RowBlock> | AsyncIterable<RowBlock>;

/** Rows in order that can be put anywhere: {@link StackedRows} reads them there at once, a {@link RowStream} copies them. */
export interface RowSource {
  /** Columns, once the first rows are at hand; undefined where there are none. */
  columns(): Promise<number | undefined>;
  /** Rows at least, as far as the first header says so; undefined where none does. */
  readonly expected?: number | undefined;
  /** As for {@link MatrixReader.decodedAhead}, of the first matrix. */
  readonly decodedAhead?: boolean | undefined;
  /**
   * Puts at least one more row into a slot with room, unless there are no more. Padding comes as zeros.
   * @param late - whether reads may be left to whoever works on the slot: {@link RowSlot.late}
   * @returns false at the end
   */
  fill(slot: RowSlot, late?: boolean): Promise<boolean>;
  /**
   * Passes over the next rows.
   * @returns how many there were, fewer only at the end
   */
  skip(rows: number): Promise<number>;
  /** Which of the first `rows` rows, which have come, count: 0 for padding; undefined where there is no mask. */
  maskOf(rows: number): Uint8Array | undefined;
  /** Lets go of where the rows come from, before they have ended. */
  close(): Promise<void>;
}

/** Rows of blocks that somebody else made. */
export class RowStream implements RowSource {
  readonly #blocks: Iterator<RowBlock> | AsyncIterator<RowBlock>;
  readonly #masks: MaskPart[] = [];
  #block: RowBlock | undefined;
  /** Rows of the block that have been taken, and of all. */
  #used = 0;
  #taken = 0;
  #padding = 0;
  readonly #start: number | undefined;

  /** @param start - the first row's global index, where each block must begin behind the one before; the mask is then remembered */
  constructor(blocks: RowBlocks, start?: number) {
    this.#start = start;
    this.#blocks = Symbol.asyncIterator in blocks ? blocks[Symbol.asyncIterator]() : blocks[Symbol.iterator]();
  }

  /** Rows taken so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Of these, rows that are padding. */
  get padding(): number {
    return this.#padding;
  }

  /** Columns; undefined where there are no more rows. */
  async columns(): Promise<number | undefined> {
    while (!this.#block || this.#used === this.#block.rows) {
      const next = await this.#blocks.next();
      if (next.done) return undefined;
      this.#begin(next.value);
    }
    return this.#block.d;
  }

  /**
   * The next rows that are at hand, without a copy: at least one, unless there are no more.
   * @param most - >= 1
   * @returns valid until the next call; undefined at the end
   */
  async next(most = Number.POSITIVE_INFINITY): Promise<RowBlock | undefined> {
    if ((await this.columns()) === undefined) return undefined;
    const part = partOf(this.#block!, this.#used, most);
    this.#use(part.rows);
    return part;
  }

  /** All rows that are left, at most `most` at a time. */
  async *parts(most: number): AsyncGenerator<RowBlock, void, undefined> {
    try {
      for (let part = await this.next(most); part; part = await this.next(most)) yield part;
    } finally {
      await this.close();
    }
  }

  /**
   * Copies the next rows.
   * @param into - room for `most` rows; padding comes as zeros
   * @returns how many there were, fewer only at the end
   */
  async copy(most: number, into: Float64Array): Promise<number> {
    let count = 0;
    while (count < most) {
      const part = await this.next(most - count);
      if (!part) break;
      const { rows, d, values, mask } = part;
      const place = into.subarray(count * d, (count + rows) * d);
      place.set(values.subarray(0, rows * d));
      if (mask) clearMasked(place, d, mask);
      count += rows;
    }
    return count;
  }

  async fill(slot: RowSlot): Promise<boolean> {
    if ((await this.columns()) === undefined) return false;
    this.#use(putRows(this.#block!, this.#used, slot));
    return true;
  }

  async skip(rows: number): Promise<number> {
    let done = 0;
    while (done < rows) {
      const part = await this.next(rows - done);
      if (!part) break;
      done += part.rows;
    }
    return done;
  }

  maskOf(rows: number): Uint8Array | undefined {
    return joinMasks(this.#masks, rows);
  }

  async close(): Promise<void> {
    await this.#blocks.return?.();
  }

  #begin(block: RowBlock): void {
    checkBlock(block);
    if (this.#block && block.d !== this.#block.d) {
      throw new RangeError(`a block of ${block.d} columns after one of ${this.#block.d}`);
    }
    if (this.#start !== undefined && block.start !== this.#start + this.#taken) {
      throw new RangeError(`a block at row ${block.start} where ${this.#start + this.#taken} is next`);
    }
    // Of queries nobody asks for it, and they may be without end.
    if (block.mask && this.#start !== undefined)
      this.#masks.push({ start: this.#taken, mask: block.mask.slice(0, block.rows) });
    this.#block = block;
    this.#used = 0;
  }

  #use(rows: number): void {
    const { mask } = this.#block!;
    if (mask) this.#padding += countMasked(mask.subarray(this.#used, this.#used + rows));
    this.#used += rows;
    this.#taken += rows;
  }
}

/** Rows of whatever kind, to be put into slots. */
export const rowSource = (rows: RowBlocks | StackedRows): RowSource =>
  rows instanceof StackedRows ? rows : new RowStream(rows, 0);

/** Some rows of a block, without their ids and without a copy: at most `most` from row `from` of it on. */
export function partOf({ start, rows, d, values, mask }: RowBlock, from: number, most: number): RowBlock {
  const count = Math.min(most, rows - from);
  return {
    start: start + from,
    rows: count,
    d,
    values: values.subarray(from * d, (from + count) * d),
    mask: mask?.subarray(from, from + count),
  };
}

/**
 * Puts rows of a block, from row `from` of it on, into a slot with room; padding as zeros.
 * @returns how many it has taken
 */
export function putRows({ rows, d, values, ids, mask }: RowBlock, from: number, slot: RowSlot): number {
  const count = Math.min(slot.room, rows - from);
  const into = slot.next(dtypeOf(values));
  into.set(values.subarray(from * d, (from + count) * d));
  if (mask) clearMasked(into, d, mask.subarray(from, from + count));
  if (ids) slot.ids.addFrom(ids, from, from + count);
  slot.filled(count);
  return count;
}

/**
 * Fills a slot; false where the rows ended.
 * @param late - as for {@link RowSource.fill}
 */
export async function fillWhole(source: RowSource, slot: RowSlot, late = false): Promise<boolean> {
  while (slot.room > 0) if (!(await source.fill(slot, late))) return false;
  return true;
}

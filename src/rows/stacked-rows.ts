/** From readers to row blocks: one matrix from one reader, or from several that follow one another. */

import { dataError } from '../errors.js';
import { type ColumnNames, checkNames } from './column-names.js';
import { SharedUnits } from './column-units.js';
import type { LateReads } from './late-reads.js';
import { joinMasks } from './masked-rows.js';
import { allocate, type Dtype, type MatrixReader, type ReadProgress, type RowBlock, type Values } from './row-block.js';
import { type IdType, RowIds } from './row-ids.js';
import type { RowSlot } from './row-slot.js';

/** Bytes of values asked of a reader at a time. */
const BLOCK_BYTES = 2 ** 20;

/**
 * The rows of a matrix, in blocks of at most about 1 MiB, as they become available.
 *
 * @param start - global index of the reader's first row
 */
export async function* rowBlocks(reader: MatrixReader, start = 0): AsyncGenerator<RowBlock, void, undefined> {
  const { d, dtype } = reader;
  const most = Math.max(1, Math.floor(BLOCK_BYTES / (d * (dtype === 'float32' ? 4 : 8))));
  const values: Values = allocate(dtype, most * d);
  const ids = reader.idType && new RowIds();
  for (let next = start; ; ) {
    ids?.clear();
    const rows = await reader.read(values, most, ids);
    if (rows === 0) return;
    const mask = reader.mask?.subarray(next - start, next - start + rows);
    yield { start: next, rows, d, values, ids, mask };
    next += rows;
  }
}

/** Several matrices, one below the other, as one: row blocks in order. Each is opened when its turn comes and closed when it ends. */
export class StackedRows implements AsyncIterable<RowBlock> {
  readonly #readers: AsyncIterator<MatrixReader>;
  /** Readers begun so far, each with the global index of its first row. */
  readonly #begun: { readonly reader: MatrixReader; readonly start: number }[] = [];
  readonly #units = new SharedUnits();
  #current: MatrixReader | undefined;
  #rows = 0;
  #finishedBytes = 0;

  /** @param readers - opens the matrices one after another */
  constructor(readers: AsyncIterable<MatrixReader>) {
    this.#readers = readers[Symbol.asyncIterator]();
  }

  /** The rows in blocks. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RowBlock, void, undefined> {
    try {
      for (let reader = await this.#next(); reader; reader = await this.#next()) {
        for await (const block of rowBlocks(reader, this.#rows)) {
          yield block;
          this.#rows = block.start + block.rows;
        }
        await this.#finish(reader);
      }
    } finally {
      await this.close();
    }
  }

  /** What the columns of the first matrix are called, once it has been opened; undefined where they have no names. */
  get columnNames(): ColumnNames | undefined {
    return this.#begun[0]?.reader.columnNames;
  }

  /** Rows of the first matrix, once it has been opened; undefined where its header does not say. */
  get expected(): number | undefined {
    return this.#begun[0]?.reader.rows;
  }

  /** Whether other threads decode the rows of the first matrix, once it has been opened. */
  get decodedAhead(): boolean | undefined {
    return this.#begun[0]?.reader.decodedAhead;
  }

  /**
   * Columns of all matrices; undefined where there is no matrix at all.
   * @throws LevattnError where the first matrix cannot be opened
   */
  async columns(): Promise<number | undefined> {
    return (this.#begun[0]?.reader ?? (await this.#advance()))?.d;
  }

  /**
   * Reads at least one more row, unless there are no more, and at most `maxRows`.
   *
   * @param place - where rows of an element type go, room for `maxRows` of them
   * @param ids - receives the rows' ids, where there are any
   * @param late - what receives reads that are left to others, for an element type
   * @returns rows read; 0 at the end
   * @throws LevattnError where data is bad, or a matrix has another number of columns than the first
   */
  async read(
    place: (dtype: Dtype) => Values,
    maxRows: number,
    ids?: RowIds,
    late?: (dtype: Dtype) => LateReads | undefined,
  ): Promise<number> {
    for (;;) {
      const reader = await this.#next();
      if (!reader) return 0;
      const rows = await reader.read(place(reader.dtype), maxRows, ids, late?.(reader.dtype));
      this.#rows += rows;
      if (rows > 0) return rows;
      await this.#finish(reader);
    }
  }

  /**
   * Puts at least one more row into a slot with room, unless there are no more.
   * @param late - whether reads may be left to whoever works on the slot: {@link RowSlot.late}
   * @returns false at the end
   * @throws LevattnError as {@link read} does
   */
  async fill(slot: RowSlot, late = false): Promise<boolean> {
    slot.late.mayWait = late;
    const count = await this.read(
      (dtype) => slot.next(dtype),
      slot.room,
      slot.ids,
      late || slot.late.origins ? (dtype) => (slot.takesAsIs(dtype) ? slot.late : undefined) : undefined,
    );
    slot.filled(count);
    return count > 0;
  }

  /**
   * Passes over the next rows.
   * @returns how many there were, fewer only at the end
   * @throws LevattnError as {@link read} does
   */
  async skip(rows: number): Promise<number> {
    let done = 0;
    while (done < rows) {
      const reader = await this.#next();
      if (!reader) break;
      const count = await skipRows(reader, rows - done);
      this.#rows += count;
      done += count;
      if (count === 0) await this.#finish(reader);
    }
    return done;
  }

  /** Lets go of the matrix that is being read. */
  async close(): Promise<void> {
    await this.#current?.close();
    this.#current = undefined;
    await this.#readers.return?.();
  }

  /** Which of the first `rows` rows, which have been read, count: 0 for padding; undefined where no matrix has a mask. */
  maskOf(rows: number): Uint8Array | undefined {
    return joinMasks(
      this.#begun.flatMap(({ reader: { mask }, start }) => (mask ? [{ start, mask }] : [])),
      rows,
    );
  }

  /** Names of the matrices begun so far. */
  get names(): string[] {
    return this.#begun.map(({ reader }) => reader.name);
  }

  /** Names a row by its file and its place in it. */
  describeRow(row: number): string {
    const part = this.#begun.findLast(({ start }) => start <= row);
    return part ? `${part.reader.name}: row ${row - part.start}` : `row ${row}`;
  }

  /** Bytes of all matrices so far, and of all that is known of. */
  progress(): ReadProgress {
    const { bytes, totalBytes } = this.#current?.progress() ?? { bytes: 0, totalBytes: 0 };
    const finished = this.#finishedBytes;
    return { bytes: finished + bytes, totalBytes: totalBytes === undefined ? undefined : finished + totalBytes };
  }

  async #finish(reader: MatrixReader): Promise<void> {
    this.#finishedBytes += reader.progress().bytes;
    this.#current = undefined;
    await reader.close();
  }

  /** The matrix that the next row may be of. */
  async #next(): Promise<MatrixReader | undefined> {
    return this.#current ?? (await this.#advance());
  }

  async #advance(): Promise<MatrixReader | undefined> {
    const next = await this.#readers.next();
    if (next.done) return undefined;
    const reader = next.value;
    const first = this.#begun[0]?.reader ?? reader;
    if (reader.d !== first.d) {
      throw dataError(
        `${reader.name}: ${reader.d} columns where ${first.name} has ${first.d}; files that are one matrix must agree`,
      );
    }
    if (reader.idType !== first.idType) {
      throw dataError(
        `${reader.name}: its ids are ${spellType(reader.idType)} where ${first.name} has ${spellType(first.idType)}; files that are one matrix must agree`,
      );
    }
    refuseOtherNames(first, reader);
    this.#units.add(reader);
    this.#begun.push({ reader, start: this.#rows });
    this.#current = reader;
    return reader;
  }
}

/** Refuses a matrix whose columns have other names than the first one's, or another order: what opens them can put them in order. */
function refuseOtherNames(first: MatrixReader, reader: MatrixReader): void {
  if (!first.columnNames || !reader.columnNames) return;
  const { names } = reader.columnNames;
  checkNames({ ...first.columnNames, of: first.name }, names, reader.name);
  if (names.every((name, i) => name === first.columnNames!.names[i])) return;
  throw dataError(
    `${reader.name}: its columns are in another order than those of ${first.name}; name them in one order with --columns`,
  );
}

/** Passes over the next rows of a reader, by reading them where it cannot skip; returns how many, fewer only at the end. */
export async function skipRows(reader: MatrixReader, rows: number): Promise<number> {
  return (await reader.skip?.(rows)) ?? readPast(reader, rows);
}

/** Reads a matrix to its end: what its format ends with is read, too. */
export async function passOver(reader: MatrixReader): Promise<void> {
  while ((await skipRows(reader, SKIPPED_ROWS)) > 0);
  await readPast(reader, 1);
}

/** Rows passed over at a time. */
const SKIPPED_ROWS = 2 ** 16;

/** Reads rows that nobody wants; fewer only at the end. */
async function readPast(reader: MatrixReader, rows: number): Promise<number> {
  const most = Math.max(1, Math.min(rows, Math.floor(BLOCK_BYTES / (reader.d * 8))));
  const values = allocate(reader.dtype, most * reader.d);
  let done = 0;
  for (let count = 1; count > 0 && done < rows; done += count) {
    count = await reader.read(values, Math.min(most, rows - done));
  }
  return done;
}

const spellType = (type: IdType | undefined): string => (type === 'utf8' ? 'text' : (type ?? 'none'));

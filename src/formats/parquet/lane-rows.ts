/**
 * Rows whose columns other threads read and decode, ahead of whoever takes them.
 *
 * Where a thread cannot go on, the columns are read again here, from the first row on: what is wrong is said as on one thread, and only then.
 */

import type { Dtype, Values } from '../../rows/row-block.js';
import type { FilePlace } from '../bytes/reader.js';
import type { PutMissing } from '../missing.js';
import { ColumnRows } from './column-rows.js';
import type { LaneAnswer, LaneColumn } from './lane-protocol.js';
import { mostLanes, type OpenLane, openLane } from './lane-team.js';
import type { ColumnValues } from './values.js';

/** Bytes of a window, and how many there are: enough that a thread decodes the next pages while these are taken, and not more, as new memory takes long. */
const WINDOW_BYTES = 1 << 20;
const WINDOWS = 8;

/** Codecs of which the thread that takes rows decodes some columns, too: else it would wait for the others. */
const SLOW_CODECS: ReadonlySet<string> = new Set(['ZSTD', 'GZIP', 'BROTLI']);

/** What it then takes of the work, of what each of the others does: it has rows to take, too. */
const OWN_PART = 1 / 3;

/** A matrix in columns. */
export interface LaneMatrix {
  readonly threads: number;
  readonly file: FilePlace & { readonly length: number };
  readonly columns: readonly LaneColumn[];
  /** A column to be read here, by its place. */
  readonly open: (column: number) => ColumnValues;
  readonly lists: boolean;
  readonly rows: number;
  readonly d: number;
  readonly dtype: Dtype;
  readonly putMissing: PutMissing | undefined;
}

/** Rows on their way, or at hand. */
interface Window {
  readonly place: number;
  readonly rows: number;
  readonly answers: Promise<readonly LaneAnswer[]>;
  /** Elements without a value, once they are known. */
  missing: readonly number[];
  /** Rows that have been taken. */
  taken: number;
}

/** The next rows of a matrix. */
export class LaneRows {
  readonly decodedAhead = true;
  readonly #matrix: LaneMatrix;
  readonly #local: ColumnRows;
  readonly #lanes: readonly OpenLane[];
  /** The first columns, where they are decoded here. */
  readonly #own: ColumnRows | undefined;
  readonly #windowRows: number;
  readonly #memory: readonly Values[];
  readonly #free: number[];
  readonly #bytesRead: number[];
  /** In the order of their rows; the first may be at hand. */
  readonly #queue: Window[] = [];
  #isReady = false;
  /** Rows that were asked for, and those that have been taken or passed over. */
  #asked = 0;
  #done = 0;
  /** Windows that may be under way: where rows are passed over, more may be. */
  #most = WINDOWS;
  /** Whether the columns are read here. */
  #isLocal = false;

  /** @param local - the same columns, of which nothing need have been read */
  constructor(matrix: LaneMatrix, local: ColumnRows) {
    this.#matrix = matrix;
    this.#local = local;
    const { d, dtype, rows, columns, open, threads, putMissing } = matrix;
    const size = dtype === 'float32' ? 4 : 8;
    this.#windowRows = Math.min(rows, Math.max(1, Math.floor(WINDOW_BYTES / (d * size))));
    const windows = Array.from(
      { length: Math.min(WINDOWS, Math.ceil(rows / this.#windowRows)) },
      () => new SharedArrayBuffer(this.#windowRows * d * size),
    );
    this.#memory = windows.map((each) => (dtype === 'float32' ? new Float32Array(each) : new Float64Array(each)));
    this.#free = windows.map((_, i) => i);
    const { file, lists } = matrix;
    const common = { file, lists, dtype, d, windows, mayLack: putMissing !== undefined };
    const isSlow = columns.some(({ chunks }) => chunks.some(({ codec }) => SLOW_CODECS.has(codec)));
    const [own, ...others] = shares(columns, [isSlow ? OWN_PART : 0, ...new Array(mostLanes(threads)).fill(1)]);
    if (own!.count > 0)
      this.#own = new ColumnRows(
        columns.slice(0, own!.count).map((_, i) => open(i)),
        true,
      );
    this.#lanes = others
      .filter(({ count }) => count > 0)
      .map(({ first, count }) => openLane(threads, { ...common, first, columns: columns.slice(first, first + count) }));
    this.#bytesRead = this.#lanes.map(() => 0);
  }

  get available(): number {
    if (this.#isLocal) return this.#local.available;
    const [first] = this.#queue;
    if (!this.#isReady || !first) return 0;
    return Math.min(first.rows - first.taken, this.#own?.available ?? first.rows);
  }

  get bytesRead(): number {
    if (this.#isLocal) return this.#local.bytesRead;
    return sumOf(this.#bytesRead) + (this.#own?.bytesRead ?? 0);
  }

  get totalBytes(): number {
    return this.#local.totalBytes;
  }

  /** As for {@link ColumnRows.fill}. */
  async fill(): Promise<boolean> {
    if (!this.#isLocal) {
      if (this.available > 0) return true;
      this.#ask();
      const [next] = this.#queue;
      if (!next) return false;
      const answers = await this.#checked(next.answers, (own) => own.fill());
      if (answers) {
        next.missing = answers.flatMap(({ missing }) => missing);
        this.#isReady = true;
        return true;
      }
    }
    return this.#local.fill();
  }

  /** Puts rows that are at hand into the beginning of an array. */
  take(rows: number, into: Values): void {
    if (this.#isLocal) {
      this.#local.take(rows, into);
      return;
    }
    const { d, putMissing } = this.#matrix;
    const { place, taken, missing } = this.#queue[0]!;
    const [from, to] = [taken * d, (taken + rows) * d];
    into.set(this.#memory[place]!.subarray(from, to));
    for (const at of missing) if (at >= from && at < to) putMissing!(into, at - from);
    this.#own?.take(rows, into, 0, d);
    this.#pass(rows);
  }

  /** Passes over rows. */
  async skip(rows: number): Promise<void> {
    this.#most = 1;
    let left = rows;
    while (left > 0 && !this.#isLocal && this.#queue.length > 0 && (await this.fill())) {
      const count = Math.min(left, this.available);
      // They are at hand.
      await (this.#isLocal ? this.#local : this.#own)?.skip(count);
      if (!this.#isLocal) this.#pass(count);
      left -= count;
    }
    if (left === 0) return;
    if (!this.#isLocal) {
      this.#asked += left;
      const skipped = Promise.all(this.#lanes.map((lane) => lane.skip(left)));
      if (await this.#checked(skipped, (own) => own.skip(left))) {
        this.#done += left;
        return;
      }
    }
    await this.#local.skip(left);
  }

  /** As for {@link ColumnRows.expectEnd}. */
  async expectEnd(): Promise<void> {
    if (!this.#isLocal) {
      const ended = Promise.all(this.#lanes.map((lane) => lane.end()));
      if (await this.#checked(ended, (own) => own.expectEnd())) return;
    }
    await this.#local.expectEnd();
  }

  /** Resolves when no thread reads the file any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#queue.splice(0).map(({ answers }) => answers));
    for (const lane of this.#lanes) lane.close();
  }

  /** Asks for rows as far as there are windows for them. */
  #ask(): void {
    const { rows: n } = this.#matrix;
    while (this.#asked < n && this.#queue.length < this.#most && this.#free.length > 0) {
      const place = this.#free.pop()!;
      const rows = Math.min(this.#windowRows, n - this.#asked);
      const answers = Promise.all(this.#lanes.map((lane) => lane.fill(place, rows)));
      // Whoever waits for the answer is told of a failure; until then it must not count as unhandled.
      answers.catch(() => {});
      this.#queue.push({ place, rows, answers, missing: [], taken: 0 });
      this.#asked += rows;
    }
  }

  /** Rows that are at hand have been taken. */
  #pass(rows: number): void {
    const [first] = this.#queue;
    first!.taken += rows;
    this.#done += rows;
    if (first!.taken < first!.rows) return;
    this.#queue.shift();
    this.#free.push(first!.place);
    this.#isReady = false;
    this.#ask();
  }

  /**
   * The answers of all lanes; undefined where one cannot go on, and the columns are read here from now on.
   * @param meanwhile - does the same to columns that are decoded here
   */
  async #checked(
    answers: Promise<readonly LaneAnswer[]>,
    meanwhile: (own: ColumnRows) => Promise<unknown>,
  ): Promise<readonly NonNullable<LaneAnswer>[] | undefined> {
    const isDone = (result: unknown): boolean => result !== false;
    const own = this.#own && meanwhile(this.#own).then(isDone, () => false);
    const sound = (await answers).flatMap((answer) => answer ?? []);
    if (sound.length === this.#lanes.length && (await own) !== false) {
      for (const [i, { bytesRead }] of sound.entries()) this.#bytesRead[i] = bytesRead;
      return sound;
    }
    this.#isLocal = true;
    await this.close();
    await this.#local.skip(this.#done);
    return undefined;
  }
}

/** Some neighbouring columns. */
interface Share {
  readonly first: number;
  readonly count: number;
}

/**
 * Shares of columns, in the order of their places: those whose parts of all work are about the given ones. Where there are few columns, some have none.
 * Work is bytes to decode and to write.
 */
function shares(columns: readonly LaneColumn[], parts: readonly number[]): Share[] {
  const work = columns.map(({ chunks }) =>
    chunks.reduce(
      (sum, { total_compressed_size: size, num_values: count }) => sum + Number(size) + 8 * Number(count),
      0,
    ),
  );
  const unit = sumOf(work) / sumOf(parts);
  let next = 0;
  let done = 0;
  let end = 0;
  return parts.map((part, i) => {
    const first = next;
    end += part * unit;
    // A column is in the share that the middle of its work is in.
    const isIn = (): boolean => next < work.length && (i === parts.length - 1 || done + work[next]! / 2 < end);
    while (isIn()) done += work[next++]!;
    return { first, count: next - first };
  });
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/**
 * Rows whose columns other threads read and decode, ahead of whoever takes them.
 *
 * Where a thread cannot go on, the columns are read again here, from the first row on: what is wrong is said as on one thread, and only then.
 */

import type { Dtype, Values } from '../../rows/row-block.js';
import type { FilePlace } from '../bytes/reader.js';
import type { PutMissing } from '../missing.js';
import type { ColumnRows } from './column-rows.js';
import type { LaneAnswer, LaneColumn } from './lane-protocol.js';
import { mostLanes, type OpenLane, openLane } from './lane-team.js';

/** Bytes of a window, and how many there are: enough that a thread decodes the next pages while these are taken, and not more, as new memory takes long. */
const WINDOW_BYTES = 1 << 20;
const WINDOWS = 8;

/** A matrix in columns. */
export interface LaneMatrix {
  readonly threads: number;
  readonly file: FilePlace & { readonly length: number };
  readonly columns: readonly LaneColumn[];
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
  /** Windows that may be under way: one where rows are passed over, as the next ones may be, too. */
  #most = WINDOWS;
  /** Whether the columns are read here. */
  #isLocal = false;

  /** @param local - the same columns, of which nothing need have been read */
  constructor(matrix: LaneMatrix, local: ColumnRows) {
    this.#matrix = matrix;
    this.#local = local;
    const { d, dtype, rows, columns, threads, putMissing } = matrix;
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
    this.#lanes = shares(columns, mostLanes(threads)).map(({ first, columns: some }) =>
      openLane(threads, { ...common, first, columns: some }),
    );
    this.#bytesRead = this.#lanes.map(() => 0);
  }

  get available(): number {
    if (this.#isLocal) return this.#local.available;
    const [first] = this.#queue;
    return this.#isReady && first ? first.rows - first.taken : 0;
  }

  get bytesRead(): number {
    return this.#isLocal ? this.#local.bytesRead : sumOf(this.#bytesRead);
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
      const answers = await this.#checked(next.answers);
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
    this.#pass(rows);
  }

  /** Passes over rows. */
  async skip(rows: number): Promise<void> {
    this.#most = 1;
    let left = rows;
    while (left > 0 && !this.#isLocal && this.#queue.length > 0 && (await this.fill())) {
      const count = Math.min(left, this.available);
      if (this.#isLocal) await this.#local.skip(count);
      else this.#pass(count);
      left -= count;
    }
    if (left === 0) return;
    if (!this.#isLocal) {
      this.#asked += left;
      const skipped = Promise.all(this.#lanes.map((lane) => lane.skip(left)));
      if (await this.#checked(skipped)) {
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
      if (await this.#checked(ended)) return;
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

  /** The answers of all lanes; undefined where one cannot go on, and the columns are read here from now on. */
  async #checked(answers: Promise<readonly LaneAnswer[]>): Promise<readonly NonNullable<LaneAnswer>[] | undefined> {
    const sound = (await answers).flatMap((answer) => answer ?? []);
    if (sound.length === this.#lanes.length) {
      for (const [i, { bytesRead }] of sound.entries()) this.#bytesRead[i] = bytesRead;
      return sound;
    }
    this.#isLocal = true;
    await this.close();
    await this.#local.skip(this.#done);
    return undefined;
  }
}

/** Some of the columns, and which of all is their first. */
interface Share {
  readonly first: number;
  readonly columns: readonly LaneColumn[];
}

/** Neighbouring columns for each of at most `most` lanes: each has about as many bytes to decode and to write. */
function shares(columns: readonly LaneColumn[], most: number): Share[] {
  const work = columns.map(({ chunks }) =>
    sumOf(chunks.map(({ total_compressed_size: size, num_values: count }) => Number(size) + 8 * Number(count))),
  );
  const whole = sumOf(work);
  let before = 0;
  // A column is in the share that the middle of its work is in.
  const of = work.map((each) => {
    const middle = (before + each / 2) / whole;
    before += each;
    return Math.min(most - 1, Math.floor(most * middle));
  });
  return [...new Set(of)].map((share) => {
    const first = of.indexOf(share);
    return { first, columns: columns.slice(first, of.lastIndexOf(share) + 1) };
  });
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/** One lane, on the thread that decodes it. */

import { readSync } from 'node:fs';
import type { Values } from '../../rows/row-block.js';
import type { SeekableFile } from '../seeking.js';
import { ColumnRows } from './column-rows.js';
import type { LaneAnswer, LaneMessage, LaneSetup } from './lane-protocol.js';
import { ColumnPages } from './pages.js';
import { ReusedMemory } from './reused-memory.js';
import { numbersOf } from './times.js';
import { ColumnValues } from './values.js';

/** A lane's columns and windows. */
export class Lane {
  readonly #setup: LaneSetup;
  readonly #windows: readonly Values[];
  readonly #columns: readonly ColumnValues[];
  #rows: ColumnRows | undefined;
  #missing: number[] = [];
  #failed = false;

  constructor(setup: LaneSetup) {
    const { dtype, windows, columns, lists, mayLack } = setup;
    this.#setup = setup;
    this.#windows = windows.map((memory) =>
      dtype === 'float32' ? new Float32Array(memory) : new Float64Array(memory),
    );
    const file = fileOf(setup);
    const memory = new ReusedMemory();
    // Nobody sees the names: what is wrong is found by the thread that asks.
    const options = { name: '', source: '', lists, putMissing: mayLack ? this.#note : undefined };
    this.#columns = columns.map(({ path: elements, chunks }) => {
      const path = elements.map((element) => ({ element }));
      const { convert } = numbersOf(elements.at(-1)!)!;
      return new ColumnValues(new ColumnPages(file, { path, chunks, convert, name: '', memory }), path, options);
    });
  }

  /** Does what a message asks for. */
  async answer(message: Extract<LaneMessage, { kind: 'fill' | 'skip' | 'end' }>): Promise<LaneAnswer> {
    if (this.#failed) return undefined;
    try {
      this.#missing = [];
      this.#rows ??= await this.#open();
      if (message.kind === 'fill') await this.#fill(this.#rows, this.#windows[message.window]!, message.rows);
      else if (message.kind === 'skip') await this.#rows.skip(message.rows);
      else await this.#rows.expectEnd();
      return { bytesRead: this.#rows.bytesRead, missing: this.#missing };
    } catch {
      this.#failed = true;
      return undefined;
    }
  }

  async #open(): Promise<ColumnRows> {
    for (const column of this.#columns) await column.findWidth();
    return new ColumnRows(this.#columns, false);
  }

  async #fill(from: ColumnRows, window: Values, rows: number): Promise<void> {
    const { d, first } = this.#setup;
    for (let done = 0; done < rows; ) {
      if (!(await from.fill())) throw new RangeError('fewer values than rows');
      const count = Math.min(rows - done, from.available);
      from.take(count, window, done * d + first, d);
      done += count;
    }
  }

  readonly #note = (into: Values, at: number): void => {
    into[at] = Number.NaN;
    this.#missing.push(at);
  };
}

/** The file, read without waiting for other threads. */
function fileOf({ file: { descriptor, position, length } }: LaneSetup): SeekableFile {
  return {
    length,
    readAt: async (into, offset) => {
      let filled = 0;
      while (filled < into.length) {
        const count = readSync(descriptor, into, filled, into.length - filled, position + offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    },
  };
}

/** A copy of rows in memory as they are read, from which further passes over them are served, where there is room for all. */

import type { MatrixReader, Values } from './row-block.js';
import { RowIds } from './row-ids.js';

/** Some rows as they were read. */
interface Part {
  readonly rows: number;
  readonly values: Values;
}

/** What was read of one matrix. */
interface Copied {
  readonly reader: MatrixReader;
  readonly parts: Part[];
  readonly ids: RowIds;
}

/** Copies of one matrix after another. */
export class RowCopies {
  #left: number;
  #copied: Copied[] = [];
  #complete = false;

  /** @param bytes - that all copies may take */
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Whether all rows are here. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The same reader, of which rows are copied on the way until there is no more room. */
  copying(reader: MatrixReader): MatrixReader {
    const copied: Copied = { reader, parts: [], ids: new RowIds() };
    this.#copied.push(copied);
    const { d, dtype, idType } = reader;
    return {
      ...reader,
      // Rows that are passed over would be missing.
      skip: undefined,
      read: async (into, maxRows, ids) => {
        if (this.#left <= 0) return reader.read(into, maxRows, ids);
        const own = idType ? new RowIds() : undefined;
        const rows = await reader.read(into, maxRows, own ?? ids);
        if (own) ids?.addFrom(own, 0, own.length);
        this.#left -= rows * d * (dtype === 'float32' ? 4 : 8);
        if (this.#left > 0 && rows > 0) {
          copied.parts.push({ rows, values: into.slice(0, rows * d) });
          if (own) copied.ids.addFrom(own, 0, own.length);
        } else if (this.#left <= 0) this.giveUp();
        return rows;
      },
    };
  }

  /** Copies nothing, and nothing any more. */
  giveUp(): void {
    this.#left = 0;
    this.#copied = [];
  }

  /** The last matrix has been read to its end. */
  end(): void {
    this.#complete = this.#left > 0;
  }

  /** The matrices, from memory. */
  async *readers(): AsyncGenerator<MatrixReader, void, undefined> {
    for (const copied of this.#copied) yield fromMemory(copied);
  }
}

function fromMemory({ reader, parts, ids: all }: Copied): MatrixReader {
  const { d } = reader;
  let part = 0;
  let taken = 0;
  let done = 0;
  return {
    ...reader,
    skip: undefined,
    async read(into, maxRows, ids) {
      let rows = 0;
      while (rows < maxRows && part < parts.length) {
        const { rows: there, values } = parts[part]!;
        const count = Math.min(maxRows - rows, there - taken);
        into.set(values.subarray(taken * d, (taken + count) * d), rows * d);
        rows += count;
        taken += count;
        if (taken === there) {
          part++;
          taken = 0;
        }
      }
      if (reader.idType) ids?.addFrom(all, done, done + rows);
      done += rows;
      return rows;
    },
    close: async () => {},
  };
}

/** From readers to row blocks: one matrix from one reader, or from several that follow one another. */

import { dataError } from '../errors.js';
import { allocate, type MatrixReader, type RowBlock, type Values } from './row-block.js';

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
  for (let next = start; ; ) {
    const rows = await reader.read(values, most);
    if (rows === 0) return;
    yield { start: next, rows, d, values };
    next += rows;
  }
}

/** Several matrices, one below the other, as one. Each is opened when its turn comes and closed when it ends. */
export class StackedRows {
  /** Readers begun so far, each with the global index of its first row. */
  readonly #begun: { readonly reader: MatrixReader; readonly start: number }[] = [];
  #rows = 0;

  /** @param readers - opens the matrices one after another */
  constructor(readonly readers: AsyncIterable<MatrixReader>) {}

  /**
   * All rows in order.
   * @throws LevattnError where a matrix has another number of columns than the first
   */
  async *blocks(): AsyncGenerator<RowBlock, void, undefined> {
    for await (const reader of this.readers) {
      const first = this.#begun[0]?.reader ?? reader;
      if (reader.d !== first.d) {
        throw dataError(
          `${reader.name}: ${reader.d} columns where ${first.name} has ${first.d}; files that are one matrix must agree`,
        );
      }
      this.#begun.push({ reader, start: this.#rows });
      for await (const block of rowBlocks(reader, this.#rows)) {
        this.#rows = block.start + block.rows;
        yield block;
      }
      await reader.close();
    }
  }

  /** Names a row by its file and its place in it. */
  describeRow(row: number): string {
    const part = this.#begun.findLast(({ start }) => start <= row);
    return part ? `${part.reader.name}: row ${row - part.start}` : `row ${row}`;
  }
}

/** One table of results for all heads: what is written for each of them goes below that of the others, with the head named. */

import type { HeadShape } from '../matrix/heads/layout.js';
import type { HeadPlace } from '../matrix/heads/place.js';
import { rowsOfHead, withHeads } from '../output/head-columns.js';
import type { TableSchema, TableWriter } from '../output/table.js';
import type { Output } from './results.js';

/** An output that heads share, one after another. */
export class HeadedOutput {
  readonly #output: Output;
  readonly #shape: Pick<HeadShape, 'axes'>;
  #writer: TableWriter | undefined;

  /** @param output - opened, and not begun */
  constructor(output: Output, shape: Pick<HeadShape, 'axes'>) {
    this.#output = output;
    this.#shape = shape;
  }

  /** The output for the results of one head, which are those of a single matrix. */
  at(place: HeadPlace): Output {
    const { format, sink } = this.#output;
    return { format, sink, begin: (schema) => this.#begin(schema, place), commit: async () => {} };
  }

  /** Ends the table when all heads have written theirs. */
  async finish(): Promise<void> {
    await this.#writer?.end();
    await this.#output.commit();
  }

  #begin(schema: TableSchema, place: HeadPlace): TableWriter {
    this.#writer ??= this.#output.begin(withHeads(this.#shape, schema));
    const writer = this.#writer;
    return { write: (batch) => writer.write(rowsOfHead(this.#shape, place, batch)), end: async () => {} };
  }
}

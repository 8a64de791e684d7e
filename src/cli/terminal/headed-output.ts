/** One table of results for all heads: what is written for each of them goes below that of the others, with the head named. */

import { usageError } from '../../errors.js';
import { spellFormats } from '../../output/formats.js';
import { rowsOfHead, withHeads } from '../../output/head-columns.js';
import type { ArrayWriter } from '../../output/npy-array.js';
import type { TableSchema, TableWriter } from '../../output/table.js';
import type { HeadPlace } from '../../rows/heads/head-index.js';
import type { HeadShape } from '../../rows/heads/layout.js';
import type { Dtype } from '../../rows/row-block.js';
import type { Output } from './results.js';

/** An output that heads share, one after another. */
export class HeadedOutput {
  readonly #output: Output;
  readonly #shape: Pick<HeadShape, 'axes'>;
  readonly #lengths: readonly number[];
  readonly #places: number;
  #writer: TableWriter | undefined;
  #array: ArrayWriter | undefined;
  /** Of each head's own axes. */
  #own: readonly number[] | undefined;

  /**
   * @param output - opened, and not begun
   * @param places - of all heads that will write to it
   */
  constructor(output: Output, shape: Pick<HeadShape, 'axes'>, places: readonly HeadPlace[]) {
    this.#output = output;
    this.#shape = shape;
    this.#places = places.length;
    this.#lengths = shape.axes.map((axis) => new Set(places.map((place) => place[axis])).size);
  }

  /** The output for the results of one head, which are those of a single matrix. */
  at(place: HeadPlace): Output {
    const { format, sink } = this.#output;
    return {
      format,
      sink,
      begin: (schema) => this.#begin(schema, place),
      array: (lengths, dtype) => this.#beginArray(lengths, dtype),
      commit: async () => {},
    };
  }

  /** Ends the table when all heads have written theirs. */
  async finish(): Promise<void> {
    await this.#writer?.end();
    await this.#array?.end();
    await this.#output.commit();
  }

  #begin(schema: TableSchema, place: HeadPlace): TableWriter {
    this.#writer ??= this.#output.begin(withHeads(this.#shape, schema));
    const writer = this.#writer;
    return { write: (batch) => writer.write(rowsOfHead(this.#shape, place, batch)), end: async () => {} };
  }

  /**
   * One array, with the axes of heads before those of each head's own.
   * @throws LevattnError where heads differ in what an array has one length for
   */
  #beginArray(lengths: readonly number[], dtype: Dtype): ArrayWriter {
    this.#own ??= lengths;
    const all = this.#lengths.reduce((product, length) => product * length, 1);
    if (all !== this.#places || lengths.some((length, axis) => length !== this.#own![axis])) {
      throw usageError(
        `npy is one array, and layers differ in ${all === this.#places ? `shape: (${this.#own.join(', ')}) and (${lengths.join(', ')})` : 'numbers of heads'}; write ${spellFormats('npy')}, or choose a --layer`,
      );
    }
    this.#array ??= this.#output.array([...this.#lengths, ...lengths], dtype);
    const array = this.#array;
    return { write: (values) => array.write(values), end: async () => {} };
  }
}

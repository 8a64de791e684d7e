/** What candidates are called, where the rows of K have ids: one a candidate, or none at all. */

import { dataError } from '../../errors.js';
import { type IdType, type RowId, RowIds, type TypedIds } from '../../rows/row-ids.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';

/** Ids of candidates, in their order. */
export class CandidateIds {
  #type: IdType | undefined;
  #values: RowId[] = [];

  /** All of them, a copy; undefined where rows have no ids. */
  get all(): TypedIds | undefined {
    return this.#type && { type: this.#type, values: this.#values.slice() };
  }

  /**
   * Adds those of rows of a block.
   *
   * @param ids - of all rows of the block, or none
   * @param which - positions in the block
   * @param size - candidates there are with these
   * @throws LevattnError where some rows have ids and others none, or of another type
   */
  add(ids: RowIds, which: Int32Array, size: number): void {
    this.#type ??= ids.type;
    if (!this.#type) return;
    if (ids.length > 0) for (const i of which) this.#values.push(ids.at(i));
    if (this.#values.length !== size || (ids.length > 0 && ids.type !== this.#type)) {
      throw dataError('some rows have ids and others none, or ids of another type; all of K must have ids of one type');
    }
  }

  /** Keeps those for which `keep(i)` holds, in order. */
  retain(keep: (i: number) => boolean): void {
    if (this.#type) this.#values = this.#values.filter((_, i) => keep(i));
  }

  /**
   * Adds all those of another sketch.
   * @throws LevattnError where ids of the two are not of one type
   */
  merge(other: CandidateIds): void {
    if (this.#type !== other.#type) {
      throw dataError(
        `ids of type ${this.#type ?? 'none'} in one sketch and of type ${other.#type ?? 'none'} in another; make all of them with ids of one type, or none`,
      );
    }
    for (const id of other.#values) this.#values.push(id);
  }

  /** Puts the candidates in another order: `order[i]` is the place of the one that comes to place i. */
  arrange(order: Uint32Array): void {
    if (this.#type) this.#values = Array.from(order, (i) => this.#values[i]);
  }

  /** What they are made of; undefined where there are none. */
  save(): State | undefined {
    const type = this.#type;
    if (!type) return undefined;
    if (type !== 'utf8') {
      const words = BigInt64Array.from(this.#values as bigint[], (id) => BigInt.asIntN(64, id));
      return { type, words: new Int32Array(words.buffer) };
    }
    const lengths = Int32Array.from(this.#values as string[], (id) => Buffer.byteLength(id));
    const text = Buffer.from(this.#values.join(''));
    const words = new Int32Array(Math.ceil(text.length / 4));
    new Uint8Array(words.buffer).set(text);
    return { type, lengths, words };
  }

  /**
   * Takes in ids that were saved; there are none here yet.
   * @param count - candidates
   */
  restore(state: StateReader, count: number): void {
    const type = state.text('type');
    const ids = new RowIds();
    if (type === 'utf8') {
      const ends = new Uint32Array(count);
      const text = new Uint8Array(state.int32('words').slice().buffer);
      let end = 0;
      for (const [i, length] of state.int32('lengths', count).entries()) {
        end += length;
        if (length < 0 || end > text.length) throw state.wrong('lengths', 'are of more text than there is');
        ends[i] = end;
      }
      ids.addText(text.subarray(0, end), ends);
    } else if (type === 'int64' || type === 'uint64') {
      ids.addWords(type, new BigInt64Array(state.int32('words', 2 * count).slice().buffer));
    } else throw state.wrong('type', `is ${JSON.stringify(type)}, which is none of ids`);
    this.#type = type;
    this.#values = ids.toArray();
  }
}

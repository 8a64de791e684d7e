/** Dictionaries of text, for the columns of ids and words that hold positions in one. */

import { RowIds } from '../../rows/row-ids.js';
import { checkBatch } from './batch.js';
import { BatchDecompressor } from './compressed.js';
import { fetchHeld, type IdColumn, readIds } from './ids.js';
import type { ArrowInput, BatchMessage } from './input.js';
import type { ArrowField } from './schema.js';

/** The dictionaries that some columns need. */
export class TextDictionaries {
  readonly #input: ArrowInput;
  readonly #columns: readonly IdColumn[];
  readonly #text = new Map<bigint, RowIds>();

  /** @param columns - of ids and words; those that hold no positions need none */
  constructor(input: ArrowInput, columns: readonly IdColumn[]) {
    this.#input = input;
    this.#columns = columns.filter(({ values }) => values);
  }

  /** Takes a message's text where a column needs it. */
  async add(message: Extract<BatchMessage, { kind: 'dictionary' }>): Promise<void> {
    const column = this.#columns.find(({ values }) => values!.dictionary === message.id);
    if (!column) return;
    const input = this.#input;
    const field = { ...column.values!, encoded: false };
    const batch = checkBatch(input, message, { ...input.schema, fields: [field] });
    const held = await new BatchDecompressor(input, []).held(batch, [0]);
    const reader = readIds(input, { ...column, index: 0, values: undefined, element: undefined, nullable: true });
    reader.begin(held.batch, fetchHeld(held.aside));
    const before = this.#text.get(message.id);
    const text = message.isDelta && before ? before : new RowIds();
    await reader.read(0, held.batch.header.rows, text);
    this.#text.set(message.id, text);
  }

  /** The text that has come so far. */
  readonly of = ({ dictionary }: ArrowField): RowIds => this.#text.get(dictionary!) ?? new RowIds();
}

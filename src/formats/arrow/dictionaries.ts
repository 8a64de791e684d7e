/** Dictionaries of numbers: what the columns that hold positions in one refer to. */

import { dataError } from '../../errors.js';
import { checkBatch } from './batch.js';
import { BatchDecompressor } from './compressed.js';
import type { DictionaryLookup, DictionaryValues } from './dictionary-values.js';
import { Memory } from './held.js';
import { type ArrowInput, type BatchMessage, nameTheFile } from './input.js';
import type { ArrowField, Storage } from './schema.js';
import { numbersOf, storedNumbers } from './stored.js';

const EMPTY: DictionaryValues = { length: 0, numbers: new Float64Array(0), nulls: undefined };

/** The dictionaries that an input's chosen columns need. */
export class Dictionaries implements DictionaryLookup {
  readonly #input: ArrowInput;
  /** What the values of each are. */
  readonly #needed = new Map<bigint, ArrowField>();
  readonly #values = new Map<bigint, DictionaryValues>();

  constructor(input: ArrowInput, columns: readonly ArrowField[]) {
    this.#input = input;
    for (const { storage } of columns) this.#need(storage);
  }

  /** Takes a message's values where a column needs them. */
  async add(message: Extract<BatchMessage, { kind: 'dictionary' }>): Promise<void> {
    const { id, isDelta } = message;
    const field = this.#needed.get(id);
    if (!field) return;
    const before = this.#values.get(id);
    if (before && !isDelta && this.#input.form === 'file') {
      throw dataError(
        `${this.#input.bytes.name}: replaces a dictionary of values by another, which no Arrow file can; write it as a stream`,
      );
    }
    const input = this.#input;
    const schema = { ...input.schema, fields: [field] };
    const checked = checkBatch(input, message, schema);
    const { header, body } = await new BatchDecompressor(input, [0]).plain(checked);
    const length = header.rows;
    const name = `${field.name} of a dictionary`;
    const stored = storedNumbers({ input, header, dictionaries: this, name }, field, checked.places[0]!, length);
    const [open] = await new Memory(input).hold(body, [stored], 0, length);
    this.#values.set(id, joined(isDelta && before ? before : EMPTY, numbersOf(open!, length)));
  }

  get(id: bigint): DictionaryValues {
    return this.#values.get(id) ?? EMPTY;
  }

  lacks(id: bigint, column: string, position: number): Error {
    const input = this.#input;
    const held = this.get(id).length;
    if (input.form === 'file' && !input.dictionariesFirst) {
      return dataError(
        `${input.bytes.name}: column ${column} refers to a dictionary that comes later in this Arrow file; ${nameTheFile(input.bytes)}`,
      );
    }
    return input.damaged(`column ${column} refers to value ${position} of a dictionary that has ${held}`);
  }

  #need(storage: Storage | undefined): void {
    if (storage?.kind === 'runs') this.#need(storage.values);
    if (storage?.kind !== 'dictionary') return;
    const { id, values } = storage.dictionary;
    this.#needed.set(id, values);
    this.#need(values.storage);
  }
}

/** Values behind those that there are. */
function joined(
  before: DictionaryValues,
  { numbers, nulls }: { readonly numbers: Float64Array; readonly nulls: readonly number[] },
): DictionaryValues {
  const length = before.length + numbers.length;
  let { numbers: all } = before;
  if (all.length < length) {
    // Doubling, so that a stream of many small additions is not copied again for each.
    all = new Float64Array(Math.max(length, 2 * before.length));
    all.set(before.numbers);
  }
  all.set(numbers, before.length);
  if (!before.nulls && nulls.length === 0) return { length, numbers: all, nulls: undefined };
  const bits = new Uint8Array((all.length + 7) >> 3);
  bits.set(before.nulls ?? []);
  for (const i of nulls) bits[(before.length + i) >> 3]! |= 1 << ((before.length + i) & 7);
  return { length, numbers: all, nulls: bits };
}

/** What a sketch remembers of the masks that its rows came with. */

import { dataError } from '../errors.js';
import { joinMasks, type MaskedRows, type MaskPart, maskedRows, sameMask } from '../rows/masked-rows.js';
import type { State } from './state.js';
import type { StateReader } from './state-reader.js';

/** The mask of the first rows of an input; undefined where they have none. */
export type MaskOf = (rows: number) => Uint8Array | undefined;

/** The rows that a sketch has of the input at hand. */
export interface InputRows {
  /** Global index of the first. */
  readonly start: number;
  readonly rows: number;
}

/** A record for each input that had a mask, the one at hand included. */
export class MaskRecords {
  #records: readonly MaskedRows[] = [];
  /** Of the input at hand. */
  #maskOf: MaskOf | undefined;
  #parts: MaskPart[] = [];

  /** The records of all rows so far. */
  of({ start, rows }: InputRows): readonly MaskedRows[] {
    const mask = rows > 0 ? this.#maskOf?.(rows) : undefined;
    return mask ? [...this.#records, maskedRows(mask, start)] : this.#records;
  }

  /**
   * Gets the mask of the input at hand from elsewhere.
   * @throws LevattnError where rows of it that are known were read with another mask
   */
  follow(maskOf: MaskOf, input: InputRows, name: string): void {
    const known = this.#records.find(({ start, rows }) => start === input.start && rows > 0);
    const own = input.rows > 0 ? known : undefined;
    const mask = input.rows > 0 ? maskOf(input.rows) : undefined;
    const now = mask && maskedRows(mask, input.start);
    if (!sameMask(own, now)) {
      const spell = (record: MaskedRows | undefined): string =>
        record ? `${record.masked} rows of padding` : 'no mask';
      throw dataError(
        `${name}the mask is not the one that the checkpoint is of: it has ${spell(now)} among the first ${input.rows}, the checkpoint ${spell(own)}${own?.masked === now?.masked ? ', but others' : ''}; give the same --mask, or remove the checkpoint to begin again`,
      );
    }
    this.#records = this.#records.filter((record) => record !== own);
    this.#maskOf = maskOf;
  }

  /** Notes the mask of the next rows of the input at hand. */
  note(start: number, mask: Uint8Array): void {
    this.#parts.push({ start, mask });
    this.#maskOf = (rows) => joinMasks(this.#parts, rows);
  }

  /** Ends the input at hand. */
  endInput(input: InputRows): void {
    this.#records = this.of(input);
    this.#maskOf = undefined;
    this.#parts = [];
  }

  /** Takes in the records of other rows; both have ended their inputs. */
  merge(other: MaskRecords): void {
    this.#records = [...this.#records, ...other.#records].sort((one, two) => one.start - two.start);
  }

  /** Gives the rows other indices, in the same order. */
  renumber(indexOf: (index: number) => number): void {
    this.#records = this.#records.map((record) => ({ ...record, start: indexOf(record.start) }));
  }

  /** The records as data; undefined where there is none. */
  save(input: InputRows): readonly State[] | undefined {
    const records = this.of(input);
    return records.length === 0 ? undefined : records.map((record) => ({ ...record }));
  }

  /** Takes over what a sketch has saved. */
  restore(state: StateReader): void {
    if (!state.has('masks')) return;
    let next = 0;
    this.#records = state.parts('masks').map((part) => {
      const record = {
        start: part.whole('start'),
        rows: part.whole('rows'),
        masked: part.whole('masked'),
        sha256: part.text('sha256'),
      };
      if (record.start < next) throw part.wrong('start', `is ${record.start}, where at least ${next} is expected`);
      if (record.masked > record.rows) throw part.wrong('masked', `is ${record.masked} of ${record.rows} rows`);
      if (!/^[0-9a-f]{64}$/.test(record.sha256)) throw part.wrong('sha256', 'is not 64 hexadecimal digits');
      next = record.start + record.rows;
      return record;
    });
  }
}

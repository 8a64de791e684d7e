/**
 * A matrix in several columns of numbers: a row is complete only when the last column's values have come, so a batch's
 * columns are held in memory; those of a large batch in a file that can seek are read at their places instead.
 */

import { dataError } from '../../../errors.js';
import type { Values } from '../../row-block.js';
import { convertElements } from '../elements.js';
import { type ColumnAt, type ReadRows, readColumnMajor } from '../rows.js';
import { type BatchReader, type CheckedBatch, refuseNulls } from './batch.js';
import type { Body } from './body.js';
import type { NumberColumns } from './choose.js';
import type { ArrowInput } from './input.js';
import { bufferAt, nodeAt } from './layout.js';
import type { FieldNode, Region } from './message.js';

/** Batches past this are not held where the source can seek. */
const HOLD_BYTES = 1 << 26;
/** Memory first taken; it doubles as bytes arrive, so that a batch's promise alone takes none. */
const FIRST_BYTES = 1 << 20;

/** One of the matrix's columns in a batch. */
interface Part {
  readonly name: string;
  readonly node: FieldNode;
  readonly validity: Region;
  readonly values: Region;
  /** Its position in a row. */
  readonly position: number;
}

/** Reads columns of numbers. */
export function readNumbers(input: ArrowInput, chosen: NumberColumns): BatchReader {
  const { columns, d, dtype } = chosen;
  const rowBytes = columns.reduce((sum, { element }) => sum + element.size, 0);
  const held = new Held(input);
  let readRows: ReadRows;
  let ahead: () => number;

  const partsOf = ({ header, places }: CheckedBatch): Part[] =>
    columns.map(({ name, index, element }, position) => {
      const { node, buffer } = places[index]!;
      const values = bufferAt(header, buffer + 1);
      if (values.length < header.rows * element.size) throw input.damaged(`column ${name} lacks values`);
      return { name, node: nodeAt(header, node), validity: bufferAt(header, buffer), values, position };
    });

  /** Reads the columns to memory, in the order in which they come. */
  const hold = async (parts: readonly Part[], body: Body, rows: number): Promise<void> => {
    const starts = new Array<number>(d);
    held.clear();
    for (const { name, node, validity, values, position } of parts) {
      await refuseNulls(input, body, node, validity, { column: name, from: 0, count: rows, perRow: 1 });
      await body.enter(values);
      starts[position] = await held.add(body, rows * columns[position]!.element.size);
    }
    let given = 0;
    ahead = () => (rows - given) * rowBytes;
    readRows = async (into: Values, maxRows: number) => {
      const count = Math.min(maxRows, rows - given);
      for (const [j, { element }] of columns.entries()) {
        const bytes = held.bytes.subarray(starts[j]! + given * element.size);
        convertElements(element, bytes, count, into, j, d);
      }
      given += count;
      return count;
    };
  };

  /** Leaves the columns where they are. */
  const seek = async (parts: readonly Part[], body: Body, rows: number): Promise<void> => {
    for (const { name, node, validity } of parts) {
      await refuseNulls(input, body, node, validity, { column: name, from: 0, count: rows, perRow: 1 });
    }
    const passed = body.bytes.position - body.start;
    const places = new Array<ColumnAt>(d);
    for (const { position, values } of parts) {
      places[position] = { type: columns[position]!.element, offset: body.start + values.offset };
    }
    const readBlock = readColumnMajor(input.bytes.source.readAt!, places, rows, dtype);
    let given = 0;
    ahead = () => passed - given * rowBytes;
    readRows = async (into, maxRows) => {
      const count = await readBlock(into, maxRows);
      given += count;
      return count;
    };
  };

  return {
    d,
    async begin(batch) {
      const { header, body } = batch;
      const parts = partsOf(batch).sort((a, b) => a.values.offset - b.values.offset);
      const large = header.rows * rowBytes > HOLD_BYTES && input.bytes.source.readAt !== undefined;
      await (large ? seek : hold)(parts, body, header.rows);
    },
    read: (into, maxRows) => readRows(into, maxRows),
    ahead: () => ahead?.() ?? 0,
  };
}

/** Memory for one batch's columns, used again for the next. */
class Held {
  bytes: Uint8Array = new Uint8Array(0);
  readonly #input: ArrowInput;
  #used = 0;

  constructor(input: ArrowInput) {
    this.#input = input;
  }

  clear(): void {
    this.#used = 0;
  }

  /** Reads the body's next `length` bytes; returns where they begin, a multiple of 8. */
  async add(body: Body, length: number): Promise<number> {
    const start = Math.ceil(this.#used / 8) * 8;
    const end = start + length;
    this.#used = start;
    while (this.#used < end) {
      if (this.#used === this.bytes.length) this.#grow(end);
      const piece = this.bytes.subarray(this.#used, Math.min(end, this.bytes.length));
      await body.read(piece);
      this.#used += piece.length;
    }
    return start;
  }

  #grow(wanted: number): void {
    const length = Math.min(Math.max(2 * this.bytes.length, FIRST_BYTES), Math.max(wanted, FIRST_BYTES));
    try {
      const grown = new Uint8Array(length);
      grown.set(this.bytes);
      this.bytes = grown;
    } catch (error) {
      throw dataError(
        `${this.#input.bytes.name}: a batch whose columns take ${wanted} bytes does not fit in memory; name the file itself instead of a pipe, or write smaller batches`,
        error,
      );
    }
  }
}

/**
 * A matrix in several columns of numbers: a row is complete only when the last column's values have come, so a batch's
 * columns are held in memory; those of a large batch in a file that can seek are read at their places instead.
 */

import { dataError } from '../../../errors.js';
import { elementsIn, interleave } from '../elements.js';
import { type ColumnAt, type ReadRows, readColumnMajor } from '../rows.js';
import { type BatchReader, type CheckedBatch, refuseNulls } from './batch.js';
import type { Body } from './body.js';
import type { NumberColumns } from './choose.js';
import type { ArrowInput } from './input.js';
import { bufferAt, nodeAt } from './layout.js';
import type { FieldNode, Region } from './message.js';

/** Batches past this are not held where the source can seek. */
const HOLD_BYTES = 1 << 26;
/** Bytes between two columns that are read with them rather than passed over. */
const GAP_BYTES = 1 << 14;
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
  const { columns, d } = chosen;
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
    const sizeOf = ({ position }: Part): number => rows * columns[position]!.element.size;
    const starts = new Array<number>(d);
    const most = parts.reduce((end, part) => Math.max(end, part.values.offset + sizeOf(part)), 0);
    held.clear(most + 8 * d - parts[0]!.values.offset);
    for (const run of runsOf(parts, sizeOf)) {
      const { name, node, validity, values } = run[0]!;
      await refuseNulls(input, body, node, validity, { column: name, from: 0, count: rows, perRow: 1 });
      await body.enter(values);
      const end = run.at(-1)!;
      const start = await held.add(body, end.values.offset + sizeOf(end) - values.offset);
      for (const part of run) starts[part.position] = start + part.values.offset - values.offset;
    }
    const converters = columns.map(({ element }, j) =>
      elementsIn(element, held.bytes.subarray(starts[j], starts[j]! + rows * element.size)),
    );
    let given = 0;
    // Of a decompressed batch it is not known how many of its bytes belong to a row.
    ahead = () => (body.bytes === input.bytes ? (rows - given) * rowBytes : 0);
    readRows = async (into, maxRows) => {
      const count = Math.min(maxRows, rows - given);
      interleave(converters, given, count, into);
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
    const readBlock = readColumnMajor(body.bytes.source.readAt!, places, rows);
    let given = 0;
    ahead = () => (given === rows ? 0 : passed - given * rowBytes);
    readRows = async (into, maxRows) => {
      const count = await readBlock(into, maxRows);
      given += count;
      if (given === rows) await body.finish();
      return count;
    };
  };

  return {
    d,
    async begin(batch) {
      const { header, body } = batch;
      const parts = partsOf(batch).sort((a, b) => a.values.offset - b.values.offset);
      const large = header.rows * rowBytes > HOLD_BYTES && body.bytes.source.readAt !== undefined;
      await (large ? seek : hold)(parts, body, header.rows);
    },
    read: (into, maxRows) => readRows(into, maxRows),
    ahead: () => ahead?.() ?? 0,
  };
}

/** Parts that follow one another so closely, and without a look at their nulls, that they are read at once. */
function runsOf(parts: readonly Part[], sizeOf: (part: Part) => number): Part[][] {
  const runs: Part[][] = [];
  let end = 0;
  for (const part of parts) {
    const gap = part.values.offset - end;
    if (runs.length > 0 && gap >= 0 && gap <= GAP_BYTES && part.node.nullCount === 0) runs.at(-1)!.push(part);
    else runs.push([part]);
    end = part.values.offset + sizeOf(part);
  }
  return runs;
}

/** Memory for one batch's columns, used again for the next. */
class Held {
  bytes: Uint8Array = new Uint8Array(0);
  readonly #input: ArrowInput;
  #used = 0;
  #most = 0;

  constructor(input: ArrowInput) {
    this.#input = input;
  }

  /**
   * Begins a new batch.
   * @param most - the bytes it may need
   */
  clear(most: number): void {
    this.#used = 0;
    this.#most = Math.max(most, FIRST_BYTES);
  }

  /** Reads the body's next `length` bytes; returns where they begin, a multiple of 8. */
  async add(body: Body, length: number): Promise<number> {
    const start = Math.ceil(this.#used / 8) * 8;
    const end = start + length;
    this.#used = start;
    while (this.#used < end) {
      if (this.#used === this.bytes.length) this.#grow();
      const piece = this.bytes.subarray(this.#used, Math.min(end, this.bytes.length));
      await body.read(piece);
      this.#used += piece.length;
    }
    return start;
  }

  #grow(): void {
    const length = Math.min(Math.max(2 * this.bytes.length, FIRST_BYTES), this.#most);
    try {
      const grown = new Uint8Array(length);
      grown.set(this.bytes);
      this.bytes = grown;
    } catch (error) {
      throw dataError(
        `${this.#input.bytes.name}: a batch whose columns take ${this.#most} bytes does not fit in memory; name the file itself instead of a pipe, or write smaller batches`,
        error,
      );
    }
  }
}

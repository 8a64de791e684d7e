/**
 * The WebAssembly scanner for rows of plain numbers: what most CSV of numbers consists of, many times as fast as by a
 * parser that knows all of CSV.
 *
 * It reads a row only if the parser would read the same from it, and stops before any other; it reports no errors.
 */

import { readFileSync } from 'node:fs';
import { CSV_SCANNER_FILE } from '../../files.js';
import { MAX_COLUMNS } from '../../rows/limits.js';
import type { Values } from '../../rows/row-block.js';
import type { RowIds } from '../../rows/row-ids.js';
import type { RowColumns } from './columns.js';
import { CONSTANT_BYTES, writeConstants } from './decimal-constants.js';
import type { Dialect } from './dialect.js';

/** A scanner for one file's rows. */
export interface PlainScanner {
  /** Columns of a row. */
  readonly d: number;
  /** Where the text goes. Its bytes stay as they are put. */
  readonly text: Uint8Array;
  /**
   * Reads rows from `text[from, to)`.
   *
   * @param from - where a row begins
   * @param to - behind a line break, > from
   * @param into - receives rows row-major from element 0; length >= maxRows * d
   * @param maxRows - the most rows to read, >= 1
   * @param ids - receives the rows' ids, where there is a column of them
   * @returns the rows read, 0 where the first is not plain; and where in `text` the next begins
   */
  scan(
    from: number,
    to: number,
    into: Values,
    maxRows: number,
    ids?: RowIds,
  ): { readonly rows: number; readonly next: number };
}

/** Makes the scanner for a choice of columns and a dialect; undefined where none can be had. */
export type CreatePlainScanner = (choice: RowColumns, dialect: Dialect) => PlainScanner | undefined;

/** What of the engine's WebAssembly is used here; the standard library declares it for browsers only. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { env: { memory: object; numberFromText: (from: number, to: number) => number } },
  ) => { readonly exports: ScannerExports };
};

interface WasmModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}

/** The exports of `src/kernels/assembly/csv.ts`, where they are described. */
interface ScannerExports {
  scanRows(
    from: number,
    to: number,
    plan: number,
    width: number,
    delimiter: number,
    quote: number,
    point: number,
    constants: number,
    out: number,
    d: number,
    maxRows: number,
    cursor: number,
    ids: number,
    ends: number,
  ): number;
}

const LF = 0x0a;
const QUOTE = 0x22;
const NO_DECIMAL_SIGN = -1;

const PAGE_BYTES = 65_536;

/** Bytes of text held at a time: rows must be shorter. */
const TEXT_BYTES = 1 << 20;

/** Behind the text the scanner may read as many. */
const SLACK_BYTES = 64;

/** Bytes of values made at a time: room for a row of any width, and few enough to be copied from the cache. */
const OUT_BYTES = Math.max(1 << 17, 8 * MAX_COLUMNS);

/** What the plan says of columns that are not picked. */
const PLAN = { text: -1, integer: -2, empty: -3, id: -4 } as const;

let compiled: { readonly module: WasmModule | undefined } | undefined;

/** A scanner; undefined where this engine cannot run it, it was never built, or rows cannot be short enough for it. */
export const createPlainScanner: CreatePlainScanner = (choice, dialect) => {
  const { width } = choice;
  const d = choice.picked.length;
  compiled ??= { module: compile() };
  if (!compiled.module || width > TEXT_BYTES) return undefined;

  const cursor = 0;
  const constants = 64;
  const plan = aligned(constants + CONSTANT_BYTES);
  const start = aligned(plan + 4 * width);
  const out = aligned(start + TEXT_BYTES + SLACK_BYTES);
  const room = Math.floor(OUT_BYTES / (8 * d));
  const ends = aligned(out + OUT_BYTES);
  const ids = aligned(ends + 4 * room);
  const bytes = choice.ids === undefined ? ends : ids + TEXT_BYTES + SLACK_BYTES;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
  const { buffer } = memory;
  writeConstants(buffer, constants);
  writePlan(new Int32Array(buffer, plan, width), choice);
  const values = new Float64Array(buffer, out, OUT_BYTES / 8);
  const stopped = new Uint32Array(buffer, cursor, 1);
  const numberFromText = (from: number, to: number): number =>
    Number(
      Buffer.from(buffer, from, to - from)
        .toString('latin1')
        .replace(',', '.'),
    );
  const { scanRows } = new WebAssembly.Instance(compiled.module, { env: { memory, numberFromText } }).exports;
  const code = dialect.delimiter.charCodeAt(0);
  // Where there are no quotes, a byte that ends text anyway.
  const quote = dialect.quotes ? QUOTE : LF;
  // A number whose decimal sign is the delimiter stands in quotes, and the parser reads it.
  const point = dialect.decimal === dialect.delimiter ? NO_DECIMAL_SIGN : dialect.decimal.charCodeAt(0);
  const addIds = (rows: number, into: RowIds): void => {
    const each = new Uint32Array(buffer, ends, rows);
    into.addText(new Uint8Array(buffer, ids, each[rows - 1]), each);
  };
  return {
    d,
    text: new Uint8Array(buffer, start, TEXT_BYTES),
    scan: (from, to, into, maxRows, idsInto) => {
      let rows = 0;
      let next = start + from;
      for (let whole = true; whole && rows < maxRows; ) {
        const most = Math.min(maxRows - rows, room);
        const count = scanRows(
          next,
          start + to,
          plan,
          width,
          code,
          quote,
          point,
          constants,
          out,
          d,
          most,
          cursor,
          ids,
          ends,
        );
        into.set(values.subarray(0, count * d), rows * d);
        if (idsInto && choice.ids !== undefined && count > 0) addIds(count, idsInto);
        rows += count;
        next = stopped[0]!;
        whole = count === most;
      }
      return { rows, next: next - start };
    },
  };
};

const aligned = (address: number): number => Math.ceil(address / 64) * 64;

/** By column: its place among the picked ones, or what it must hold. */
function writePlan(plan: Int32Array, { picked, watched, ids }: RowColumns): void {
  plan.fill(PLAN.text);
  picked.forEach((position, place) => {
    plan[position] = place;
  });
  for (const { position, kind } of watched) plan[position] = PLAN[kind];
  if (ids !== undefined) plan[ids] = PLAN.id;
}

function compile(): WasmModule | undefined {
  try {
    return new WebAssembly.Module(readFileSync(CSV_SCANNER_FILE));
  } catch {
    // Never built, or beyond this engine: the parser reads everything.
    return undefined;
  }
}

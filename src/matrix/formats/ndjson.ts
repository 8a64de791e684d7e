/** NDJSON: a JSON array of numbers on each line, or an object, of which `columns` names the fields. Read as float64. */

import { dataError, type LevattnError, usageError } from '../../errors.js';
import type { ByteReader } from '../bytes.js';
import { MAX_COLUMNS } from '../limits.js';
import type { MatrixReader } from '../row-block.js';
import type { RowId } from '../row-ids.js';
import { typeOf } from '../row-ids.js';
import { shownText } from './csv/number.js';
import type { MatrixFormat, ReadOptions } from './format.js';

const LF = 0x0a;
const CHUNK_BYTES = 1 << 16;
/** A row of 8,192 numbers takes 0.2 MB. */
const MAX_LINE_BYTES = 1 << 23;

/** The NDJSON format (JSON Lines). */
export const ndjsonFormat: MatrixFormat = {
  name: 'ndjson',
  hasColumns: true,
  recognise: (head) => /^\s*(\[\s*[-\d\]]|\{\s*")/.test(new TextDecoder('latin1').decode(head)) && !head.includes(0),
  open: openNdjson,
};

async function openNdjson(bytes: ByteReader, { columns, idColumn }: ReadOptions): Promise<MatrixReader> {
  if (idColumn !== undefined && columns?.includes(idColumn)) {
    throw usageError(`field ${shownText(idColumn)} is named for the ids and for the matrix; it can be one of the two`);
  }
  const rows = new RowReader(bytes, columns, idColumn);
  if (!(await rows.fill())) throw dataError(`${bytes.name}: no rows; a JSON array of numbers a line was expected`);
  const d = rows.queue[0]!.length;
  return {
    name: bytes.name,
    format: ndjsonFormat.name,
    description: columns ? `NDJSON, fields ${columns.join(', ')}` : 'NDJSON, arrays',
    leftOut: [],
    d,
    dtype: 'float64',
    rows: undefined,
    metadata: new Map(),
    idType: rows.ids[0] === undefined ? undefined : typeOf(rows.ids[0]),
    async read(into, maxRows, ids) {
      if (rows.queue.length === 0 && !(await rows.fill())) return 0;
      const taken = rows.queue.splice(0, maxRows);
      for (const [i, row] of taken.entries()) into.set(row, i * d);
      for (const id of rows.ids.splice(0, maxRows)) ids?.add(typeOf(id), id);
      return taken.length;
    },
    progress: () => ({ bytes: bytes.position, totalBytes: bytes.size }),
    close: () => bytes.close(),
  };
}

/** Lines to rows, all of one length. */
class RowReader {
  /** Rows that have been read and not taken. */
  readonly queue: number[][] = [];
  /** Their ids, where there are any. */
  readonly ids: RowId[] = [];
  #line = 0;
  #width: number | undefined;
  #idKind: string | undefined;
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  constructor(
    readonly bytes: ByteReader,
    readonly columns: readonly string[] | undefined,
    readonly idColumn: string | undefined,
  ) {}

  /** Reads on until there is a row; false at the end. */
  async fill(): Promise<boolean> {
    while (this.queue.length === 0) {
      const view = await this.bytes.peekSome(CHUNK_BYTES);
      if (view.length === 0) {
        if (this.#restBytes > 0) this.#add(this.#takeLine(new Uint8Array(0)), true);
        return this.queue.length > 0;
      }
      let from = 0;
      for (let end = view.indexOf(LF); end >= 0; end = view.indexOf(LF, from)) {
        this.#add(this.#takeLine(view.subarray(from, end)), false);
        from = end + 1;
      }
      this.#rest.push(view.slice(from));
      this.#restBytes += view.length - from;
      this.bytes.consume(view.length);
      if (this.#restBytes > MAX_LINE_BYTES)
        throw this.#bad(`is longer than ${MAX_LINE_BYTES >> 20} MiB`, this.#line + 1);
    }
    return true;
  }

  #takeLine(end: Uint8Array): string {
    const text = Buffer.concat([...this.#rest, end]).toString();
    this.#rest = [];
    this.#restBytes = 0;
    this.#line++;
    return text.trim();
  }

  #add(text: string, last: boolean): void {
    if (text === '') return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      if (last) throw this.bytes.breaksOff(`line ${this.#line} is no whole JSON`);
      throw this.#bad(`is no JSON (${shownText(text)})`);
    }
    const row = this.#rowFrom(value);
    const wrong = row.findIndex((entry) => typeof entry !== 'number');
    if (wrong >= 0) {
      const where = this.columns ? this.columns[wrong] : wrong + 1;
      throw this.#bad(
        `holds ${shownText(JSON.stringify(row[wrong]) ?? 'nothing')} in column ${where}, where a number is due`,
      );
    }
    this.#width ??= row.length;
    if (row.length < 1 || row.length > MAX_COLUMNS)
      throw this.#bad(`has ${row.length} numbers; from 1 to ${MAX_COLUMNS} are read`);
    if (row.length !== this.#width)
      throw this.#bad(`has ${row.length} numbers, the first row ${this.#width}; all must have as many`);
    this.queue.push(row as number[]);
    if (this.idColumn !== undefined) this.ids.push(this.#idFrom(value as object, this.idColumn));
  }

  #idFrom(value: object, column: string): RowId {
    const found = Object.hasOwn(value, column) ? (value as Record<string, unknown>)[column] : undefined;
    const id = Number.isSafeInteger(found) ? BigInt(found as number) : found;
    if (typeof id !== 'bigint' && typeof id !== 'string') {
      throw this.#bad(
        `holds ${shownText(JSON.stringify(found) ?? 'nothing')} in field ${shownText(column)}, where an id is due: text, or a whole number up to 2^53`,
      );
    }
    this.#idKind ??= typeof id;
    if (typeof id === this.#idKind) return id;
    throw this.#bad(`holds the id ${shownText(JSON.stringify(found))}; all must be text, or all whole numbers`);
  }

  #rowFrom(value: unknown): unknown[] {
    if (Array.isArray(value)) {
      if (this.columns ?? this.idColumn)
        throw this.#bad('holds an array, which has no fields to choose by --columns or --id-column');
      return value;
    }
    if (typeof value !== 'object' || value === null) throw this.#bad('holds no array of numbers');
    if (!this.columns) throw this.#bad('holds an object; name its numeric fields with --columns');
    return this.columns.map((name) =>
      Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined,
    );
  }

  #bad(reason: string, line = this.#line): LevattnError {
    return dataError(`${this.bytes.name}: line ${line} ${reason}`);
  }
}

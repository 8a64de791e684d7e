/**
 * Cuts CSV bytes into records: whole rows with their line numbers, without comments, and without blank lines unless these are rows.
 *
 * It stands in front of the CSV parser, which neither numbers its lines nor bounds its memory, and which scans a row
 * anew with every chunk. What comes out is whole records alone, one line feed after each, so the parser sees every
 * byte once and a row without end is refused early. Where the delimiter is the space, runs of spaces and tabs become
 * one space and those around a line go. There, and in lines that begin with `#`, quotes end where the line does.
 *
 * Invariant: `out[0, start)` holds whole records, `out[start, length)` the beginning of the next one.
 */

import { type Dialect, type HashRows, hasBlanks } from './dialect.js';
import { splitLine } from './split-line.js';

/** The most bytes of one row: room for 8,192 columns of 1 KiB. */
export const MAX_ROW_BYTES = 8 << 20;

/** The most bytes of blank lines and comments between rows: input without end and without a row must not hang. */
export const MAX_BARREN_BYTES = 16 << 20;

/** What makes it impossible to go on. */
export interface Defect {
  /**
   * `stray`: text after a closing quote; `unclosed`: a quote that never closes; `long`: a row over
   * {@link MAX_ROW_BYTES}; `barren`: no row in over {@link MAX_BARREN_BYTES}.
   */
  readonly kind: 'stray' | 'unclosed' | 'long' | 'barren';
  /** 1-based physical line. */
  readonly line: number;
}

/** Whole records in the order of the file. */
export interface Records {
  /** Their bytes, each record ended by one line feed. */
  readonly text: Uint8Array;
  /** The 1-based physical line each begins on. */
  readonly lines: readonly number[];
  /** The fields of each, >= 1. */
  readonly widths: readonly number[];
  /** Whether each runs over a line break in quotes. */
  readonly multiline: readonly boolean[];
}

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB || byte === 0x0b || byte === 0x0c;

/** Where in a record the next byte stands; `line`: in a line that is cut into fields at its end. */
const State = { fieldStart: 0, plain: 1, quoted: 2, quoteInQuoted: 3, afterQuoted: 4, comment: 5, line: 6 } as const;
type State = (typeof State)[keyof typeof State];

/** Takes bytes in pieces of any size and gives back the records they complete. */
export class RecordCutter {
  readonly #delimiter: number;
  readonly #spaces: boolean;
  readonly #quotes: boolean;
  readonly #hashRows: HashRows | undefined;
  readonly #blankRows: boolean;
  /** Whether a row has been met. */
  #begun: boolean;
  /** Blank lines, where these are rows if another one follows. */
  #blankLines: number[] = [];
  #out: Uint8Array = new Uint8Array(1 << 10);
  #start = 0;
  #length = 0;
  #state: State = State.fieldStart;
  #afterCr = false;
  #line: number;
  #recordLine: number;
  #quoteLine: number;
  #width = 1;
  #barrenBytes = 0;
  #lines: number[] = [];
  #widths: number[] = [];
  #multiline: boolean[] = [];
  #comments = 0;
  /** Bytes of the piece at hand: what is still to come of it is no more. */
  #piece = 1;
  #defect: Defect | undefined;

  /**
   * @param line - the 1-based physical line that the bytes begin with
   * @param begun - whether rows or a header stand before it
   */
  constructor(dialect: Dialect, line = 1, begun = false) {
    this.#begun = begun;
    this.#blankRows = dialect.blankRows === true;
    this.#line = line;
    this.#recordLine = line;
    this.#quoteLine = line;
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#spaces = hasBlanks(dialect);
    this.#quotes = dialect.quotes;
    this.#hashRows = dialect.hashRows;
  }

  /** Lines that began with `#` and were no rows. */
  get comments(): number {
    return this.#comments;
  }

  /** Blank lines that would be rows if one followed. */
  get blankAtEnd(): number {
    return this.#blankLines.length;
  }

  /** What is wrong after the records given back so far; nothing more comes then. */
  get defect(): Defect | undefined {
    return this.#defect;
  }

  /** Adds the next bytes; gives back the records that are whole now. */
  push(bytes: Uint8Array): Records {
    this.#piece = bytes.length;
    this.#makeRoom(bytes.length);
    for (let i = 0; i < bytes.length && !this.#defect; i++) {
      if (this.#state === State.plain || this.#state === State.line) i = this.#copyPlain(bytes, i);
      if (i < bytes.length) this.#step(bytes[i]!);
    }
    if (this.#length - this.#start > MAX_ROW_BYTES) this.#endLong();
    this.#barrenBytes = this.#lines.length > 0 ? 0 : this.#barrenBytes + bytes.length;
    if (this.#barrenBytes > MAX_BARREN_BYTES) this.#refuse('barren', this.#line);
    return this.#take();
  }

  /** Ends the input; gives back the last record where no line break ended it. */
  finish(): Records {
    if (this.#state === State.quoted) this.#refuse('unclosed', this.#quoteLine);
    this.#makeRoom(1);
    const isLine = this.#state !== State.fieldStart || this.#width > 1;
    if (!this.#defect && isLine) this.#endLine();
    return this.#take();
  }

  /** Copies up to the next line break, or delimiter where the line is cut as it comes; returns where that stands. */
  #copyPlain(bytes: Uint8Array, from: number): number {
    const out = this.#out;
    const delimiter = this.#state === State.line ? LF : this.#delimiter;
    let length = this.#length;
    let i = from;
    for (; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === delimiter || byte === LF || byte === CR) break;
      out[length++] = byte;
    }
    this.#length = length;
    return i;
  }

  #step(byte: number): void {
    const secondHalf = this.#afterCr && byte === LF;
    this.#afterCr = byte === CR;
    if (this.#state === State.quoted) {
      this.#stepQuoted(byte, secondHalf);
    } else if (secondHalf) {
      // The line ended at the CR before it.
    } else if (byte === LF || byte === CR) {
      this.#endLine();
    } else if (this.#state === State.comment) {
      // Dropped.
    } else if (this.#spaces) {
      // Blanks before a line go.
      if (!isBlank(byte)) this.#beginLine(byte);
    } else if (byte === this.#delimiter) {
      this.#put(byte);
      this.#width++;
      this.#state = State.fieldStart;
    } else {
      this.#stepField(byte);
    }
  }

  #stepQuoted(byte: number, secondHalf: boolean): void {
    this.#put(byte);
    if (byte === QUOTE) this.#state = State.quoteInQuoted;
    else if (byte === CR || (byte === LF && !secondHalf)) this.#line++;
  }

  #stepField(byte: number): void {
    switch (this.#state) {
      case State.fieldStart:
        if (byte === HASH && this.#width === 1) {
          this.#beginLine(byte);
          return;
        }
        if (byte === QUOTE && this.#quotes) {
          this.#state = State.quoted;
          this.#quoteLine = this.#line;
        } else if (!isBlank(byte)) {
          this.#state = State.plain;
        }
        this.#put(byte);
        return;
      case State.quoteInQuoted:
        if (byte === QUOTE) {
          this.#state = State.quoted;
          this.#put(byte);
          return;
        }
        this.#state = State.afterQuoted;
        break;
      default:
    }
    if (!isBlank(byte)) this.#refuse('stray', this.#line);
  }

  #beginLine(byte: number): void {
    this.#put(byte);
    this.#state = State.line;
  }

  #endLine(): void {
    const atFieldStart = this.#state === State.fieldStart;
    const isBlankLine = atFieldStart && this.#width === 1;
    const isRow = this.#state === State.line ? this.#cutLine() : !isBlankLine;
    if (this.#state === State.comment) this.#comments++;
    if (isBlankLine && this.#blankRows && this.#begun) this.#blankLines.push(this.#line);
    if (this.#state === State.comment || !isRow) {
      this.#length = this.#start;
    } else {
      if (this.#length - this.#start > MAX_ROW_BYTES) {
        this.#refuse('long', this.#recordLine);
        return;
      }
      this.#begun = true;
      if (this.#blankLines.length > 0) this.#putBlankRows();
      this.#put(LF);
      this.#lines.push(this.#recordLine);
      this.#widths.push(this.#width);
      this.#multiline.push(this.#line > this.#recordLine);
      this.#start = this.#length;
    }
    this.#width = 1;
    this.#state = State.fieldStart;
    this.#recordLine = ++this.#line;
  }

  /** Puts a record for each blank line before the one that has ended. */
  #putBlankRows(): void {
    const lines = this.#blankLines;
    this.#blankLines = [];
    const bytes = 2 * lines.length;
    this.#makeRoom(bytes + 1 + this.#piece);
    this.#out.copyWithin(this.#start + bytes, this.#start, this.#length);
    for (let at = this.#start; at < this.#start + bytes; ) {
      this.#out[at++] = SPACE;
      this.#out[at++] = LF;
    }
    this.#start += bytes;
    this.#length += bytes;
    for (const line of lines) {
      this.#lines.push(line);
      this.#widths.push(1);
      this.#multiline.push(false);
    }
  }

  /** Cuts the line that has ended; whether it is a row, else it is a comment, which is counted. */
  #cutLine(): boolean {
    const line = this.#out.subarray(this.#start, this.#length);
    const isHash = beginsWithHash(line);
    const { text, width } = splitLine(line, this.#delimiter, this.#quotes);
    const rows = this.#hashRows;
    if (isHash && (!rows || this.#line < rows.from || width !== rows.width)) {
      this.#comments++;
      return false;
    }
    this.#length = this.#start;
    this.#makeRoom(text.length + 1 + this.#piece);
    this.#out.set(text, this.#start);
    this.#length += text.length;
    this.#width = width;
    return true;
  }

  /** A line that grows beyond a row is a comment if it may be one. */
  #endLong(): void {
    if (this.#state === State.line && beginsWithHash(this.#out.subarray(this.#start, this.#length))) {
      this.#state = State.comment;
      this.#length = this.#start;
    } else {
      this.#refuse('long', this.#recordLine);
    }
  }

  #put(byte: number): void {
    this.#out[this.#length++] = byte;
  }

  #refuse(kind: Defect['kind'], line: number): void {
    this.#defect ??= { kind, line };
  }

  #take(): Records {
    const records = {
      text: this.#out.slice(0, this.#start),
      lines: this.#lines,
      widths: this.#widths,
      multiline: this.#multiline,
    };
    this.#out.copyWithin(0, this.#start, this.#length);
    this.#length -= this.#start;
    this.#start = 0;
    this.#lines = [];
    this.#widths = [];
    this.#multiline = [];
    return records;
  }

  /** Room for `more` bytes. */
  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#out.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#out.length));
    grown.set(this.#out.subarray(0, this.#length));
    this.#out = grown;
  }
}

/** Whether the first byte behind blanks is a hash. */
function beginsWithHash(line: Uint8Array): boolean {
  let first = 0;
  while (first < line.length && isBlank(line[first]!)) first++;
  return line[first] === HASH;
}

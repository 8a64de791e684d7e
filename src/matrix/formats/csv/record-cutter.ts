/**
 * Cuts CSV bytes into records: whole rows with their line numbers, without blank lines and comments.
 *
 * It stands in front of the CSV parser, which neither numbers its lines nor bounds its memory, and which scans a row
 * anew with every chunk. What comes out is whole records alone, one line feed after each, so the parser sees every
 * byte once and a row without end is refused early. Where the delimiter is the space, runs of spaces and tabs become
 * one space and those around a line go.
 *
 * Invariant: `out[0, start)` holds whole records, `out[start, length)` the beginning of the next one.
 */

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
}

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB || byte === 0x0b || byte === 0x0c;

/** Where in a record the next byte stands. */
const State = { fieldStart: 0, plain: 1, quoted: 2, quoteInQuoted: 3, afterQuoted: 4, comment: 5 } as const;
type State = (typeof State)[keyof typeof State];

/** Takes bytes in pieces of any size and gives back the records they complete. */
export class RecordCutter {
  readonly #delimiter: number;
  readonly #spaces: boolean;
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
  #defect: Defect | undefined;

  /**
   * @param delimiter - one ASCII character; the space stands for runs of spaces and tabs
   * @param line - the 1-based physical line that the bytes begin with
   */
  constructor(delimiter: string, line = 1) {
    this.#line = line;
    this.#recordLine = line;
    this.#quoteLine = line;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#spaces = delimiter === ' ';
  }

  /** What is wrong after the records given back so far; nothing more comes then. */
  get defect(): Defect | undefined {
    return this.#defect;
  }

  /** Adds the next bytes; gives back the records that are whole now. */
  push(bytes: Uint8Array): Records {
    this.#makeRoom(bytes.length);
    for (let i = 0; i < bytes.length && !this.#defect; i++) {
      if (this.#state === State.plain) i = this.#copyPlain(bytes, i);
      if (i < bytes.length) this.#step(bytes[i]!);
    }
    if (this.#length - this.#start > MAX_ROW_BYTES) this.#refuse('long', this.#recordLine);
    this.#barrenBytes = this.#lines.length > 0 ? 0 : this.#barrenBytes + bytes.length;
    if (this.#barrenBytes > MAX_BARREN_BYTES) this.#refuse('barren', this.#line);
    return this.#take();
  }

  /** Ends the input; gives back the last record where no line break ended it. */
  finish(): Records {
    if (this.#state === State.quoted) this.#refuse('unclosed', this.#quoteLine);
    this.#makeRoom(1);
    if (!this.#defect) this.#endLine();
    return this.#take();
  }

  /** Copies up to the next delimiter or line break; returns where that stands. */
  #copyPlain(bytes: Uint8Array, from: number): number {
    const out = this.#out;
    const delimiter = this.#delimiter;
    const alike = this.#spaces ? TAB : delimiter;
    let length = this.#length;
    let i = from;
    for (; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === delimiter || byte === LF || byte === CR || byte === alike) break;
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
    } else if (byte === this.#delimiter || (this.#spaces && byte === TAB)) {
      this.#endField();
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
          this.#state = State.comment;
          return;
        }
        if (byte === QUOTE) {
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

  #endField(): void {
    if (this.#spaces && this.#state === State.fieldStart) return;
    this.#put(this.#delimiter);
    this.#width++;
    this.#state = State.fieldStart;
  }

  #endLine(): void {
    const atFieldStart = this.#state === State.fieldStart;
    if (this.#state === State.comment || (atFieldStart && this.#width === 1)) {
      this.#length = this.#start;
    } else {
      if (this.#spaces && atFieldStart) {
        this.#length--;
        this.#width--;
      }
      if (this.#length - this.#start > MAX_ROW_BYTES) {
        this.#refuse('long', this.#recordLine);
        return;
      }
      this.#put(LF);
      this.#lines.push(this.#recordLine);
      this.#widths.push(this.#width);
      this.#start = this.#length;
    }
    this.#width = 1;
    this.#state = State.fieldStart;
    this.#recordLine = ++this.#line;
  }

  #put(byte: number): void {
    this.#out[this.#length++] = byte;
  }

  #refuse(kind: Defect['kind'], line: number): void {
    this.#defect ??= { kind, line };
  }

  #take(): Records {
    const records = { text: this.#out.slice(0, this.#start), lines: this.#lines, widths: this.#widths };
    this.#out.copyWithin(0, this.#start, this.#length);
    this.#length -= this.#start;
    this.#start = 0;
    this.#lines = [];
    this.#widths = [];
    return records;
  }

  /** Room for `more` bytes, each of which puts out one at most. */
  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#out.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#out.length));
    grown.set(this.#out.subarray(0, this.#length));
    this.#out = grown;
  }
}

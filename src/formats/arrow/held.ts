/** A batch's numbers in memory: those of the whole batch, in the order in which they lie, or those of some entries, at their places. */

import { dataError } from '../../errors.js';
import type { Body } from './body.js';
import type { ArrowInput } from './input.js';
import type { OpenNumbers, Piece, Stored } from './stored.js';

/** Batches past this are not held where the source can seek. */
export const HOLD_BYTES = 1 << 26;
/** Bytes that are read at a time at their places: long enough that each column's part is a read worth its call. */
export const BLOCK_BYTES = 1 << 22;
/** Bytes between two buffers that are read with them rather than passed over. */
const GAP_BYTES = 1 << 14;
/** Memory first taken; it doubles as bytes arrive, so that a batch's promise alone takes none. */
const FIRST_BYTES = 1 << 20;

/** A piece's bytes that are wanted: where they begin in the body, and where the piece stands among the columns' pieces. */
interface Span {
  readonly offset: number;
  readonly length: number;
  readonly column: number;
  readonly piece: number;
}

/** Bytes of some entries' pieces. `first` is a multiple of 8, so that every entry's bits begin a byte. */
function spansOf(stored: readonly Stored[], first: number, entries: number): Span[] {
  return stored.flatMap(({ pieces }, column) =>
    pieces.map(({ region, bits }: Piece, piece) =>
      bits === undefined
        ? { ...region, column, piece }
        : { offset: region.offset + (first * bits) / 8, length: Math.ceil((entries * bits) / 8), column, piece },
    ),
  );
}

/** Bits of all columns that belong to one entry. */
export const bitsPerEntry = (stored: readonly Stored[]): number =>
  stored.reduce((sum, { pieces }) => pieces.reduce((bits, piece) => bits + (piece.bits ?? 0), sum), 0);

/** Numbers of the columns, from the bytes of their pieces. */
const opened = (stored: readonly Stored[], bytes: readonly (readonly Uint8Array[])[], first: number): OpenNumbers[] =>
  stored.map((column, i) => column.open(bytes[i]!, first));

/**
 * Reads some entries at their places, in a source that can seek.
 * @returns a function of the first entry, a multiple of 8, and of how many there are
 */
export function entriesAt(
  input: ArrowInput,
  body: Body,
  stored: readonly Stored[],
): (first: number, entries: number) => Promise<OpenNumbers[]> {
  const { readAt } = body.bytes.source;
  /** Pieces that are needed whole. */
  const whole = new Map<number, Uint8Array>();

  const readSpan = async ({ offset, length, column, piece }: Span): Promise<Uint8Array> => {
    const isWhole = stored[column]!.pieces[piece]!.bits === undefined;
    const held = isWhole ? whole.get(offset) : undefined;
    if (held) return held;
    const bytes = new Uint8Array(length);
    for (let filled = 0, count = 0; filled < length; filled += count) {
      count = await readAt!(bytes.subarray(filled), body.start + offset + filled);
      if (count === 0) throw input.cutShort();
    }
    if (isWhole) whole.set(offset, bytes);
    return bytes;
  };

  return async (first, entries) => {
    const bytes = stored.map(({ pieces }) => new Array<Uint8Array>(pieces.length));
    for (const span of spansOf(stored, first, entries)) bytes[span.column]![span.piece] = await readSpan(span);
    return opened(stored, bytes, first);
  };
}

/** Memory for one batch's numbers, used again for the next. */
export class Memory {
  readonly #input: ArrowInput;
  #bytes: Uint8Array = new Uint8Array(0);
  #used = 0;
  #most = 0;

  constructor(input: ArrowInput) {
    this.#input = input;
  }

  /**
   * Reads entries `first`, a multiple of 8, to `first + entries` of a body's columns.
   * @returns their numbers, valid until the next call
   */
  async hold(body: Body, stored: readonly Stored[], first: number, entries: number): Promise<OpenNumbers[]> {
    const bytes: Uint8Array[][] = stored.map(({ pieces }) => pieces.map(() => new Uint8Array(0)));
    const spans = spansOf(stored, first, entries)
      .filter(({ length }) => length > 0)
      .sort((a, b) => a.offset - b.offset);
    const begin = spans[0]?.offset ?? 0;
    const end = spans.reduce((most, { offset, length }) => Math.max(most, offset + length), begin);
    this.#used = 0;
    this.#most = Math.max(end - begin + 8 * spans.length, FIRST_BYTES);
    const starts = new Map<Span, number>();
    for (const run of runsOf(spans)) {
      const [{ offset }] = run as [Span];
      const last = run.at(-1)!;
      await body.enter({ offset, length: 0 });
      const start = await this.#add(body, last.offset + last.length - offset);
      for (const span of run) starts.set(span, start + span.offset - offset);
    }
    for (const [{ column, piece, length }, start] of starts) {
      bytes[column]![piece] = this.#bytes.subarray(start, start + length);
    }
    return opened(stored, bytes, first);
  }

  /** Reads the body's next `length` bytes; returns where they begin, a multiple of 8. */
  async #add(body: Body, length: number): Promise<number> {
    const start = Math.ceil(this.#used / 8) * 8;
    const end = start + length;
    this.#used = start;
    while (this.#used < end) {
      if (this.#used === this.#bytes.length) this.#grow();
      const piece = this.#bytes.subarray(this.#used, Math.min(end, this.#bytes.length));
      await body.read(piece);
      this.#used += piece.length;
    }
    return start;
  }

  #grow(): void {
    const length = Math.min(Math.max(2 * this.#bytes.length, FIRST_BYTES), this.#most);
    try {
      const grown = new Uint8Array(length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    } catch (error) {
      throw dataError(
        `${this.#input.bytes.name}: a batch whose columns take ${this.#most} bytes does not fit in memory; name the file itself instead of a pipe, or write smaller batches`,
        error,
      );
    }
  }
}

/** Spans that follow one another so closely that they are read at once. */
function runsOf(spans: readonly Span[]): Span[][] {
  const runs: Span[][] = [];
  let end = 0;
  for (const span of spans) {
    const gap = span.offset - end;
    if (runs.length > 0 && gap >= 0 && gap <= GAP_BYTES) runs.at(-1)!.push(span);
    else runs.push([span]);
    end = span.offset + span.length;
  }
  return runs;
}

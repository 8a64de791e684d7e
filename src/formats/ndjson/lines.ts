/** Lines of text as they come, those that are blank passed over. */

import { dataError, type LevattnError } from '../../errors.js';
import type { ByteReader } from '../bytes/reader.js';

const LF = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const CHUNK_BYTES = 1 << 16;
/** A row of 8,192 numbers takes 0.2 MB. */
const MAX_LINE_BYTES = 1 << 23;
/** Bytes that are looked at to tell the fields of objects, more only where they hold no whole line. */
const SAMPLE_BYTES = 1 << 16;

/** A line that is not blank. */
export interface Line {
  /** Without space around it. */
  readonly text: string;
  /** 1-based, blank lines counted. */
  readonly number: number;
  /** Whether no line break follows. */
  readonly isLast: boolean;
}

/** Takes the mark that some programs put before UTF-8 text. */
export async function skipByteOrderMark(bytes: ByteReader): Promise<void> {
  const head = await bytes.peek(BYTE_ORDER_MARK.length);
  if (BYTE_ORDER_MARK.every((byte, i) => head[i] === byte)) bytes.consume(BYTE_ORDER_MARK.length);
}

/**
 * The first line, or the lines of the first 64 KiB, without consuming them; none where there is none.
 *
 * It waits for them even on a slow pipe: what is told from them must not hang on how fast bytes arrive.
 */
export async function sampleLines(bytes: ByteReader, most: 'one' | 'many'): Promise<Line[]> {
  let size = most === 'one' ? 1 : SAMPLE_BYTES;
  for (;;) {
    // Of one line no more is waited for than its end.
    const view = most === 'one' ? await peekGrowing(bytes, size) : await bytes.peek(size);
    const isWhole = view.length < size;
    const lines = new LineCutter(bytes);
    const found = [...lines.push(view.slice()), ...(isWhole ? lines.finish() : [])];
    if (found.length > 0 || isWhole || view.length > MAX_LINE_BYTES) return found;
    size = most === 'one' ? view.length + 1 : 2 * size;
  }
}

async function peekGrowing(bytes: ByteReader, size: number): Promise<Uint8Array> {
  const view = await bytes.peek(size);
  return view.length < size ? view : bytes.peekSome(Number.POSITIVE_INFINITY);
}

/** Reads lines. */
export class LineReader {
  readonly #bytes: ByteReader;
  readonly #cutter: LineCutter;
  #ended = false;

  constructor(bytes: ByteReader) {
    this.#bytes = bytes;
    this.#cutter = new LineCutter(bytes);
  }

  /** The next lines, at least one; none at the end. */
  async next(): Promise<Line[]> {
    while (!this.#ended) {
      const view = await this.#bytes.peekSome(CHUNK_BYTES);
      this.#ended = view.length === 0;
      const lines = this.#ended ? this.#cutter.finish() : this.#cutter.push(view.slice());
      this.#bytes.consume(view.length);
      if (lines.length > 0) return lines;
    }
    return [];
  }
}

/** Cuts bytes into lines. */
class LineCutter {
  readonly #bytes: ByteReader;
  #number = 0;
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  constructor(bytes: ByteReader) {
    this.#bytes = bytes;
  }

  /** Lines that end in `view`, which stays as it is. */
  push(view: Uint8Array): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = view.indexOf(LF); end >= 0; end = view.indexOf(LF, from)) {
      this.#take(view.subarray(from, end), false, lines);
      from = end + 1;
    }
    this.#rest.push(view.subarray(from));
    this.#restBytes += view.length - from;
    if (this.#restBytes > MAX_LINE_BYTES) throw this.#tooLong();
    return lines;
  }

  /** The line that no line break ends. */
  finish(): Line[] {
    const lines: Line[] = [];
    if (this.#restBytes > 0) this.#take(new Uint8Array(0), true, lines);
    return lines;
  }

  #take(end: Uint8Array, isLast: boolean, into: Line[]): void {
    const text = Buffer.concat([...this.#rest, end])
      .toString()
      .trim();
    this.#rest = [];
    this.#restBytes = 0;
    this.#number++;
    if (text !== '') into.push({ text, number: this.#number, isLast });
  }

  #tooLong(): LevattnError {
    return dataError(
      `${this.#bytes.name}: line ${this.#number + 1} is longer than ${MAX_LINE_BYTES >> 20} MiB; each line must be one row: where all rows are in one JSON array, jq -c '.[]' FILE gives them line by line`,
    );
  }
}

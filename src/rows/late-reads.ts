/**
 * Bytes of files that are on their way into memory, and are read there late: by the thread that works on them, just before it does. They are then
 * in that processor's cache, and no other thread waits for them.
 *
 * Until they are read, their file must stay open.
 */

import { readSync } from 'node:fs';
import { dataError } from '../errors.js';
import type { RowOrigins } from './file-rows.js';

/** A part of a file, and where in some memory it goes. Can be posted to threads. */
export interface LateRead {
  readonly descriptor: number;
  /** Where the part begins in the file, in bytes. */
  readonly position: number;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** Names the file in messages. */
  readonly name: string;
}

/** Why a part could not be read. Can be posted to threads. */
export interface LateFailure {
  readonly name: string;
  /** What the operating system said; undefined where the file has become shorter. */
  readonly code: string | undefined;
}

/** A {@link LateFailure} on the thread where it occurs. */
export class LateReadError extends Error {
  constructor(readonly failure: LateFailure) {
    super(`reading ${failure.name} failed`);
  }
}

/** The error for the user. */
export const lateError = ({ name, code }: LateFailure): Error =>
  dataError(
    code === undefined
      ? `${name}: the file has become shorter while it was read; write it again`
      : `${name}: cannot be read (${code}); check the file or device`,
  );

/** Reads parts into a memory, in ascending order of their places, as far as they are asked for. */
export class LateReader {
  readonly #memory: ArrayBufferLike;
  readonly #reads: readonly LateRead[];
  /** The part that is next, and its bytes so far. */
  #next = 0;
  #done = 0;

  constructor(memory: ArrayBufferLike, reads: readonly LateRead[]) {
    this.#memory = memory;
    this.#reads = reads;
  }

  /**
   * Reads what is missing before a byte of the memory.
   * @throws LateReadError where it cannot be read
   */
  upTo(end = Number.POSITIVE_INFINITY): void {
    for (; this.#next < this.#reads.length; this.#next++, this.#done = 0) {
      const read = this.#reads[this.#next]!;
      const most = Math.min(read.byteLength, end - read.byteOffset);
      const into = new Uint8Array(this.#memory, read.byteOffset, read.byteLength);
      while (this.#done < most) this.#done += readSome(read, into, this.#done, most);
      if (this.#done < read.byteLength) return;
    }
  }
}

function readSome({ descriptor, position, name }: LateRead, into: Uint8Array, from: number, to: number): number {
  let count: number;
  try {
    count = readSync(descriptor, into, from, to - from, position + from);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new LateReadError({ name, code: code ?? message });
  }
  if (count === 0) throw new LateReadError({ name, code: undefined });
  return count;
}

/**
 * Reads parts into a memory, all of them, on this thread.
 * @throws LevattnError where one cannot be read
 */
export function readParts(memory: ArrayBufferLike, reads: readonly LateRead[]): void {
  try {
    new LateReader(memory, reads).upTo();
  } catch (error) {
    throw error instanceof LateReadError ? lateError(error.failure) : error;
  }
}

/** The parts that a piece of memory still waits for, and where those that are there have come from. */
export class LateReads {
  /** Whether readers may leave reads to others. */
  mayWait = true;
  /** Where the rows lie in files, for whoever wants to know; readers tell it. */
  origins: RowOrigins | undefined;
  readonly #parts: { readonly read: LateRead; readonly release: () => void }[] = [];

  /** What is to be read, in ascending order of places. */
  get reads(): readonly LateRead[] {
    return this.#parts.map(({ read }) => read);
  }

  /** @param release - called when the part has been read, or is not wanted any more */
  add(read: LateRead, release: () => void): void {
    this.#parts.push({ read, release });
  }

  /**
   * Reads all parts on this thread, if there are any.
   * @throws LevattnError where one cannot be read
   */
  readNow(memory: ArrayBufferLike): void {
    if (this.#parts.length === 0) return;
    try {
      readParts(memory, this.reads);
    } finally {
      this.settle();
    }
  }

  /** Nobody will read the parts any more, be it that somebody has. */
  settle(): void {
    for (const { release } of this.#parts.splice(0)) release();
  }
}

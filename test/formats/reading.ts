/** What the tests of the readers share: sources of bytes in pieces, and reading a matrix to its end. */

import { LevattnError } from '../../src/errors.js';
import { ByteReader, type ByteSource } from '../../src/formats/bytes/reader.js';
import { memorySource } from '../../src/formats/bytes/sources.js';
import type { MatrixFormat, ReadOptions } from '../../src/formats/format.js';
import { allocate, type MatrixReader } from '../../src/rows/row-block.js';

/** Bytes as a file gives them. */
export const fileOf = (bytes: Uint8Array, chunk?: number): ByteReader =>
  new ByteReader(memorySource(bytes, 'memory', chunk));

/** Bytes as a pipe gives them: in pieces, of unknown length, without seeking. */
export function pipeOf(bytes: Uint8Array, chunk = bytes.length): ByteReader {
  const { read, close } = memorySource(bytes, 'memory', chunk);
  const source: ByteSource = { name: 'pipe', size: undefined, streaming: true, read, close };
  return new ByteReader(source);
}

/** Every row, read at most `maxRows` at a time, with a guard around what each read may write. */
export async function readAll(reader: MatrixReader, maxRows = 3): Promise<number[]> {
  const values: number[] = [];
  const { d } = reader;
  for (;;) {
    const into = allocate(reader.dtype, maxRows * d + 1);
    into[maxRows * d] = 77;
    const rows = await reader.read(into, maxRows);
    if (rows > maxRows || into[maxRows * d] !== 77) throw new Error('read() wrote past maxRows');
    if (rows === 0) return values;
    for (const value of into.subarray(0, rows * d)) values.push(value);
  }
}

/** The error that opening and reading ends in; undefined where the matrix is whole. */
export async function failureOf(
  format: MatrixFormat,
  bytes: ByteReader,
  options: ReadOptions = {},
): Promise<LevattnError | undefined> {
  try {
    await readAll(await format.open(bytes, options), 64);
    return undefined;
  } catch (error) {
    if (error instanceof LevattnError) return error;
    throw error;
  }
}

/** `count` varied finite numbers, exact in float32 and float16. */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 4 - 12);

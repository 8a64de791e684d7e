/**
 * The JSON document in which a universal set travels with its keys, as metadata of the Arrow schema: everything but the
 * columns. Numbers read back to the same bits; matrices are base64 of little-endian float64. Here is what it may hold; `write-document.ts`
 * writes it, and `read-document.ts` reads it.
 */

import { usageError } from '../errors.js';
import type { UniversalSet } from '../sketch/universal-set.js';

/** What a document says that it is. */
export const FORMAT = 'levattn.universal-set';
export const VERSION = 1;
/** Of documents whose root is packed, which version 1 does not know. */
export const PACKED_VERSION = 2;

/**
 * The most numbers in matrices: base64 of them, 32 / 3 bytes each, stays within the longest string that JavaScript has (2^29 - 24
 * characters) and the metadata that the reader takes.
 */
const MAX_NUMBERS = 48_000_000;

/** From this number of columns on, a triangular root is packed. */
export const PACKED_COLUMNS = 2_501;

/** A universal set without its columns. */
export type UniversalSetHeader = Omit<UniversalSet, 'index' | 'ids' | 'score' | 'keys'>;

/** Whether a document is one of a universal set, even if the rest of it is damaged. */
export const isDocument = (text: string): boolean => /"format"\s*:\s*"levattn\.universal-set"/.test(text);

/** Numbers that go into the document as matrices; where d is large, if its root is triangular. */
export const numbersOf = (d: number, { lewis, sample, sampling }: Partial<UniversalSet>): number =>
  rootNumbers(d) + d * d * ((lewis ? 1 : 0) + (sampling ? 1 : 0)) + (sample ? sample.index.length * (d + 2) : 0);

/** Numbers of a root of d columns. */
export const rootNumbers = (d: number): number => (d >= PACKED_COLUMNS ? (d * (d + 1)) / 2 : d * d);

/**
 * Refuses a universal set that would not fit, which is known before K is read.
 * @param numbers - in matrices, of all sets together
 * @throws LevattnError where there are too many
 */
export function refuseTooWide(d: number, numbers: number, sets = 1): void {
  if (numbers <= MAX_NUMBERS) return;
  const what = sets === 1 ? `a universal set of ${d} columns does` : `${sets} universal sets of ${d} columns do`;
  throw usageError(
    `${what} not fit into Arrow metadata with all that must go there; ${sets === 1 ? '' : 'take fewer with --head, or '}write npy or CSV, without keys`,
  );
}

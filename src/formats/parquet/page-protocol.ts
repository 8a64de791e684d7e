/** What the thread that reads a Parquet file and those that decode its pages say to one another. */

import type { SchemaElement } from 'hyparquet';
import type { LargestLevels } from './encodings.js';
import type { NumberArray } from './numbers.js';
import type { Page, StoredPage } from './page-decoder.js';

/** Bytes before a page: a word that says which page it is, and whether somebody has taken it. */
const CLAIM_BYTES = 8;

/** A page in memory that all threads see, and which is used again for others. */
export interface SharedPage extends Omit<StoredPage, 'bytes'> {
  readonly memory: SharedArrayBuffer;
  /** What the word holds for as long as the page is there and nobody has taken it. */
  readonly ticket: number;
}

/** To a worker: decode a page, which it answers; or forget a column. */
export type PageMessage =
  | {
      readonly kind: 'page';
      readonly column: number;
      readonly element: SchemaElement;
      readonly largest: LargestLevels;
      readonly page: SharedPage;
      /** Where its values may be put. */
      readonly memory: SharedArrayBuffer;
      /** That of its chunk, with a number that no other of the column has. */
      readonly dictionary: (SharedPage & { readonly number: number }) | undefined;
    }
  | { readonly kind: 'forget'; readonly column: number };

/** What a worker has made of a page: its values are here, or where they could be put. */
export interface PageAnswer extends Omit<Page<NumberArray>, 'values'> {
  readonly values: NumberArray | { readonly type: 'Float32Array' | 'Float64Array'; readonly length: number };
}

/** Bytes of memory for a page of so many. */
export const memoryFor = (length: number): number => CLAIM_BYTES + length;

/** Where its bytes are. */
export const bytesFrom = (memory: SharedArrayBuffer, length: number): Uint8Array =>
  new Uint8Array(memory, CLAIM_BYTES, length);

const wordOf = (memory: SharedArrayBuffer): Int32Array => new Int32Array(memory, 0, 1);

/** Gives memory to another page: whoever still has a ticket of one before takes nothing. */
export function newTicket(memory: SharedArrayBuffer): number {
  const word = wordOf(memory);
  const ticket = (Atomics.load(word, 0) | 1) + 1;
  Atomics.store(word, 0, ticket);
  return ticket;
}

/** The bytes of a page that is shared. */
export const bytesIn = ({ header, memory }: SharedPage): Uint8Array => bytesFrom(memory, header.compressed_page_size);

/** Takes a page, once for all threads; false where somebody else has. */
export const claim = ({ memory, ticket }: SharedPage): boolean =>
  Atomics.compareExchange(wordOf(memory), 0, ticket, ticket + 1) === ticket;

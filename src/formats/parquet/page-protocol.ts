/** What the thread that reads a Parquet file and those that decode its pages say to one another. */

import type { SchemaElement } from 'hyparquet';
import type { LargestLevels } from './encodings.js';
import type { StoredPage } from './page-decoder.js';

/** Bytes before a page: whether somebody has taken it. */
const CLAIM_BYTES = 8;

/** A page in memory that all threads see. */
export interface SharedPage extends Omit<StoredPage, 'bytes'> {
  readonly memory: SharedArrayBuffer;
}

/** To a worker: decode a page, which it answers; or forget a column. */
export type PageMessage =
  | {
      readonly kind: 'page';
      readonly column: number;
      readonly element: SchemaElement;
      readonly largest: LargestLevels;
      readonly page: SharedPage;
      /** That of its chunk, with a number that no other of the column has. */
      readonly dictionary: (SharedPage & { readonly number: number }) | undefined;
    }
  | { readonly kind: 'forget'; readonly column: number };

/** Room for a page of `length` bytes in memory that threads share. */
export const sharedBytes = (length: number): Uint8Array =>
  new Uint8Array(new SharedArrayBuffer(CLAIM_BYTES + length), CLAIM_BYTES);

/** The bytes of a page that is shared. */
export const bytesIn = ({ header, memory }: SharedPage): Uint8Array =>
  new Uint8Array(memory, CLAIM_BYTES, header.compressed_page_size);

/** Takes a page, once for all threads; false where somebody else has. */
export const claim = (memory: SharedArrayBuffer): boolean =>
  Atomics.compareExchange(new Int32Array(memory, 0, 1), 0, 0, 1) === 0;

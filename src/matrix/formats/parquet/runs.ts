/**
 * Goes over the runs of a page's levels and places in the dictionary before hyparquet decodes them: it believes whatever length a run
 * claims, and would write far past the page's values until memory ends.
 */

import type { parquetHeader } from 'hyparquet/src/column.js';

type PageHeader = ReturnType<typeof parquetHeader>;
type HeaderV1 = NonNullable<PageHeader['data_page_header']>;
type HeaderV2 = NonNullable<PageHeader['data_page_header_v2']>;

/** The largest levels of a column; 0 where it has none. */
export interface LargestLevels {
  readonly repetition: number;
  readonly definition: number;
}

/** Groups of seven bits in a length. */
const MAX_VARINT_BYTES = 5;

/** Packed values come eight at a time, the last of them padding; DuckDB writes 256 at a time. More than this is damage. */
const MAX_PADDING = 1 << 12;

/**
 * Checks a page of version 1: levels, each with its length before it, then values.
 * @param page - decompressed
 * @throws RangeError where a run is longer than what is left of the page's values
 */
export function checkRunsV1(page: Uint8Array, header: HeaderV1, { repetition, definition }: LargestLevels): void {
  const { num_values: count } = header;
  let at = 0;
  for (const largest of [repetition, definition]) {
    if (largest === 0) continue;
    if (at + 4 > page.length) throw new RangeError('a page without its levels');
    const length = new DataView(page.buffer, page.byteOffset).getUint32(at, true);
    checkRuns(page, at + 4, widthOf(largest), count);
    at += 4 + length;
  }
  checkPlaces(page, at, header);
}

/**
 * Checks a page of version 2: levels of lengths that the header tells, then values.
 * @param page - with values that are decompressed
 * @throws RangeError where a run is longer than what is left of the page's values
 */
export function checkRunsV2(page: Uint8Array, header: HeaderV2, { repetition, definition }: LargestLevels): void {
  const { num_values: count, repetition_levels_byte_length: first, definition_levels_byte_length: second } = header;
  if (repetition > 0) checkRuns(page, 0, widthOf(repetition), count);
  if (definition > 0) checkRuns(page, first, widthOf(definition), count);
  checkPlaces(page, first + second, header);
}

/** Places in the dictionary: their width in bits, then runs. There are as many as values, or fewer where some are missing. */
function checkPlaces(page: Uint8Array, at: number, header: HeaderV1 | HeaderV2): void {
  if (!header.encoding.endsWith('_DICTIONARY')) return;
  const missing = 'num_nulls' in header ? header.num_nulls : undefined;
  const width = page[at];
  if (width === undefined || width > 32) throw new RangeError('a page without the width of its values');
  // Version 1 says nothing of missing values; a page that has some is refused for that, and need not be read to its end.
  checkRuns(page, at + 1, width, header.num_values - (missing ?? 0), missing === undefined);
}

/**
 * @param count - values that the runs hold
 * @param fewer - whether they may end before
 */
function checkRuns(bytes: Uint8Array, start: number, width: number, count: number, fewer = false): void {
  let at = start;
  for (let left = count; left > 0; ) {
    if (fewer && at >= bytes.length) return;
    let header = 0;
    for (let i = 0; ; i++) {
      const byte = bytes[at++];
      if (byte === undefined || i === MAX_VARINT_BYTES) throw new RangeError('levels or values cut short');
      header += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) break;
    }
    const packed = header % 2 === 1;
    const run = Math.floor(header / 2);
    if (packed ? 8 * run > left + MAX_PADDING : run > left) throw new RangeError('a run longer than its page');
    if (!packed) at += Math.ceil(width / 8);
    // The decoder takes a byte even of nothing.
    else at += run * width > 0 ? run * width : Math.min(1, bytes.length - at);
    if (at > bytes.length) throw new RangeError('levels or values cut short');
    left -= packed ? 8 * run : run;
  }
}

const widthOf = (largest: number): number => 32 - Math.clz32(largest);

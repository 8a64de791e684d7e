/** One row from one line without quotes, which says the same whoever reads it: where the scanner stops at a value that is missing. */

import type { Dialect } from './dialect.js';
import { hasBlanks } from './dialect.js';
import type { CsvRow } from './row-source.js';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

/** The row of a line, and how many bytes it takes; undefined where the parser must read on. */
export type UnquotedRow = (
  text: Uint8Array,
  line: number,
) => { readonly row: CsvRow; readonly bytes: number } | undefined;

/**
 * What reads such a row from the beginning of a text.
 *
 * Lines with quotes, comments, blank lines and carriage returns within them are left to the parser.
 */
export function unquotedRows(dialect: Dialect): UnquotedRow {
  const { delimiter, quotes } = dialect;
  if (hasBlanks(dialect)) return () => undefined;
  return (bytes, line) => {
    const end = bytes.indexOf(LF);
    if (end < 0) return undefined;
    const content = bytes.subarray(0, end > 0 && bytes[end - 1] === CR ? end - 1 : end);
    if (content.includes(CR) || (quotes && content.includes(QUOTE))) return undefined;
    const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString('utf8');
    if (/^\s*(?:#|$)/.test(text)) return undefined;
    const fields = text.split(delimiter);
    return { row: { line, fields, terminated: true, multiline: false }, bytes: end + 1 };
  };
}

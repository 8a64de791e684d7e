/** What is wrong with JSON that is no row, and what to do. */

import { dataError, type LevattnError } from '../../errors.js';
import { shownText } from '../../text.js';
import type { ByteReader } from '../bytes/reader.js';
import { scanJson } from './json.js';
import type { Line } from './lines.js';

/** An array of arrays or of objects, as far as the text goes. */
const ARRAY_OF_ROWS = /^\[\s*(?:[[{]|$)/;

/** The error for a line, `reason` going on from its number. */
export const badLine = ({ name }: ByteReader, { number }: Pick<Line, 'number'>, reason: string): LevattnError =>
  dataError(`${name}: line ${number} ${reason}`);

/** The way to have each element of an array, or each object, on a line of its own. */
const byLine = (text: string): string => (text.startsWith('[') ? "jq -c '.[]' FILE" : 'jq -c . FILE');

/**
 * The error for a line that is no JSON.
 * @param isFirst - whether no row came before it
 */
export function refuseText(bytes: ByteReader, line: Line, isFirst: boolean): LevattnError {
  const { text } = line;
  const { end } = scanJson(text);
  const after = end === undefined ? '' : text.slice(end).trim();
  if (/^[[{]/.test(after)) {
    return badLine(bytes, line, 'holds several JSON values; write one row per line: jq -c . FILE | levattn …');
  }
  if (/^,\s*$/.test(after)) {
    return badLine(bytes, line, "ends with a comma; write one row per line: jq -c '.[]' FILE | levattn …");
  }
  const goesOn = end === undefined && !line.isLast;
  if (goesOn && isFirst && /^[[{]/.test(text) && isBrokenInside(text)) {
    const command = ARRAY_OF_ROWS.test(text) ? "jq -c '.[]' FILE, or jq -c . FILE where it is one row" : byLine(text);
    return badLine(
      bytes,
      line,
      `begins JSON that goes on over several lines; write one row per line: ${command} | levattn …`,
    );
  }
  if (line.isLast) return bytes.breaksOff(`line ${line.number} is no whole JSON`);
  return badLine(bytes, line, `is no JSON (${shownText(text)}); correct it, or leave the line out`);
}

/** Whether a text breaks off where JSON that is laid out over lines does: behind a bracket, a comma or a colon. */
const isBrokenInside = (text: string): boolean => /[[{,:]$/.test(text);

/** The error for a line that holds many rows. */
export const refuseRows = (bytes: ByteReader, line: Line): LevattnError =>
  badLine(bytes, line, "holds an array of rows; write one row per line: jq -c '.[]' FILE | levattn …");

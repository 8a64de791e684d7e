/**
 * Fields of one line whose quotes end where the line does: lines under blanks as delimiter, in which a lone quote is a word like
 * any other, and lines that may be comments.
 */

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;

/** A line as the parser of quoted text reads it, without a line break. */
export interface SplitLine {
  readonly text: Uint8Array;
  /** Fields, >= 1. */
  readonly width: number;
}

const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB || byte === 0x0b || byte === 0x0c;

/**
 * Cuts a line into fields. A quote encloses a field where the line has its other half, with a delimiter or the line's end behind it;
 * any other is a character, which comes out as the parser wants it: in quotes itself.
 *
 * @param line - is overwritten
 * @param delimiter - as a byte; the space stands for runs of spaces and tabs, and none come out around the line
 * @param quotes - whether quotes may enclose fields
 */
export function splitLine(line: Uint8Array, delimiter: number, quotes: boolean): SplitLine {
  if (quotes && line.includes(QUOTE)) return splitQuoted(line, delimiter);
  if (delimiter === SPACE) return collapse(line);
  let width = 1;
  for (const byte of line) if (byte === delimiter) width++;
  return { text: line, width };
}

/** Puts one space for each run of blanks, in place, and none around the line. */
function collapse(line: Uint8Array): SplitLine {
  let length = 0;
  let width = 1;
  let behindBlank = false;
  for (const byte of line) {
    const atFieldStart = behindBlank || length === 0;
    if (byte === SPACE || byte === TAB || (atFieldStart && isBlank(byte))) {
      behindBlank = true;
      continue;
    }
    if (behindBlank && length > 0) {
      line[length++] = SPACE;
      width++;
    }
    behindBlank = false;
    line[length++] = byte;
  }
  return { text: line.subarray(0, length), width };
}

function splitQuoted(line: Uint8Array, delimiter: number): SplitLine {
  const spaces = delimiter === SPACE;
  const endsField = (byte: number | undefined): boolean =>
    byte === undefined || byte === delimiter || (spaces && byte === TAB);
  const skipBlanks = (from: number): number => {
    let i = from;
    while (isBlank(line[i]) && (spaces || line[i] !== delimiter)) i++;
    return i;
  };
  const fields: Uint8Array[] = [];
  for (let from = 0; from <= line.length; ) {
    const first = skipBlanks(from);
    if (spaces && first === line.length && fields.length > 0) break;
    const opens = line[first] === QUOTE;
    const behind = opens ? closingQuote(line, first) + 1 : 0;
    const enclosed = behind > 0 && endsField(line[spaces ? behind : skipBlanks(behind)]);
    let end = enclosed ? behind : first;
    while (!endsField(line[end])) end++;
    fields.push(opens && !enclosed ? inQuotes(line.subarray(first, end)) : line.subarray(spaces ? first : from, end));
    from = end + 1;
  }
  return { text: joined(fields, delimiter), width: fields.length };
}

/** Where the quote that opens at `from` closes; -1 where it does not. */
function closingQuote(line: Uint8Array, from: number): number {
  for (let i = from + 1; i < line.length; i++) {
    if (line[i] !== QUOTE) continue;
    if (line[i + 1] !== QUOTE) return i;
    i++;
  }
  return -1;
}

function inQuotes(field: Uint8Array): Uint8Array {
  return Uint8Array.from([QUOTE, ...[...field].flatMap((byte) => (byte === QUOTE ? [QUOTE, QUOTE] : [byte])), QUOTE]);
}

function joined(fields: readonly Uint8Array[], delimiter: number): Uint8Array {
  const text = new Uint8Array(fields.reduce((sum, field) => sum + field.length + 1, -1));
  let at = 0;
  for (const [i, field] of fields.entries()) {
    if (i > 0) text[at++] = delimiter;
    text.set(field, at);
    at += field.length;
  }
  return text;
}

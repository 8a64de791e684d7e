/**
 * Rows of numbers from CSV text: one module by itself, for the reader of CSV files.
 *
 * It reads whole rows that end in a line break, so no loop needs to look where the text ends. A row that is not plain stops
 * it; a parser that knows all of CSV must go on from there.
 */

import { readDecimal } from './decimal';

const TAB: u8 = 0x09;
const LF: u8 = 0x0a;
const VERTICAL_TAB: u8 = 0x0b;
const FORM_FEED: u8 = 0x0c;
const CR: u8 = 0x0d;
const SPACE: u8 = 0x20;
const HASH: u8 = 0x23;

/**
 * What the plan says of a column: the place of its number in the row of values, else that it is passed over and holds text
 * without quotes, or digits alone, or (-3, whatever the scanner makes of it) nothing; or that it holds the row's id.
 */
const TEXT: i32 = -1;
const INTEGER: i32 = -2;
const ID: i32 = -4;

/** Behind the ids copied so far. */
let idsEnd: usize = 0;

/**
 * Reads rows until one is not plain: `width` fields, of the kind the plan says, spaces around them or not. A delimiter
 * that is the space stands for runs of spaces and tabs.
 *
 * @param from - where a row begins
 * @param to - behind a line break; 16 more bytes are readable
 * @param plan - width x i32
 * @param quote - stops text; a byte that no text has where there are no quotes
 * @param point - the decimal sign; -1: numbers have none
 * @param constants - as `decimal.ts` wants them
 * @param out - receives `d` float64 a row
 * @param cursor - receives where the first row that was not read begins, a u32
 * @param ids - receives the rows' ids, one after another, and 16 bytes more; not used where the plan has none
 * @param ends - receives where in `ids` each ends, a u32 a row; likewise
 * @returns the rows read; 0 where the first is not plain
 */
export function scanRows(
  from: usize, to: usize, plan: usize, width: i32, delimiter: i32, quote: i32, point: i32,
  constants: usize, out: usize, d: i32, maxRows: i32, cursor: usize, ids: usize, ends: usize,
): i32 {
  let row = from;
  let rows: i32 = 0;
  idsEnd = ids;
  while (rows < maxRows && row < to) {
    const next = scanRow(row, to, plan, width, <u8>delimiter, <u8>quote, point, constants, out);
    if (next == 0) break;
    row = next;
    if (idsEnd != ids) store<u32>(ends + (<usize>rows << 2), <u32>(idsEnd - ids));
    rows++;
    out += <usize>d << 3;
  }
  store<u32>(cursor, <u32>row);
  return rows;
}

/** Reads one row; returns where the next begins, 0 where it is not plain. */
@inline
function scanRow(
  row: usize, to: usize, plan: usize, width: i32, delimiter: u8, quote: u8, point: i32, constants: usize, out: usize,
): usize {
  const spaces = delimiter == SPACE;
  let p = skipBlanks(row, spaces);
  const first = load<i32>(plan);
  if ((first == TEXT || first == ID) && mayBeComment(load<u8>(p), delimiter)) return 0;
  const end = plan + (<usize>width << 2);
  while (true) {
    const kind = load<i32>(plan);
    if (kind >= 0) p = readDecimal(p, constants, out + (<usize>kind << 3), point);
    else if (kind == TEXT) p = skipText(p, delimiter, spaces, quote);
    else if (kind == INTEGER) p = skipInteger(p);
    else if (kind == ID) p = copyText(p, delimiter, spaces, quote);
    if (p == 0) return 0;
    plan += 4;
    const behind = skipBlanks(p, spaces);
    const byte = load<u8>(behind);
    if (plan == end) {
      if (byte == LF) return behind + 1;
      if (byte != CR) return 0;
      return behind + 1 < to && load<u8>(behind, 1) == LF ? behind + 2 : behind + 1;
    }
    if (spaces) {
      if (behind == p || byte == LF || byte == CR) return 0;
      p = behind;
    } else {
      if (byte != delimiter) return 0;
      p = skipBlanks(behind + 1, false);
    }
  }
}

/** Behind a run of spaces, and tabs where those set fields apart, too. */
@inline
function skipBlanks(p: usize, tabs: bool): usize {
  let byte = load<u8>(p);
  while (byte == SPACE || (tabs && byte == TAB)) byte = load<u8>(++p);
  return p;
}

/** Whether a line that begins with this byte may be a comment, behind a tab perhaps. */
@inline
function mayBeComment(byte: u8, delimiter: u8): bool {
  return byte == HASH || (byte == TAB && delimiter != TAB);
}

/** Where text ends: at the delimiter, a line break or a quote; 0 where it begins with space that may be no text. */
@inline
function skipText(p: usize, delimiter: u8, spaces: bool, quote: u8): usize {
  const alike = spaces ? TAB : delimiter;
  const first = load<u8>(p);
  if (first == VERTICAL_TAB || first == FORM_FEED) return 0;
  while (true) {
    const text = v128.load(p);
    const quotes = i8x16.eq(text, i8x16.splat(quote));
    const breaks = v128.or(i8x16.eq(text, i8x16.splat(LF)), i8x16.eq(text, i8x16.splat(CR)));
    const delimiters = v128.or(i8x16.eq(text, i8x16.splat(delimiter)), i8x16.eq(text, i8x16.splat(alike)));
    const found = i8x16.bitmask(v128.or(v128.or(quotes, breaks), delimiters));
    if (found != 0) return p + ctz(found);
    p += 16;
  }
}

/** Copies text without the blanks around it behind the other ids; returns where it ends, 0 where there is none. */
function copyText(p: usize, delimiter: u8, spaces: bool, quote: u8): usize {
  const behind = skipText(p, delimiter, spaces, quote);
  if (behind == 0) return 0;
  let end = behind;
  while (p < end && isBlank(load<u8>(p))) p++;
  while (p < end && isBlank(load<u8>(end - 1))) end--;
  if (p == end) return 0;
  const length = end - p;
  for (let i: usize = 0; i < length; i += 16) v128.store(idsEnd + i, v128.load(p + i));
  idsEnd += length;
  return behind;
}

@inline
function isBlank(byte: u8): bool {
  return byte == SPACE || byte == TAB;
}

/** Behind a whole number in digits alone; 0 where there is none. */
@inline
function skipInteger(p: usize): usize {
  const sign = load<u8>(p);
  if (sign == 0x2b || sign == 0x2d) p++;
  const first = p;
  while (<u32>load<u8>(p) - 0x30 < 10) p++;
  return p == first ? 0 : p;
}

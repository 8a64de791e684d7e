/** What takes longest in pages of Parquet, doubles at places in a dictionary and snappy: one module by itself, for the reader of Parquet files. */

/** What `lookUp` returns: all is well, the runs end too early, one is longer than its page, or a place is outside the dictionary. */
const WELL: i32 = 0;
const CUT_SHORT: i32 = 1;
const TOO_LONG: i32 = 2;
const OUTSIDE: i32 = 3;

/** Groups of seven bits in the header of a run. */
const MAX_VARINT_BYTES: i32 = 5;

/**
 * Reads `count` doubles.
 *
 * @param at - where the first run begins
 * @param end - behind the last byte; 8 more bytes are readable
 * @param width - bits of a place, 1 to 25
 * @param dictionary - `entries` float64, >= 1
 * @param padding - places that a packed run may have behind the last
 * @param out - receives `count` float64
 */
export function lookUp(
  at: usize, end: usize, width: i32, count: i32, dictionary: usize, entries: u32, padding: u32, out: usize,
): i32 {
  const mask: u64 = (<u64>1 << width) - 1;
  let left = <u64>count;
  while (left > 0) {
    let header: u64 = 0;
    let byte: u64 = 0x80;
    for (let i = 0; byte >= 0x80; i++) {
      if (at >= end || i == MAX_VARINT_BYTES) return CUT_SHORT;
      byte = load<u8>(at++);
      header |= (byte & 0x7f) << (7 * i);
    }
    const run = header >> 1;
    if ((header & 1) == 0) {
      if (run > left) return TOO_LONG;
      const bytes = <usize>((width + 7) >> 3);
      if (at + bytes > end) return CUT_SHORT;
      const place = <u32>(load<u64>(at) & ((<u64>1 << (<u64>bytes << 3)) - 1));
      at += bytes;
      if (run > 0 && place >= entries) return OUTSIDE;
      const value = run > 0 ? load<f64>(dictionary + (<usize>place << 3)) : 0;
      for (let i: u64 = 0; i < run; i++, out += 8) store<f64>(out, value);
      left -= run;
      continue;
    }
    if (run << 3 > left + padding) return TOO_LONG;
    const next = at + <usize>run * width;
    if (next > end) return CUT_SHORT;
    const packed = min(run << 3, left);
    let largest: u32 = 0;
    let bit: u64 = 0;
    for (const stop = out + (<usize>packed << 3); out < stop; out += 8, bit += width) {
      const place = <u32>((load<u64>(at + <usize>(bit >> 3)) >> (bit & 7)) & mask);
      largest = max(largest, place);
      store<f64>(out, load<f64>(dictionary + (<usize>(place < entries ? place : 0) << 3)));
    }
    if (largest >= entries) return OUTSIDE;
    at = next;
    left -= packed;
  }
  return WELL;
}

/**
 * Undoes snappy, of one block.
 *
 * @param at - where it begins
 * @param end - behind its last byte; 16 more bytes are readable
 * @param out - receives `length` bytes; 16 more may be written to
 * @returns `WELL`, or `CUT_SHORT` where it is damaged or has another length
 */
export function uncompress(at: usize, end: usize, out: usize, length: u32): i32 {
  let size: u64 = 0;
  let byte: u64 = 0x80;
  for (let i = 0; byte >= 0x80; i++) {
    if (at >= end || i == MAX_VARINT_BYTES) return CUT_SHORT;
    byte = load<u8>(at++);
    size |= (byte & 0x7f) << (7 * i);
  }
  if (size != <u64>length) return CUT_SHORT;
  const stop = out + <usize>length;
  let to = out;
  while (at < end) {
    const tag = <u32>load<u8>(at++);
    const kind = tag & 3;
    let count = <usize>(tag >> 2) + 1;
    if (kind == 0) {
      if (count > 60) {
        const extra = count - 60;
        if (extra > end - at) return CUT_SHORT;
        count = <usize>(load<u32>(at) & (<u32>0xffffffff >> (32 - (<u32>extra << 3)))) + 1;
        at += extra;
      }
      if (count == 0 || count > end - at || count > stop - to) return CUT_SHORT;
      if (count <= 16) v128.store(to, v128.load(at));
      else memory.copy(to, at, count);
      at += count;
    } else {
      let distance: usize;
      if (kind == 1) {
        count = <usize>((tag >> 2) & 7) + 4;
        distance = <usize>((tag & 0xe0) << 3) | <usize>load<u8>(at);
        at += 1;
      } else {
        distance = kind == 2 ? <usize>load<u16>(at) : <usize>load<u32>(at);
        at += kind == 2 ? 2 : 4;
      }
      if (at > end || distance == 0 || distance > to - out || count > stop - to) return CUT_SHORT;
      const from = to - distance;
      if (distance >= 16) for (let i: usize = 0; i < count; i += 16) v128.store(to + i, v128.load(from + i));
      else for (let i: usize = 0; i < count; i++) store<u8>(to + i, load<u8>(from + i));
    }
    to += count;
  }
  return to == stop ? WELL : CUT_SHORT;
}

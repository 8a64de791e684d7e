/**
 * Runs of small whole numbers, which a page's levels, places in the dictionary and truth values are: numbers packed in as few bits as the
 * largest takes, eight at a time, and one number many times. No run is believed that is longer than what it is read into.
 */

/** Groups of seven bits in a length. */
const MAX_VARINT_BYTES = 5;

/** Packed numbers come eight at a time, the last of them padding; DuckDB writes 256 at a time. More than this is damage. */
export const MAX_PADDING = 1 << 12;

/** Bits of a packed number that are always within the four bytes from the one it begins in. */
export const MAX_BITS_IN_WORD = 25;

/** The width of numbers up to the largest, in bits. */
export const widthOf = (largest: number): number => 32 - Math.clz32(largest);

/**
 * Reads as many numbers as `into` has elements.
 * @param at - where the first run begins
 * @param width - bits of each number, 0 to 32
 * @throws RangeError where the bytes end before, or a run is longer than what is left of `into`
 */
export function readRuns(bytes: Uint8Array, at: number, width: number, into: Uint8Array | Uint32Array): void {
  if (width > 32) throw new RangeError(`numbers of ${width} bits`);
  // Of numbers that are all 0, some writers leave out the runs.
  if (width === 0 && at >= bytes.length) return;
  for (let done = 0; done < into.length; ) {
    const { packed, run, start, end } = runAt(bytes, at, width, into.length - done);
    at = end;
    if (packed) {
      const to = Math.min(into.length, done + 8 * run);
      unpack(bytes, start, width, into, done, to);
      done = to;
    } else {
      let value = 0;
      for (let i = at - 1; i >= start; i--) value = value * 256 + bytes[i]!;
      into.fill(value, done, done + run);
      done += run;
    }
  }
}

/** What stands before a run, checked: `run` numbers, or eights of them where they are packed, in bytes start to end. */
function runAt(
  bytes: Uint8Array,
  at: number,
  width: number,
  left: number,
): { readonly packed: boolean; readonly run: number; readonly start: number; readonly end: number } {
  const [header, start] = varintAt(bytes, at);
  const packed = header % 2 === 1;
  const run = Math.floor(header / 2);
  if (packed ? 8 * run > left + MAX_PADDING : run > left) throw runTooLong();
  const end = start + (packed ? run * width : Math.ceil(width / 8));
  if (end > bytes.length) throw cutShort();
  return { packed, run, start, end };
}

/**
 * Whether `count` numbers are all the same one, as far as that shows in runs of it and in packed numbers whose bits are all set.
 * @param at - where the first run begins
 * @param width - bits of each number, 1 to 8
 * @param value - the number, < 2^width
 * @returns false also where the runs are damaged: {@link readRuns} says how
 */
export function repeatsThroughout(bytes: Uint8Array, at: number, width: number, value: number, count: number): boolean {
  const filled = value === 2 ** width - 1;
  for (let done = 0; done < count; ) {
    if (at >= bytes.length) return false;
    const [header, start] = varintAt(bytes, at);
    const packed = header % 2 === 1;
    const run = Math.floor(header / 2);
    const left = count - done;
    at = start + (packed ? run * width : 1);
    if (at > bytes.length) return false;
    if (packed) {
      // Behind the last number there may be padding of any bits.
      if (!filled || 8 * run > left + MAX_PADDING || !areSet(bytes, start, width * Math.min(8 * run, left)))
        return false;
    } else if (run > left || bytes[start] !== value) return false;
    done += packed ? 8 * run : run;
  }
  return true;
}

/** Whether a number of bits from a byte on, the lowest first, are all set. */
function areSet(bytes: Uint8Array, start: number, bits: number): boolean {
  const end = start + (bits >> 3);
  for (let i = start; i < end; i++) if (bytes[i] !== 0xff) return false;
  const mask = (1 << (bits & 7)) - 1;
  return mask === 0 || (bytes[end]! & mask) === mask;
}

/** Packed numbers, the lowest bits first. */
function unpack(
  bytes: Uint8Array,
  start: number,
  width: number,
  into: Uint8Array | Uint32Array,
  from: number,
  to: number,
): void {
  if (width > MAX_BITS_IN_WORD) {
    unpackWide(bytes, start, width, into, from, to);
    return;
  }
  const mask = (1 << width) - 1;
  let at = start;
  let shift = 0;
  for (let i = from; i < to; i++) {
    into[i] = (wordAt(bytes, at) >>> shift) & mask;
    shift += width;
    at += shift >> 3;
    shift &= 7;
  }
}

/** What is wrong with runs. */
export const outsideDictionary = (): Error => new RangeError('a value outside its dictionary');
export const runTooLong = (): Error => new RangeError('a run longer than its page');
export const cutShort = (): Error => new RangeError('levels or values cut short');

/** Packed numbers that may reach into a fifth byte. */
function unpackWide(
  bytes: Uint8Array,
  start: number,
  width: number,
  into: Uint8Array | Uint32Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const bit = (i - from) * width;
    const at = start + Math.floor(bit / 8);
    const word = (wordAt(bytes, at) >>> 0) + (bytes[at + 4] ?? 0) * 2 ** 32;
    into[i] = Math.floor(word / 2 ** (bit % 8)) % 2 ** width;
  }
}

/** Four bytes, the lowest first; what is past the end is masked out by those who ask. */
const wordAt = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

/** The header of a run, and where it ends. */
function varintAt(bytes: Uint8Array, at: number): readonly [header: number, end: number] {
  let header = 0;
  for (let i = 0; ; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || i === MAX_VARINT_BYTES) throw cutShort();
    header += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [header, at + i + 1];
  }
}

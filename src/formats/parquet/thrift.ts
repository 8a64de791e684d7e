/**
 * Goes over Thrift's compact encoding, in which Parquet's headers are, before hyparquet decodes it: its decoder believes
 * whatever length a list claims, and would work for hours on a damaged byte.
 */

/** Nesting past this is damage. */
const MAX_DEPTH = 32;

/** Bytes of values that have one size; lengths in bits of 7 and the rest are read below. */
const FIXED: { readonly [type: number]: number } = { 1: 0, 2: 0, 3: 1, 7: 8, 13: 16 };
const BINARY = 8;
const LIST = 9;
const SET = 10;
const MAP = 11;
const STRUCT = 12;

/**
 * Bytes of the structure that `bytes` begin with.
 * @throws RangeError `cut short` where they do not hold it whole, another where it is damaged
 */
export function thriftLength(bytes: Uint8Array): number {
  let at = 0;

  const pass = (length: number): void => {
    at += length;
    if (at > bytes.length) throw cutShort();
  };
  const byte = (): number => {
    pass(1);
    return bytes[at - 1]!;
  };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      value += (next & 0x7f) * scale;
      if (next < 0x80) return value;
      if (scale > 2 ** 63) throw new RangeError('a number too long');
    }
  };
  const passValues = (type: number, count: number, depth: number): void => {
    // Every value in a list takes a byte at least.
    if (count > bytes.length - at) throw cutShort();
    for (let i = 0; i < count; i++) passValue(type, depth, 1);
  };
  const passValue = (type: number, depth: number, least = 0): void => {
    if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
    const fixed = FIXED[type];
    if (fixed !== undefined) pass(Math.max(fixed, least));
    else if (type >= 4 && type <= 6) varint();
    else if (type === BINARY) pass(varint());
    else if (type === LIST || type === SET) {
      const head = byte();
      passValues(head & 15, head >> 4 === 15 ? varint() : head >> 4, depth + 1);
    } else if (type === MAP) {
      const count = varint();
      const types = count > 0 ? byte() : 0;
      if (count > bytes.length - at) throw cutShort();
      for (let i = 0; i < count; i++) {
        passValue(types >> 4, depth + 1, 1);
        passValue(types & 15, depth + 1, 1);
      }
    } else if (type === STRUCT) passStruct(depth + 1);
    else throw new RangeError('a value of an unknown type');
  };
  const passStruct = (depth: number): void => {
    for (let head = byte(); head !== 0; head = byte()) {
      if (head >> 4 === 0) varint();
      passValue(head & 15, depth);
    }
  };

  passStruct(0);
  return at;
}

const cutShort = (): RangeError => new RangeError('cut short');

/** Whether an error says that there were too few bytes. */
export const isCutShort = (error: unknown): boolean => error instanceof RangeError && error.message === 'cut short';

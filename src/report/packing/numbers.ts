/**
 * Lists of numbers as short text: whole numbers below 256 take a byte, below 65,536 two, others four as float32, in base64. Others keep six digits, which is
 * what figures and tables show; lists that float32 has no room for stay lists.
 */

/** Digits that are kept of a number that is not whole. */
const DIGITS = 6;

/** Whole numbers below these are kept as they are. */
const LARGEST_BYTE = 2 ** 8;
const LARGEST_SHORT = 2 ** 16;
/** And below this by float32, too. */
const LARGEST_WHOLE = 2 ** 24;

/** Ordinary float32 numbers are relative to 2^-24; those nearer to 0 are not. */
const LEAST_FLOAT = 2 ** -126;
const LARGEST_FLOAT = 3.4e38;

/** A list of numbers: `b`, `u` or `f` and base64, or the numbers, those in quotes that JSON has no way to write. */
export type PackedNumbers = string | readonly (number | string)[];

/** Packs a list. */
export function packNumbers(values: ArrayLike<number>): PackedNumbers {
  const list = Array.from(values, rounded);
  const below = (end: number): boolean => list.every((value) => Number.isInteger(value) && value >= 0 && value < end);
  if (below(LARGEST_BYTE)) return `b${base64(1, list, (view, at, value) => view.setUint8(at, value))}`;
  if (below(LARGEST_SHORT)) return `u${base64(2, list, (view, at, value) => view.setUint16(at, value, true))}`;
  if (list.every(fitsFloat)) return `f${base64(4, list, (view, at, value) => view.setFloat32(at, value, true))}`;
  return list.map((value) => (Number.isFinite(value) ? value : String(value)));
}

/** The list again. */
export function unpackNumbers(packed: PackedNumbers): Float64Array {
  if (typeof packed !== 'string') return Float64Array.from(packed, Number);
  const bytes = Uint8Array.from(atob(packed.slice(1)), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  if (packed.startsWith('b')) return Float64Array.from(bytes);
  if (packed.startsWith('u')) {
    return Float64Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i, true));
  }
  return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

const rounded = (value: number): number =>
  Number.isInteger(value) || !Number.isFinite(value) ? value : Number(value.toPrecision(DIGITS));

function fitsFloat(value: number): boolean {
  if (!Number.isFinite(value) || value === 0) return true;
  const size = Math.abs(value);
  return Number.isInteger(value) && size >= LARGEST_WHOLE ? false : size >= LEAST_FLOAT && size <= LARGEST_FLOAT;
}

function base64(
  size: number,
  list: readonly number[],
  write: (view: DataView, at: number, value: number) => void,
): string {
  const view = new DataView(new ArrayBuffer(size * list.length));
  for (const [i, value] of list.entries()) write(view, i * size, value);
  let text = '';
  for (let at = 0; at < view.byteLength; at++) text += String.fromCharCode(view.getUint8(at));
  return btoa(text);
}

/** What tells on any thread which rows may enter a priority sample: a hash of their index, and a bound of their weight. */

/** What tells rows apart that cannot enter the sample any more, on any thread. */
export interface SampleFilter {
  /** sum_j k_j^2 weights_j bounds the weight of a row; d. */
  readonly weights: Float64Array;
  /** A row enters only with a priority of at least this. */
  readonly threshold: number;
  readonly seed: number;
}

/** The same for rows whose norms sum_j k_j^2 weights_j are known for other weights. */
export interface SampleGate {
  /** These norms times this bound the weight of a row. */
  readonly scale: number;
  readonly threshold: number;
  readonly seed: number;
}

/** A number in (0, 1] from a row's index and the seed: 53 well-mixed bits. */
export function hashUnit(index: number, seed: number): number {
  const low = mix(index ^ mix(seed ^ 0x2545f491));
  const rest = mix(Math.floor(index / 2 ** 32) ^ mix(Math.floor(seed / 2 ** 32) ^ 0x5bf03635));
  const a = mix(low ^ rest ^ 0x1b873593);
  const b = mix(low + Math.imul(rest, 0x9e3779b1) + 0x7f4a7c15);
  return (a * 2 ** 21 + (b >>> 11) + 1) / 2 ** 53;
}

/** 32 bits well mixed; a bijection. */
function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/**
 * Lists the rows that may enter the sample.
 *
 * @param start - global index of the first row
 * @param norms - rows; times `scale` they bound the weights of rows
 * @param positions - rows, overwritten by those that may enter, ascending
 * @returns how many there are
 */
export function listEntering(
  { threshold, seed }: Pick<SampleFilter, 'threshold' | 'seed'>,
  start: number,
  norms: Float64Array,
  scale: number,
  rows: number,
  positions: Int32Array,
): number {
  let found = 0;
  for (let i = 0; i < rows; i++) {
    if (norms[i] * scale >= threshold * hashUnit(start + i, seed)) positions[found++] = i;
  }
  return found;
}

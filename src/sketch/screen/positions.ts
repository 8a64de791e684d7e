/**
 * Positions of rows in a block, ascending, as typed arrays: they are posted to other threads, and made anew for every block.
 *
 * Each loop over rows is a function of its own. V8 optimises a function while a loop of it runs, and throws away what it has made when
 * the loop ends in code that has not run before; from such a function the loop only returns.
 */

/** Those of all rows of a block. */
export const allPositions = (rows: number): Int32Array => positionsFrom(0, rows);

/** Consecutive ones. */
export function positionsFrom(first: number, rows: number): Int32Array {
  const some = new Int32Array(rows);
  for (let i = 0; i < rows; i++) some[i] = first + i;
  return some;
}

/**
 * Lists the numbers that are at least `least`.
 *
 * @param x - `count` numbers
 * @param positions - count, overwritten
 * @returns how many there are
 */
export function listReaching(x: Float64Array, count: number, least: number, positions: Int32Array): number {
  let found = 0;
  for (let i = 0; i < count; i++) if (x[i] >= least) positions[found++] = i;
  return found;
}

/** The largest of the first `count` numbers that is below `least`; 0 where none is above 0. */
export function largestBelow(x: Float64Array, count: number, least: number): number {
  let largest = 0;
  for (let i = 0; i < count; i++) if (x[i] > largest && !(x[i] >= least)) largest = x[i];
  return largest;
}

/** The numbers at some positions. */
export function numbersAt(x: Float64Array, positions: Int32Array): Float64Array {
  const some = new Float64Array(positions.length);
  for (let k = 0; k < some.length; k++) some[k] = x[positions[k]];
  return some;
}

/** The positions that are in the first list and not in the second, both ascending. */
export function without(positions: Int32Array, others: Int32Array): Int32Array {
  const left = new Int32Array(positions.length);
  return left.slice(0, listOthers(positions, others, left));
}

function listOthers(positions: Int32Array, others: Int32Array, left: Int32Array): number {
  let found = 0;
  for (let k = 0, next = 0; k < positions.length; k++) {
    const i = positions[k];
    while (next < others.length && others[next] < i) next++;
    if (next === others.length || others[next] !== i) left[found++] = i;
  }
  return found;
}

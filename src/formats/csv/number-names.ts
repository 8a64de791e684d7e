/** Whether the numbers of a first row may be names of columns, such as years or wavelengths, rather than data. */

import { type Decimal, isInteger, numberFromText } from './number.js';
import type { Fields } from './sample.js';

/** How much larger or smaller names are than all numbers below them, where nothing else tells them apart. */
const FAR = 10;

/** Numbers that rise or fall by chance once in a dozen times or less: 4! orders, two of which do. */
const UNLABELLED = 4;

/** Relative error of equal steps. */
const STEP_ERROR = 1e-6;

/**
 * Whether a first row may be a header of numbers: two at least, which rise or fall all along and are whole over fractions, or of
 * another size than all numbers below, or go by equal steps above all of them.
 *
 * @param numeric - by column, whether there are numbers below
 */
export function mayBeNames(
  first: Fields,
  rest: readonly Fields[],
  numeric: readonly boolean[],
  decimal: Decimal,
): boolean {
  const numberAt = (row: Fields, position: number): number =>
    numberFromText(row[position] ?? '', decimal) ?? Number.NaN;
  // Something else may stand before them: the name of an index or of labels, or nothing above them.
  const labelled = Number.isNaN(numberAt(first, 0));
  const positions = [...numeric.keys()].filter((position) => numeric[position] && !(labelled && position === 0));
  const names = positions.map((position) => numberAt(first, position));
  const rises = isMonotone(names, 1);
  if (names.length < 2 || !(rises || isMonotone(names, -1))) return false;
  if (positions.every((position) => isInteger(first[position]!))) {
    return 2 * positions.filter((position) => rest.some((row) => isFraction(row[position]))).length >= positions.length;
  }
  const below = rest.map((row) => positions.map((position) => numberAt(row, position)));
  const all = (test: (name: number, value: number) => boolean): boolean =>
    below.every((row) => row.every((value, i) => Number.isNaN(value) || test(Math.abs(names[i]!), Math.abs(value))));
  const isFar = all((name, value) => name > FAR * value) || all((name, value) => FAR * name < value);
  if (hasEqualSteps(names)) {
    const least = Math.min(...names.map(Math.abs));
    return isFar || (all((_, value) => value < least) && !below.some(hasEqualSteps));
  }
  return isFar && (labelled ? rises : names.length >= UNLABELLED);
}

const isFraction = (field: string | undefined): boolean =>
  field !== undefined && /[.,]\d/.test(field) && !isInteger(field);

const isMonotone = (values: readonly number[], sign: 1 | -1): boolean =>
  values.every((value, i) => (i === 0 ? Number.isFinite(value) : sign * (value - values[i - 1]!) > 0));

/** Whether three or more values go by equal steps. */
function hasEqualSteps(values: readonly number[]): boolean {
  if (values.length < 3) return false;
  const step = values[1]! - values[0]!;
  return (
    step !== 0 &&
    values.every((value, i) => i === 0 || Math.abs(value - values[i - 1]! - step) <= STEP_ERROR * Math.abs(step))
  );
}

/** Values of a column, page by page. */

/** A column that is read in order. */
interface Fillable {
  /** Values at hand. */
  readonly available: number;
  /** Reads the next page; false after the last. */
  fill(): Promise<boolean>;
}

/** One that can be passed over. */
interface Passable extends Fillable {
  /** Where no value is at hand: passes over whole pages of `most` values at most without decoding them; returns how many. */
  passOver(most: number): Promise<number>;
  /** Takes values that are at hand, and gives them to nobody. */
  drop(count: number): void;
}

/** Reads pages of a column until a number of its values is at hand; false where it ends before. */
export async function fillTo(column: Fillable, values: number): Promise<boolean> {
  while (column.available < values) if (!(await column.fill())) return false;
  return true;
}

/**
 * A column has as many values as there are rows, and lists end where the last row does.
 * @throws Error where there are more
 */
export async function expectEndOf(column: Fillable): Promise<void> {
  if (column.available > 0 || (await column.fill())) throw new RangeError('more values than rows');
}

/** Passes over values of a column. */
export async function skipIn(column: Passable, values: number): Promise<void> {
  for (let left = values; left > 0; ) {
    if (column.available === 0) left -= await column.passOver(left);
    if (left === 0) return;
    if (column.available === 0 && !(await column.fill())) throw new RangeError('fewer values than rows');
    const count = Math.min(left, column.available);
    column.drop(count);
    left -= count;
  }
}

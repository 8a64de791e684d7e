/** That K and Q belong together, as far as their shapes tell, and what may have gone wrong where they do not. */

import { dataError } from '../errors.js';

/** A matrix as its reader describes it. */
interface Shape {
  readonly name: string;
  readonly d: number;
  /** Where they are known. */
  readonly rows: number | undefined;
}

/** @throws LevattnError where the queries have other columns than the keys */
export function refuseOtherColumns(queries: Shape, keys: Omit<Shape, 'name'>): void {
  if (queries.d === keys.d) return;
  const transposed =
    queries.rows === keys.d
      ? `; is Q (${queries.rows}, ${queries.d}) transposed?`
      : keys.rows === queries.d
        ? `; is K (${keys.rows}, ${keys.d}) transposed?`
        : severalHeads(queries.d, keys.d);
  throw dataError(
    `${queries.name}: queries have ${queries.d} columns where the keys have ${keys.d}; both must agree${transposed}`,
  );
}

/** Rows that are a whole number of times as long may be those of that number of heads. */
function severalHeads(queries: number, keys: number): string {
  const [role, heads] = keys > queries ? ['K', keys / queries] : ['Q', queries / keys];
  return Number.isInteger(heads) ? `; if a row of ${role} holds ${heads} heads, say --heads ${role}=${heads}` : '';
}

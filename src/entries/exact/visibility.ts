/** Which keys a query sees: all of them, those up to its own place (causal), or a window that ends there. */

/** How far queries see; rows of Q and of K are counted from 0. */
export interface Visibility {
  /** Row i of Q sees the keys 0 … i + offset only; default false: all keys. */
  readonly causal?: boolean | undefined;
  /** The key that stands beside row 0 of Q, where causal: a whole number, maybe negative; default 0. */
  readonly queryOffset?: number | undefined;
  /** Where causal: only the last of these keys, this many, >= 1; default: all. */
  readonly window?: number | undefined;
}

/** Refuses what makes no sense. */
export function checkSight({ causal = false, queryOffset = 0, window }: Visibility): void {
  if (!Number.isSafeInteger(queryOffset))
    throw new RangeError(`queryOffset must be a whole number, not ${queryOffset}`);
  if (window !== undefined && !(Number.isSafeInteger(window) && window >= 1)) {
    throw new RangeError(`window must be a whole number of at least 1, not ${window}`);
  }
  if (!causal && (window !== undefined || queryOffset !== 0)) {
    throw new RangeError('window and queryOffset need causal');
  }
}

/** The first key that query `row` sees. */
export function firstSeen({ causal, queryOffset = 0, window }: Visibility, row: number): number {
  return causal && window !== undefined ? Math.max(0, row + queryOffset - window + 1) : 0;
}

/** The key after the last that query `row` sees, at most. */
export function endSeen({ causal, queryOffset = 0 }: Visibility, row: number): number {
  return causal ? Math.max(0, row + queryOffset + 1) : Number.POSITIVE_INFINITY;
}

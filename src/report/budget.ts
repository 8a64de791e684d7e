/** What a page holds of each of its heads: the more heads, the less. */

/** What a page holds of all heads together. */
const ENTRIES = 20_000;
const POSITIONS = 2_000;

/** And what one head has in any case. */
const LEAST_ENTRIES = 60;
const LEAST_POSITIONS = 64;

/** More heads than this are many: their curves have fewer points. */
const MANY_HEADS = 64;
const RANKS = 200;
const FEWER_RANKS = 60;

/** How much of one head is held. */
export interface HeadBudget {
  /** Heavy entries of a function. */
  readonly entries: number;
  /** Bins of scores by position. */
  readonly positions: number;
  /** Places of sorted scores. */
  readonly ranks: number;
  /** Whether curves of coverage have a point between each two powers of two. */
  readonly between: boolean;
}

/** The budget of each of a number of heads. */
export function budgetFor(heads: number): HeadBudget {
  const many = heads > MANY_HEADS;
  return {
    entries: Math.max(LEAST_ENTRIES, Math.floor(ENTRIES / heads)),
    positions: Math.max(LEAST_POSITIONS, Math.floor(POSITIONS / heads)),
    ranks: many ? FEWER_RANKS : RANKS,
    between: !many,
  };
}

/** Names of selections that know the queries that are measured; nothing can be asked for by them. */

/** The keys that received most: no fixed set of k keys has more of all attention. */
export const HINDSIGHT = 'best afterwards';

/** What the k keys have that each query gives most, others for each: no set has more. */
export const PER_QUERY = 'best per query';

/** Each query's own keys say that no fixed set will do where few hold this share of attention, and the best fixed ones less than half as much. */
export const MUCH = 0.5;

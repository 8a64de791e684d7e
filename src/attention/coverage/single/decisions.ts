/**
 * Which results of a head are certain, where scores are known to within an error: which number of keys keeps 90, 95 and 99 % of the
 * attention, the shares as they are printed, and whether attention is per query.
 *
 * Where each score of a query is within a factor of 1 ± t of the exact one and they sum to 1, the share a that a set of keys has of it is off
 * by at most t a (1 - a), and of m queries with the average share a by at most t m a (1 - a), as that is concave. Of queries with errors t_i of
 * their own it is t m a (1 - a) + sum max(0, t_i - t) / 4 for any t; least where t_i > t for 4 m a (1 - a) of them. The set of k keys that has
 * most may be another one; how much more it can have is bounded by the sum of that over runs of queries, which lies below its tangent.
 */

import { HINDSIGHT, MUCH } from '../names.js';
import { captureCurve, leastReaching, SHARES } from '../needed.js';
import { byScore, captured, type Selection } from '../selections.js';
import type { Segment } from './mass-segments.js';

/** Of higher order. */
const SLACK = 1.01;

/** What float64 rounds at each addition of a sum, here and where it does everything. */
const OF_ADDITION = 2 ** -50;

/** What has been summed. */
export interface KnownMass {
  /** One a key: of all queries. */
  readonly mass: Float64Array;
  readonly segments: readonly Segment[];
}

/** What is reported. */
export interface Said {
  readonly selections: readonly Selection[];
  /** Numbers of keys whose shares are printed with one digit of a per cent. */
  readonly sizes: readonly number[];
}

/**
 * How much of what may be off must be made exact before all is certain, as an estimate: 0 where all is certain now, at most 1.
 */
export function undecidedPart(known: KnownMass, { selections, sizes }: Said): number {
  const total = known.mass.reduce((sum, one) => sum + one, 0);
  if (total === 0) return 0;
  const together = known.segments.flatMap(({ errors }) => errors).sort(falling);
  const ofSums = OF_ADDITION * (known.mass.length + total) * total;
  let most = 0;
  for (const selection of selections) {
    const curve = captureCurve(selection, known.mass);
    /** @param apart - how far what k keys have is from where something else would be said */
    const ask = (k: number, apart: number): void => {
      if (k === 0 || k === curve.length) return;
      // Where all errors are as large as one, the best keys of all sets are those that have most.
      const simple = offOf(together, total, curve[k - 1] / total).off;
      if (apart > simple + ofSums) return;
      const off = Math.min(simple, bySegments(known, selection, k));
      if (apart <= off + ofSums) most = Math.max(most, 1 - Math.max(0, apart - ofSums) / (off + ofSums));
    };
    for (const share of SHARES) {
      const k = leastReaching(curve, share * total);
      ask(k, curve[k - 1] - share * total);
      if (k > 1) ask(k - 1, share * total - curve[k - 2]);
    }
    for (const k of sizes) {
      const thousandths = (1000 * curve[k - 1]) / total;
      ask(k, (Math.abs(thousandths - Math.floor(thousandths) - 0.5) / 1000) * total);
    }
  }
  return most;
}

/**
 * How far what some queries give to keys may be off.
 * @param errors - of those that are not exact, falling
 * @param count - all of these queries
 * @param share - of what they give that these keys have
 */
function offOf(
  errors: readonly number[],
  count: number,
  share: number,
): { readonly off: number; readonly error: number } {
  const spread = share * (1 - share);
  const above = Math.floor(4 * spread * count);
  const error = SLACK * (errors[above] ?? 0);
  let off = error * count * spread;
  for (let i = 0; i < Math.min(above, errors.length); i++) off += (SLACK * errors[i] - error) / 4;
  return { off, error };
}

/** A bound for those that are not exact. */
function bySegments({ mass, segments }: KnownMass, selection: Selection, k: number): number {
  const open = segments.filter(({ errors }) => errors.length > 0);
  let off = 0;
  const slopes = open.map(({ mass: own, errors }) => {
    const share = captured(selection, own, [k])[0] / errors.length;
    const found = offOf([...errors].sort(falling), errors.length, share);
    off += found.off;
    return found.error * (1 - 2 * share);
  });
  if (selection.name !== HINDSIGHT) return off;
  const tangent = mass.slice();
  for (const [at, { mass: own }] of open.entries()) {
    for (let j = 0; j < own.length; j++) tangent[j] += slopes[at] * own[j];
  }
  const best = captured({ name: HINDSIGHT, orders: [byScore(tangent)] }, tangent, [k])[0];
  return off + best - captured(selection, tangent, [k])[0];
}

const falling = (a: number, b: number): number => b - a;

/**
 * Whether it is certain if each query's own k keys have half of the attention, and the best ones for all less than half of that.
 * @param own - the least and the most that a query's own keys have
 * @param best - what the best ones for all have
 * @param error - of each of these
 */
export function ownKeysDecided([least, most]: readonly [number, number], best: number, error: number): boolean {
  if (most < MUCH - error) return true;
  return least > MUCH + error && (best > most / 2 + error || best < least / 2 - error);
}

/**
 * A universal set against K. For x^2 every row's leverage score is known, and with it what U must hold; for other functions there
 * is no telling how large a key's share can become, but every query shows how large it can be at least.
 */

import type { ScoringFunction } from '../functions.js';
import type { HeldRows } from '../rows/held-rows.js';
import { storedKeys } from '../sketch/stored-keys.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { scoresOf } from './attention.js';
import { type Finding, type Findings, LargestError } from './findings.js';
import { positionOf } from './held.js';
import type { Basis } from './orthogonal.js';
import { multiplyQuery } from './products.js';
import { choose, normalFrom, uniformFrom } from './random.js';
import { product } from './sums.js';

/** What was found of a universal set. */
export interface SetCheck {
  /** Keys in U. */
  readonly size: number;
  /** Rank of K by U. */
  readonly rank: number;
  /** Keys that were seen to reach eps, and those of them that are in U. */
  readonly heavy: number;
  readonly captured: number;
  /** Keys that reach eps by more than the tolerance and are not in U. */
  readonly missed: number;
  /** Queries they were told by, beside those of Q; null where it is by leverage scores, which tell for all queries. */
  readonly queries: number | null;
  /** The largest relative error of a score in U; null where scores are bounds. */
  readonly largestError: number | null;
}

/** What a set is checked with. */
export interface SetCheckOptions {
  readonly keys: HeldRows;
  readonly basis: Basis;
  readonly f: ScoringFunction;
  readonly eps: number;
  readonly tolerance: number;
  /** Keys that queries are turned towards, of each kind. */
  readonly directions: number;
  readonly seed: number;
  readonly findings: Findings;
}

/** Lengths of queries, as their largest product, for functions that are not the same at all of them. */
const LENGTHS = [1e-3, 0.3, 1, 10, 1e4];

/** Checks one universal set. */
export class SetChecker {
  readonly #set: UniversalSet;
  readonly #options: SetCheckOptions;
  /** Where keys stand in U, by their positions among those that are held. */
  readonly #place = new Map<number, number>();
  /** Keys that reach eps, whether in U or not. */
  readonly #heavy = new Set<number>();
  readonly #missed = new Set<number>();
  readonly #error = new LargestError();
  /** Whether scores are those of f, so that no query may give a key more. */
  readonly #bounds: boolean;
  /** Whether they are leverage scores. */
  readonly #exact: boolean;
  #queries: number | null = null;

  constructor(set: UniversalSet, options: SetCheckOptions) {
    this.#set = set;
    this.#options = options;
    for (const [i, key] of set.index.entries()) this.#place.set(positionOf(options.keys, key), i);
    this.#bounds = set.f === options.f.name;
    this.#exact = this.#bounds && isSquare(options.f) && !set.sampling;
  }

  /** Compares U's keys with the rows of K, and what is in it with what must be. */
  check(): void {
    this.#checkKeys();
    if (isSquare(this.#options.f)) this.#checkLeverage();
    else this.#checkDirections();
  }

  /**
   * A key that a query gives a share.
   *
   * @param query - of Q, or null
   * @param key - its position
   */
  see(query: number | null, key: number, share: number, noise: number): void {
    const { eps, tolerance } = this.#options;
    const at = this.#place.get(key);
    // Of a product that is all rounding, nothing is told.
    if (noise >= 1) return;
    if (share >= eps) this.#heavy.add(key);
    const least = share * (1 - tolerance - noise);
    if (at === undefined) {
      if (least < eps || this.#missed.has(key)) return;
      this.#missed.add(key);
      this.#report({ problem: 'missing', query, key, expected: share, found: null });
    } else if (this.#bounds && !this.#exact && !(this.#set.score[at] >= least)) {
      this.#report({ problem: 'bounds', query, key, expected: share, found: this.#set.score[at] });
    }
  }

  get result(): SetCheck {
    const { index, rank } = this.#set;
    return {
      size: index.length,
      rank,
      heavy: this.#heavy.size,
      captured: [...this.#heavy].filter((key) => this.#place.has(key)).length,
      missed: this.#missed.size,
      queries: this.#queries,
      largestError: this.#exact ? this.#error.value : null,
    };
  }

  #checkKeys(): void {
    const { keys, basis } = this.#options;
    const { d, index, score } = this.#set;
    const own = storedKeys(this.#set);
    for (const [i, key] of index.entries()) {
      const at = positionOf(keys, key);
      let same = at >= 0;
      for (let j = 0; j < d && same; j++) same = own[i * d + j] === keys.values[at * d + j];
      if (same) continue;
      const expected = basis.leverage[at] ?? 0;
      this.#options.findings.add({ what: 'set', problem: 'key', query: null, key, expected, found: score[i] });
    }
  }

  /** x^2: the largest share of a key is its leverage score. */
  #checkLeverage(): void {
    const { basis, keys, tolerance } = this.#options;
    const { score, unresolved } = this.#set;
    const delta = this.#set.delta + basis.error;
    for (let key = 0; key < keys.index.length; key++) {
      const tau = basis.leverage[key];
      // Of a score near nothing only its size is told.
      this.see(null, key, tau, delta + (tau > 0 ? 1e-12 / tau : 0));
      const at = this.#place.get(key);
      if (at === undefined || !this.#exact) continue;
      // A score of 1 may say that the Gram route could not tell.
      if (unresolved > 0 && score[at] === 1) continue;
      const error = this.#error.note(tau, score[at]);
      if (!(error <= tolerance + delta)) {
        this.#report({ problem: 'score', query: null, key, expected: tau, found: score[at] });
      }
    }
  }

  /** Other functions: queries that favour single keys, and random ones. */
  #checkDirections(): void {
    const { basis, keys, directions, seed, f } = this.#options;
    const uniform = uniformFrom(seed);
    const normal = normalFrom(uniform);
    const outside = Array.from(keys.index.keys()).filter((key) => !this.#place.has(key));
    outside.sort((a, b) => basis.leverage[b] - basis.leverage[a]);
    const favoured = new Set([...outside.slice(0, directions), ...choose(keys.index.length, directions, uniform)]);
    const turned = [...favoured].map((key) => basis.rowOf(key));
    const random = Array.from({ length: directions }, () => Float64Array.from({ length: basis.rank }, normal));
    const lengths = f.homogeneous ? [1] : LENGTHS;
    this.#queries = 0;
    for (const u of [...turned, ...random]) {
      const q = basis.queryFor(u);
      const largest = this.#largestProduct(q);
      if (largest === 0) continue;
      for (const length of lengths) {
        this.#queries++;
        const { score, noiseOf, told } = scoresOf(multiplyQuery(keys, q, 0, length / largest), keys.d, f);
        if (!told) continue;
        for (let key = 0; key < keys.index.length; key++) this.see(null, key, score[key], noiseOf(key));
      }
    }
  }

  /** The largest |<q, k>|. */
  #largestProduct(q: Float64Array): number {
    const { d, index, values } = this.#options.keys;
    let largest = 0;
    for (let key = 0; key < index.length; key++)
      largest = Math.max(largest, Math.abs(product(values, key * d, q, 0, d).value));
    return largest;
  }

  /** @param finding - its key by position */
  #report(finding: Omit<Finding, 'what'>): void {
    const { findings, keys } = this.#options;
    findings.add({ what: 'set', ...finding, key: keys.index[finding.key] });
  }
}

const isSquare = ({ growth }: ScoringFunction): boolean => growth !== undefined && growth.a === 2 && growth.b === 2;

/** Heavy entries against attention by its definition, query by query. */

import type { HeldRows } from '../rows/held-rows.js';
import type { Scores } from './attention.js';
import { type Findings, LargestError } from './findings.js';
import { positionOf } from './held.js';

/** An entry that is checked. */
export interface Entry {
  readonly key: number;
  readonly score: number;
  /** What the score is known to lie between; undefined where it is exact. */
  readonly bounds: readonly [lower: number, upper: number] | undefined;
}

/** Entries by query. */
export type EntriesByQuery = ReadonlyMap<number, readonly Entry[]>;

/** What was found of entries. */
export interface EntryCheck {
  /** Queries that were checked. */
  readonly queries: number;
  /** Rows of Q. */
  readonly of: number;
  /** Entries of these queries that were given. */
  readonly given: number;
  /** Entries that reach eps, those of them that were given, and those that were not. */
  readonly heavy: number;
  readonly captured: number;
  readonly missed: number;
  /** Entries that were given and surely lie below eps, though scores are exact. */
  readonly surplus: number;
  /** The largest relative error of an exact score; null where scores come with bounds. */
  readonly largestError: number | null;
  /** Queries for which f leaves the range of float64. */
  readonly unchecked: number;
}

/** What entries are checked with. */
export interface EntryCheckOptions {
  readonly eps: number;
  readonly keys: HeldRows;
  readonly tolerance: number;
  readonly findings: Findings;
}

/** Checks entries; hands out what it has counted. */
export class EntryChecker {
  readonly #options: EntryCheckOptions;
  readonly #error = new LargestError();
  #queries = 0;
  #given = 0;
  #heavy = 0;
  #captured = 0;
  #missed = 0;
  #surplus = 0;
  #bounded = false;
  #unchecked = 0;

  constructor(options: EntryCheckOptions) {
    this.#options = options;
  }

  /** Checks the entries of one query. */
  check(query: number, entries: readonly Entry[], { score, noiseOf, told }: Scores): void {
    this.#queries++;
    this.#given += entries.length;
    if (!told) {
      this.#unchecked++;
      return;
    }
    const { eps, keys, tolerance, findings } = this.#options;
    const given = new Set(entries.map(({ key }) => key));
    for (let at = 0; at < score.length; at++) {
      if (score[at] < eps) continue;
      const key = keys.index[at];
      const noise = noiseOf(at);
      // A product that is all rounding, as of a query that no key sees.
      if (noise >= 1) continue;
      this.#heavy++;
      if (given.has(key)) this.#captured++;
      else if (score[at] * (1 - tolerance - noise) >= eps) {
        this.#missed++;
        findings.add({ what: 'entries', problem: 'missing', query, key, expected: score[at], found: null });
      }
    }
    const seen = new Set<number>();
    for (const entry of entries) {
      // A second entry for the same key is one too many.
      const again = seen.has(entry.key);
      seen.add(entry.key);
      const at = positionOf(keys, entry.key);
      this.#checkEntry(query, entry, at < 0 ? 0 : score[at], at < 0 ? 0 : noiseOf(at), again);
    }
  }

  /** @param of - rows of Q */
  result(of: number): EntryCheck {
    return {
      queries: this.#queries,
      of,
      given: this.#given,
      heavy: this.#heavy,
      captured: this.#captured,
      missed: this.#missed,
      surplus: this.#surplus,
      largestError: this.#bounded ? null : this.#error.value,
      unchecked: this.#unchecked,
    };
  }

  #checkEntry(query: number, { key, score, bounds }: Entry, expected: number, noise: number, again: boolean): void {
    const { eps, tolerance, findings } = this.#options;
    const slack = tolerance + noise;
    const report = (problem: 'score' | 'bounds' | 'surplus'): void =>
      findings.add({ what: 'entries', problem, query, key, expected, found: score });
    if (again || (!bounds && expected * (1 + slack) < eps)) {
      this.#surplus++;
      report('surplus');
    } else if (bounds) {
      this.#bounded = true;
      if (!(bounds[0] * (1 - slack) <= expected && expected <= bounds[1] * (1 + slack))) report('bounds');
    } else if (!(this.#error.note(expected, score) <= slack)) {
      report('score');
    }
  }
}

/** What a selector is: a way to choose k keys, by a name, with what it needs to know and how it orders them. */

import type { Kernels } from '../kernels/kernels.js';
import type { QuadraticForm } from './forms.js';
import type { KeySource } from './key-source.js';
import type { ObservedQueries } from './observed-queries.js';
import type { Scores } from './scores.js';
import type { ScoringTeam } from './team/team.js';

/** What a selector may know besides the keys. */
export interface SelectorContext {
  readonly kernels: Kernels;
  /** The threads that score, with these kernels; undefined: the caller's own. */
  readonly team?: ScoringTeam | undefined;
  /** Threads that share the steps of a selector, >= 1; default 1: the caller's own. */
  readonly threads?: number | undefined;
  /** Multiplies every <q, k>, > 0: 1 / sqrt(d) unless something else is said. */
  readonly scale: number;
  /** Of what is drawn, a whole number. */
  readonly seed: number;
  /** Queries that were observed beforehand. */
  readonly observed?: ObservedQueries | undefined;
  /** Rows of V, one for each key that counts. */
  readonly values?: { readonly width: number; readonly rows: Float64Array } | undefined;
  /** Leverage scores, where they are known already. */
  readonly leverage?: Float64Array | undefined;
}

/** What is needed besides K. */
export type Need = 'queries' | 'values';

/** An option's values, by name: numbers, or true where it is one that is said or not. */
export type SelectorOptions = Readonly<Record<string, number>>;

/** An option of a selector: `name=number`, or `name` alone where `flag`. */
export interface SelectorOption {
  readonly name: string;
  /** What it is, with its default. */
  readonly about: string;
  /** Where nothing is said. */
  readonly standard: number;
  /** Whether it is said without a number, which means 1. */
  readonly flag?: boolean;
  /** Whether a number will do. */
  readonly allows: (value: number) => boolean;
  /** What numbers will do, in words. */
  readonly range: string;
}

/** What selectors have in common. */
export interface NamedSelector {
  /** As `--by` and the column `selection` have it. */
  readonly name: string;
  /** The formula, in a few words. */
  readonly about: string;
  readonly needs?: readonly Need[];
  readonly options?: readonly SelectorOption[];
}

/** Scores that are one quadratic form, k^T A k + <b, k>: one pass, whatever the form. */
export interface FormSelector extends NamedSelector {
  readonly kind: 'form';
  /** The form, after what passes over the keys it takes. */
  form(keys: KeySource, context: SelectorContext, options: SelectorOptions): Promise<QuadraticForm>;
}

/** Other scores, made block by block. */
export interface ScoreSelector extends NamedSelector {
  readonly kind: 'scores';
  /** The scores, in order. */
  scores(keys: KeySource, context: SelectorContext, options: SelectorOptions): Promise<Scores>;
  /** Changes all scores once they are known; in place. */
  settle?(score: Float64Array, context: SelectorContext, options: SelectorOptions): void;
  /** Whether it does so with these options, so that all scores must be held; where left out, whenever it can. */
  settles?(options: SelectorOptions): boolean;
}

/** An order that depends on how many keys there are alone. */
export interface PlaceSelector extends NamedSelector {
  readonly kind: 'places';
  /**
   * All places, the first one first.
   * @param n - keys
   */
  order(n: number, context: SelectorContext): Int32Array;
  /** Whether it is drawn, so that several draws may be averaged. */
  readonly drawn?: boolean;
}

/** An order for which all keys must be in memory. */
export interface HeldSelector extends NamedSelector {
  readonly kind: 'held';
  /**
   * @param keys - `values`: n x d, row-major
   * @param most - how many keys are wanted
   * @returns the first `most` keys, or all n where what tells them apart is used up
   */
  order(
    keys: { readonly d: number; readonly values: Float64Array },
    most: number,
    context: SelectorContext,
  ): Int32Array | Promise<Int32Array>;
}

/** A way to choose keys. */
export type Selector = FormSelector | ScoreSelector | PlaceSelector | HeldSelector;

/** A selector with its options, as it was asked for. */
export interface ChosenSelector {
  /** As it was asked for, such as `lewis:p=4`: the name in results. */
  readonly name: string;
  readonly selector: Selector;
  readonly options: SelectorOptions;
}

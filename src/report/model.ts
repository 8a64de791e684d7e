/** What a report tells: numbers alone, already cut down to what can be shown. How they are drawn is no part of it. */

import type { AttentionCoverage, CoverageReport, FunctionCoverage } from '../attention/coverage/measure-coverage.js';
import type { SpectrumReport } from '../sketch-file/sketch-report.js';

/** A report: one head, or several. */
export interface Report {
  /** The files, as they were named. */
  readonly keys: string;
  readonly queries: string | undefined;
  /** The command that makes this report, as it was typed. */
  readonly command: string;
  /** Of the program. */
  readonly version: string;
  readonly heads: readonly HeadReport[];
}

/** Where a head is: its layer, the example of the batch, its number, as far as there are any. */
export interface ReportPlace {
  readonly layer?: number | undefined;
  readonly batch?: number | undefined;
  readonly head?: number | undefined;
}

/** What is told of one head. */
export interface HeadReport {
  /** Such as `3` or `1,3` (batch, head), or in words, as `layer 2, head 3`; empty where the input has no heads. */
  readonly label: string;
  /** What the page calls it by, and where its map of all heads has it; left out: by its label, in the order of the heads. */
  readonly place?: ReportPlace | undefined;
  /** The place of its keys where query heads share them (grouped queries): heads of the same one have the same figures of K. */
  readonly keyPlace?: ReportPlace | undefined;
  /** Rows, columns and numerical rank of K. */
  readonly n: number;
  readonly d: number;
  readonly rank: number;
  readonly eps: number;
  /** |U| at eps. */
  readonly universal: number;
  /** Bound of the relative error of a score. */
  readonly delta: number;
  readonly route: string;
  /** Rows of K that count: not those of padding or with NaN or infinities, whose score is 0. */
  readonly counted: number;
  /** The rows of K between which all lie that count: from the first to before the last; left out: all rows. */
  readonly range?: readonly [from: number, to: number] | undefined;
  readonly positions: PositionBins;
  readonly ranks: readonly RankScore[];
  readonly sizes: readonly SizeAtThreshold[];
  readonly spectrum: SpectrumReport | null;
  /** Why there is no spectrum. */
  readonly spectrumProblem: string | null;
  readonly queries: QueryReport | undefined;
  readonly coverage: HeadCoverage | undefined;
  /** Why there is no coverage. */
  readonly coverageProblem: string | undefined;
}

/** What k keys capture, as `levattn coverage` measures it. */
export interface HeadCoverage extends Omit<CoverageReport, 'functions'> {
  readonly functions: readonly HeadFunctionCoverage[];
}

/** The same for one function. */
export interface HeadFunctionCoverage extends Omit<FunctionCoverage, 'coverage' | 'needed'> {
  readonly coverage: readonly HeadAttentionCoverage[];
  /** The fewest keys that keep 90 % of the attention. */
  readonly needed?: readonly { readonly selection: string; readonly k: number }[] | undefined;
}

/** The same for one selection of k keys. */
export interface HeadAttentionCoverage extends Omit<AttentionCoverage, 'heavyMassShare' | 'error'> {
  /** Output error ||o - o_S|| / ||o|| over queries, where V was given: o_S attends to the k keys alone. */
  readonly errorMedian?: number | undefined;
  readonly errorMean?: number | undefined;
}

/**
 * Leverage scores along K in bins of `step` rows; one number a bin each, of the usable rows. A bin in which none counts has NaN.
 */
export interface PositionBins {
  /** The row that the first bin begins with; 0 where it is left out. */
  readonly start?: number | undefined;
  /** Rows of a bin; 1: `largest`, `median` and `smallest` are the scores themselves. */
  readonly step: number;
  readonly largest: Float64Array;
  readonly median: Float64Array;
  readonly smallest: Float64Array;
}

/** The score that stands at a rank of the scores of all keys that count, sorted from the largest, counted from 1. */
export interface RankScore {
  readonly rank: number;
  readonly score: number;
}

/** How many keys reach a threshold. */
export interface SizeAtThreshold {
  readonly eps: number;
  /** |U|. */
  readonly size: number;
  /** min(keys that count, rank / eps): the theorem's bound. */
  readonly bound: number;
}

/** What is told of queries. */
export interface QueryReport {
  /** Rows of Q. */
  readonly rows: number;
  /** Those that are padding. */
  readonly padding: number;
  /** Those that count: neither padding nor with NaN or infinities. */
  readonly counted: number;
  /** How many of these were used; drawn at random where they are fewer. */
  readonly used: number;
  readonly causal: boolean;
  /** One for each function. */
  readonly maps: readonly EntryMap[];
}

/** Heavy entries of one function. */
export interface EntryMap {
  readonly f: string;
  readonly scale: number;
  readonly eps: number;
  /** Rows of Q and of K. */
  readonly queries: number;
  readonly keys: number;
  /** The rows between which all lie that count: from the first to before the last; left out: all rows. */
  readonly counted?: MapRange | undefined;
  /** Entries >= eps of the queries that were used. */
  readonly count: number;
  /** The entries held, at most what a page can draw: the largest, ordered from the largest. */
  readonly query: readonly number[];
  readonly key: readonly number[];
  readonly score: readonly number[];
}

/** Rows of Q and of K. */
export interface MapRange {
  readonly queries: readonly [from: number, to: number];
  readonly keys: readonly [from: number, to: number];
}

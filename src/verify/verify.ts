/**
 * Universal sets and heavy entries held to brute force: every product, plain float64, compensated sums, a QR factorisation of its
 * own. It shares the readers of files with what it checks, and the definitions of the functions, and no arithmetic.
 */

import { requireServed } from '../entries/eps-floor.js';
import { exactHeavyEntries } from '../entries/exact/exact-heavy-entries.js';
import { heavyEntries } from '../entries/past-set/heavy-entries.js';
import { dataError } from '../errors.js';
import { type ScoringFunction, SQUARE } from '../functions.js';
import { createKernels } from '../kernels/backends.js';
import type { Kernels } from '../kernels/kernels.js';
import type { HeldRows } from '../rows/held-rows.js';
import type { FactorChoice } from '../sketch/factor/routed.js';
import { selectKeys } from '../sketch/select-keys.js';
import { changedSet } from '../sketch/stored-keys.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import { scoresOf } from './attention.js';
import { type EntriesByQuery, type Entry, type EntryCheck, EntryChecker } from './check-entries.js';
import { type SetCheck, SetChecker } from './check-set.js';
import { type Finding, Findings } from './findings.js';
import { blocksOf } from './held.js';
import { type Basis, basisOf } from './orthogonal.js';
import { productsOf } from './product-team.js';

/** What may differ from brute force, relatively, where nobody says. */
export const DEFAULT_TOLERANCE = 1e-5;

/** Findings that are told of. */
const MOST_FINDINGS = 20;

/** Keys that queries are turned towards, where f is not x^2. */
const DIRECTIONS = 50;

/** What is to be verified. */
export interface VerifyOptions {
  /** K, all of its usable rows. */
  readonly keys: HeldRows;
  /** Q, or a sample of its rows; undefined: U alone is checked. */
  readonly queries?: HeldRows | undefined;
  /** Threshold, in (0, 1]. */
  readonly eps: number;
  /** Default x^2. */
  readonly f?: ScoringFunction | undefined;
  /** Multiplies every <q, k> before f is taken; default the function's own. */
  readonly scale?: number | undefined;
  /** U that was made earlier; made here where there is none and f has one. */
  readonly set?: UniversalSet | undefined;
  /** Entries that were made earlier, by the global rows of Q; found here where there are none. */
  readonly entries?: EntriesByQuery | undefined;
  /** What scores may be off by, relatively; default 1e-5. */
  readonly tolerance?: number | undefined;
  /** Of the queries that U is tried with where f is not x^2; default 0. */
  readonly seed?: number | undefined;
  /** How U and entries are made where they are not given. */
  readonly factor?: FactorChoice | undefined;
  readonly threads?: number | undefined;
  readonly kernels?: Kernels | undefined;
  /** Told after every query of Q. */
  readonly onProgress?: ((queries: number) => void) | undefined;
}

/** What came of it. */
export interface VerifyReport {
  /** Whether nothing was found wrong. */
  readonly ok: boolean;
  /** Rows, columns and numerical rank of K; the rank is null where no U was checked. */
  readonly n: number;
  readonly d: number;
  /** Queries that are padding, which are not checked. */
  readonly padding: number;
  readonly rank: number | null;
  readonly f: string;
  readonly eps: number;
  readonly tolerance: number;
  /** Null where f has no universal set. */
  readonly set: SetCheck | null;
  /** Null where there is no Q. */
  readonly entries: EntryCheck | null;
  /** How many things are wrong, and the first of them. */
  readonly faults: number;
  readonly findings: readonly Finding[];
}

/**
 * Checks a universal set and heavy entries, or makes and checks them.
 *
 * For x^2, U is right if it holds every row whose leverage score reaches eps, for all queries there are. For other functions it
 * is tried with queries: of the least-squares directions (K^T K)^+ k_j of single keys, random ones, and those of Q.
 *
 * @throws LevattnError where sizes do not agree, or U was not made for such f and eps
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { keys, queries, eps, f = SQUARE, seed = 0, tolerance = DEFAULT_TOLERANCE, onProgress } = options;
  const scale = options.scale ?? f.defaultScale(keys.d);
  if (options.set) refuseOther(options.set, keys, f, eps);
  const set = options.set ?? (f.growth && (await setOf(options, f)));
  const findings = new Findings(MOST_FINDINGS);
  let basis: Basis | undefined;
  let checker: SetChecker | undefined;
  if (set && f.growth) {
    basis = basisOf(keys);
    checker = new SetChecker(set, { keys, basis, f, eps, tolerance, directions: DIRECTIONS, seed, findings });
    checker.check();
  }
  let entries: EntryCheck | null = null;
  if (queries) {
    if (queries.d !== keys.d) {
      throw dataError(`queries have ${queries.d} columns where the keys have ${keys.d}; both must agree`);
    }
    const given = options.entries ?? (await entriesOf(options, queries, f, scale, set));
    const entryChecker = new EntryChecker({ eps, keys, tolerance: tolerance + deltaOf(set), findings });
    let done = 0;
    for await (const products of productsOf(keys, queries.values, scale, options.threads ?? 1)) {
      const query = queries.index[done++];
      const scores = scoresOf(products, keys.d, f);
      entryChecker.check(query, given.get(query) ?? [], scores);
      if (checker && scores.told) {
        for (let key = 0; key < keys.index.length; key++) {
          if (scores.score[key] >= eps) checker.see(query, key, scores.score[key], scores.noiseOf(key));
        }
      }
      onProgress?.(done);
    }
    entries = entryChecker.result(queries.n);
  }
  return {
    ok: findings.count === 0,
    n: keys.n,
    d: keys.d,
    padding: queries?.padding ?? 0,
    rank: basis?.rank ?? null,
    f: f.name,
    eps,
    tolerance,
    set: checker?.result ?? null,
    entries,
    faults: findings.count,
    findings: findings.first,
  };
}

/** What scores by a factor may be off by. */
const deltaOf = (set: UniversalSet | undefined): number => (set ? set.delta + set.rootError : 0);

async function setOf(
  { keys, eps, factor, threads, kernels }: VerifyOptions,
  f: ScoringFunction,
): Promise<UniversalSet> {
  const set = await selectKeys(blocksOf(keys), { eps, f, factor, threads, kernels });
  return changedSet(set, { n: keys.n, index: set.index.map((at) => keys.index[at]) });
}

/** Entries as the program finds them. */
async function entriesOf(
  { keys, eps, threads, kernels = createKernels() }: VerifyOptions,
  queries: HeldRows,
  f: ScoringFunction,
  scale: number,
  set: UniversalSet | undefined,
): Promise<EntriesByQuery> {
  const found = new Map<number, Entry[]>();
  const batches = set
    ? heavyEntries(set, blocksOf(queries), { eps, f, scale, kernels })
    : exactHeavyEntries({ keys: () => blocksOf(keys), queries: blocksOf(queries), eps, f, scale, threads, kernels });
  for await (const { count, query, key, score, bounds } of batches) {
    for (let i = 0; i < count; i++) {
      const row = queries.index[query[i]];
      const entry: Entry = {
        key: set ? key[i] : keys.index[key[i]],
        score: score[i],
        bounds: bounds && [bounds.lower[i], bounds.upper[i]],
      };
      const list = found.get(row);
      if (list) list.push(entry);
      else found.set(row, [entry]);
    }
  }
  return found;
}

/** @throws LevattnError where U is of another K, or promises nothing for f at eps */
function refuseOther(set: UniversalSet, { n, d }: HeldRows, f: ScoringFunction, eps: number): void {
  if (set.n !== n || set.d !== d) {
    throw dataError(`K has ${n} rows of ${d} columns, and U is of ${set.n} of ${set.d}; give the K that U was made of`);
  }
  requireServed(set, f, eps);
}

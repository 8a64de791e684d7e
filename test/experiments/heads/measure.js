/** What is measured of one head, with the library's own functions; exact sensitivities alone are worked out here. */

import {
  createKernels,
  measureCoverage,
  parseFunction,
  parseSelectors,
  pickQueries,
  prepareScores,
  selectKeys,
} from '../../../dist/index.js';
import { median } from '../results.js';
import { SensitivityProblem } from './sensitivity.js';

/** How many keys are chosen. */
export const SIZES = [8, 32, 128];

/** From which score on an entry is heavy: x^2 scores are smaller. */
export const HEAVY = { softmax: 0.05, 'power:2': 0.01 };

/** Of sensitivities: from which value on a key must be in U. */
export const EPS = 0.01;

/** Where |U| is told. */
const SIZES_AT = [0.05, 0.01];

/** Small enough that every key gets a bound. */
const LEAST_EPS = 1e-7;

const POWERS = [1, 2, 4];
const SEED = 1;

/**
 * Everything about a head.
 * @param keys - held in memory, all rows
 * @param queries - the same
 * @param sampled - keys whose exact sensitivities are worked out
 */
export async function measureHead(name, keys, queries, { sampled = 100 } = {}) {
  const started = performance.now();
  const kernels = createKernels();
  const read = () => [{ start: 0, rows: keys.n, d: keys.d, values: keys.values }];
  const { scores: leverage, rank } = await scoresOf(read, 'power:2', keys.n, kernels);
  const coverage = {};
  for (const [f, eps] of Object.entries(HEAVY)) coverage[f] = await coverageOf(keys, queries, f, eps, kernels);
  const sensitivities = {};
  const exact = new SensitivityProblem(kernels, keys.values, keys.n, keys.d);
  for (const p of POWERS) sensitivities[p] = await tightness(p, exact, read, { ...keys, rank }, sampled, kernels);
  return {
    head: name,
    n: keys.n,
    d: keys.d,
    rank,
    queries: queries.n,
    profile: profileOf(leverage, rank),
    universal: Object.fromEntries(SIZES_AT.map((eps) => [eps, leverage.filter((score) => score >= eps).length])),
    coverage,
    sensitivities,
    seconds: (performance.now() - started) / 1000,
  };
}

/** A score for every row. */
async function scoresOf(read, f, n, kernels) {
  const { batches, rank } = await prepareScores(read, { f: parseFunction(f), kernels });
  const scores = new Float64Array(n);
  for await (const { start, score } of batches) scores.set(score, start);
  return { scores, rank };
}

/** Pairs [share of the keys, the score at that place in falling order as a multiple of the average]. */
function profileOf(scores, rank) {
  const falling = scores.slice().sort().reverse();
  const n = falling.length;
  const even = Array.from({ length: 33 }, (_, i) => i / 32);
  const places = new Set([
    ...even.map((part) => Math.round(n ** part)),
    ...even.slice(2).map((part) => Math.round(n * part)),
  ]);
  return [...places].sort((a, b) => a - b).map((place) => [place / n, (falling[place - 1] * n) / rank]);
}

/** What is compared: choices by observed queries, then by keys alone. */
const BY = parseSelectors('observed,q-filter,expected,centred-norm,leverage,key-norm,first+last,random');

/** Queries that are observed, and not measured. */
const OBSERVED = { how: 'random', count: 128 };

async function coverageOf(keys, queries, f, eps, kernels) {
  const rows = [{ start: 0, rows: queries.n, d: queries.d, values: queries.values }];
  const report = await measureCoverage(keys, rows, {
    eps,
    by: BY,
    observed: await pickQueries(rows, OBSERVED, { d: queries.d, seed: 0 }),
    sizes: SIZES,
    functions: [parseFunction(f)],
    kernels,
  });
  const [{ entries, coverage, perQuery }] = report.functions;
  const selections = [...new Set(coverage.map(({ selection }) => selection))];
  const shares = (selection, of) =>
    SIZES.map((k) => coverage.find((row) => row.selection === selection && row.k === k)[of]);
  return {
    eps,
    entries,
    measured: report.queries,
    perQuery: SIZES.map((size) => perQuery.find(({ k }) => k === size).mass),
    // A share of no entry at all is null in JSON.
    shares: Object.fromEntries(
      selections.map((name) => [name, { entries: shares(name, 'heavyShare'), mass: shares(name, 'mass') }]),
    ),
  };
}

/**
 * How far bounds are above exact l_p sensitivities of sampled keys.
 * @throws Error where a bound is below
 */
async function tightness(p, exact, read, { n, rank }, sampled, kernels) {
  const f = `power:${p}`;
  const options = { f: parseFunction(f), eps: LEAST_EPS, kernels };
  const bounds = {
    'one pass': allScores(await selectKeys(read(), options), n),
    // With Lewis weights w of all rows: sigma <= w for p <= 2, and w rank^(p/2 - 1) for p > 2.
    Lewis: (await scoresOf(read, f, n, kernels)).scores.map((w) => Math.min(1, w * rank ** Math.max(0, p / 2 - 1))),
  };
  const rows = sampleOf(n, sampled);
  const answers = rows.map((j) => exact.solve(j, p));
  const ratios = (bound) =>
    rows.map((j, i) => {
      // Lewis weights are right to 1e-4 of themselves.
      if (bound[j] < answers[i].lower * (1 - 3e-4))
        throw new Error(`key ${j}, p = ${p}: ${bound[j]} < ${answers[i].lower}`);
      return bound[j] / answers[i].lower;
    });
  const reaching = (values) => values.filter((value) => value >= EPS).length;
  return {
    sampled: rows.length,
    gap: answers.reduce((most, { lower, upper }) => Math.max(most, lower > 0 ? upper / lower - 1 : 0), 0),
    median: median(answers.map(({ lower }) => lower)),
    largest: Math.max(...answers.map(({ lower }) => lower)),
    reaching: reaching(answers.map(({ lower }) => lower)),
    bounds: Object.fromEntries(
      Object.entries(bounds).map(([name, bound]) => {
        const all = ratios(bound);
        return [
          name,
          { median: median(all), largest: Math.max(...all), reaching: reaching(rows.map((j) => bound[j])) },
        ];
      }),
    ),
  };
}

/** The score of every row by a set that holds all. */
function allScores({ index, score }, n) {
  if (index.length < n) throw new Error(`${n - index.length} keys have no bound at eps ${LEAST_EPS}`);
  return score;
}

/** Places of some rows, ascending, drawn without repetition. */
function sampleOf(n, count) {
  const drawn = new Set();
  let state = SEED;
  while (drawn.size < Math.min(n, count)) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    drawn.add(Math.floor((state / 2 ** 32) * n));
  }
  return [...drawn].sort((a, b) => a - b);
}

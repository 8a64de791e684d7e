/** What is recovered of a planted set, with the library's own functions, beside what theory and simpler choices give. */

import {
  certifiedEntries,
  createKernels,
  exactHeavyEntries,
  heavyEntries,
  parseFunction,
  rowScores,
  selectKeys,
} from '../../../dist/index.js';

/** U holds keys that could receive this share, and entries from here on are heavy. */
export const EPS = 0.05;

export const KINDS = ['spread', 'crowd'];

/** Scores that keys are ranked by. */
export const RANKINGS = ['leverage', 'x⁴ bound', 'key norm', 'random'];

const POWERS = [2, 4];

/**
 * How well U and the best-ranked keys agree with the planted ones.
 * @returns `u`: for each power how many keys U has and how many of them are planted; `ranked`: of as many best keys as are planted, the share that is;
 *   `tau`: the median leverage score of planted keys
 */
export async function recoverKeys(keys, kind, sigma) {
  const started = performance.now();
  const kernels = createKernels();
  const planted = new Set(keys.index);
  const read = () => keys.blocks(kind, sigma);
  const u = {};
  // A key that U has not counts as 0.
  const bounds = new Float64Array(keys.n);
  for (const p of POWERS) {
    const { index, score } = await selectKeys(read(), { eps: EPS, f: parseFunction(`power:${p}`), kernels });
    u[p] = { size: index.length, planted: index.filter((row) => planted.has(row)).length };
    if (p === 4) for (const [i, row] of index.entries()) bounds[row] = score[i];
  }
  const scores = {
    leverage: await leverageOf(read, keys.n, kernels),
    'x⁴ bound': bounds,
    'key norm': normsOf(read(), keys.n),
  };
  const ranked = Object.fromEntries(
    Object.entries(scores).map(([name, score]) => [name, shareAmongBest(score, keys.index)]),
  );
  // Chosen by chance, s keys of n: the expected share.
  ranked.random = keys.index.length / keys.n;
  const tau = [...keys.index].map((row) => scores.leverage[row]).sort((a, b) => a - b)[keys.index.length >> 1];
  return { kind, n: keys.n, sigma, u, ranked, tau, seconds: (performance.now() - started) / 1000 };
}

async function leverageOf(read, n, kernels) {
  const scores = new Float64Array(n);
  for await (const { start, score } of rowScores(read, { kernels })) scores.set(score, start);
  return scores;
}

function normsOf(blocks, n) {
  const norms = new Float64Array(n);
  for (const { start, rows, d, values } of blocks) {
    for (let at = 0; at < rows * d; at++) norms[start + Math.floor(at / d)] += values[at] ** 2;
  }
  return norms;
}

/** Of as many best keys as there are wanted ones, the share that is wanted; equal scores count by chance. */
function shareAmongBest(score, wanted) {
  const s = wanted.length;
  const least = score.slice().sort()[score.length - s];
  const above = score.filter((value) => value > least).length;
  const equal = score.filter((value) => value === least).length;
  const found = [...wanted].filter((row) => score[row] > least).length;
  const tied = [...wanted].filter((row) => score[row] === least).length;
  return (found + (tied * (s - above)) / equal) / s;
}

/**
 * What noisy queries find of the keys they ask for.
 * @returns for each power: `asked`: the share of pairs (query, key it asks for) that are heavy entries; `others`: heavy entries at keys that are not planted;
 *   `ofU`: the share of heavy entries that U gives, by brute force; `byNorm`, `byChance`: the share at as many keys chosen otherwise
 */
export async function recoverEntries(keys, kind, sigma, rho, queries, past) {
  const started = performance.now();
  const kernels = createKernels();
  const { block, asked } = keys.queries(queries, rho, past);
  const read = () => keys.blocks(kind, sigma);
  const longest = best(normsOf(read(), keys.n), keys.index.length);
  const planted = new Set(keys.index);
  const found = {};
  for (const p of POWERS) {
    const f = parseFunction(`power:${p}`);
    const set = await selectKeys(read(), { eps: EPS, f, kernels });
    const search =
      p === 2 ? heavyEntries(set, [block], { kernels }) : certifiedEntries(set, [block], { kernels, keys: read });
    const heavy = await pairsOf(search);
    const all = await pairsOf(exactHeavyEntries({ keys: read, queries: [block], eps: EPS, f, kernels }));
    const pairs = asked.flatMap((own, query) => own.map((key) => `${query},${key}`));
    const keysOf = [...all].map((pair) => Number(pair.split(',')[1]));
    found[p] = {
      asked: pairs.filter((pair) => heavy.has(pair)).length / pairs.length,
      others: keysOf.filter((key) => !planted.has(key)).length,
      heavy: all.size,
      ofU: [...all].filter((pair) => heavy.has(pair)).length / all.size,
      byNorm: keysOf.filter((key) => longest.has(key)).length / all.size,
      byChance: keys.index.length / keys.n,
    };
  }
  return { kind, n: keys.n, sigma, rho, past, queries, found, seconds: (performance.now() - started) / 1000 };
}

const best = (score, count) => new Set([...score.keys()].sort((i, j) => score[j] - score[i]).slice(0, count));

async function pairsOf(entries) {
  const pairs = new Set();
  for await (const { count, query, key } of entries) {
    for (let i = 0; i < count; i++) pairs.add(`${query[i]},${key[i]}`);
  }
  return pairs;
}

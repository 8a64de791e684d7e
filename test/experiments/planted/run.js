/**
 * The planted model: npm run experiment:planted [-- --render | --smoke]
 *
 * Measures how well planted keys are recovered as noise grows, writes docs/experiments/planted.jsonl, and renders tables and charts of it. `--render` renders
 * what was measured before, `--smoke` measures few keys and writes nothing. A million keys take 0.4 GB.
 */

import { machine, publish, readResults, writeResults } from '../results.js';
import { KINDS, recoverEntries, recoverKeys } from './measure.js';
import { PlantedKeys } from './model.js';
import { render } from './render.js';

const RESULTS = 'planted.jsonl';
const SEED = 1;

const FULL = {
  d: 64,
  sizes: [10_000, 100_000, 1_000_000],
  sigmas: [0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1],
  queries: { n: 100_000, sigma: 0.02, count: 256, rhos: [0, 0.5, 1, 1.5, 2, 3, 4] },
};
const SMOKE = {
  d: 16,
  sizes: [2_000],
  sigmas: [0.05, 0.2, 1],
  queries: { n: 2_000, sigma: 0.05, count: 32, rhos: [0, 1] },
};

async function measure({ d, sizes, sigmas, queries }) {
  const lines = [{ ...machine(), d, planted: 2 * d, seed: SEED }];
  for (const n of sizes) {
    const keys = new PlantedKeys(n, d, SEED);
    for (const kind of KINDS) {
      for (const sigma of sigmas) {
        lines.push({ about: 'keys', ...(await recoverKeys(keys, kind, sigma)) });
        console.error(`n = ${n}, ${kind}, sigma = ${sigma}: ${lines.at(-1).seconds.toFixed(1)} s`);
      }
    }
    if (n === queries.n) lines.push(...(await measureQueries(keys, queries)));
  }
  return lines;
}

async function measureQueries(keys, { sigma, count, rhos }) {
  const lines = [];
  for (const [kind, past] of [
    ['spread', false],
    ['crowd', false],
    ['crowd', true],
  ]) {
    for (const rho of rhos) {
      lines.push({ about: 'entries', ...(await recoverEntries(keys, kind, sigma, rho, count, past)) });
      console.error(`queries, ${kind}, rho = ${rho}: ${lines.at(-1).seconds.toFixed(1)} s`);
    }
  }
  return lines;
}

if (process.argv.includes('--render')) publish(render(readResults(RESULTS)));
else if (process.argv.includes('--smoke')) console.log(Object.values(render(await measure(SMOKE)).parts).join('\n'));
else {
  writeResults(RESULTS, await measure(FULL));
  publish(render(readResults(RESULTS)));
}

/**
 * Real attention heads: npm run experiment:heads [-- --render | --smoke]
 *
 * Measures every head of ../shared/data/real-attention, or the one of fixtures/demo where that is absent, writes
 * docs/experiments/heads.jsonl, and renders tables and charts of it. `--render` renders what was measured before, `--smoke` measures
 * the demo head alone, with few keys, and writes nothing.
 */

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { holdRows, openBytes, openMatrix, rowBlocks } from '../../../dist/index.js';
import { machine, publish, readResults, writeResults } from '../results.js';
import { measureHead } from './measure.js';
import { render } from './render.js';

const RESULTS = 'heads.jsonl';
const SHARED = new URL('../../../../shared/data/real-attention/', import.meta.url);
const DEMO = new URL('../../../fixtures/demo/', import.meta.url);

const hold = async (url) => holdRows(rowBlocks(await openMatrix(await openBytes(fileURLToPath(url)))));

/** Names, and where their matrices are. */
function heads() {
  if (!existsSync(SHARED)) {
    console.error(
      `${fileURLToPath(SHARED)} is not there: only the head of fixtures/demo is measured, and nothing is written`,
    );
    return [demo];
  }
  const names = readdirSync(SHARED).flatMap((file) => file.match(/^(.*)_k\.npy$/)?.[1] ?? []);
  return names
    .sort()
    .map((name) => ({ name, k: new URL(`${name}_k.npy`, SHARED), q: new URL(`${name}_q.npy`, SHARED) }));
}

const demo = { name: 'use-l0h0-long', k: new URL('K.npy', DEMO), q: new URL('Q.npy', DEMO) };

async function measure(list, options) {
  const rows = [machine()];
  for (const { name, k, q } of list) {
    rows.push(await measureHead(name, await hold(k), await hold(q), options));
    console.error(`${name}: ${rows.at(-1).seconds.toFixed(1)} s`);
  }
  return rows;
}

const smoke = process.argv.includes('--smoke');
if (process.argv.includes('--render')) {
  publish(render(readResults(RESULTS)));
} else {
  const list = smoke ? [demo] : heads();
  const rows = await measure(list, smoke ? { sampled: 5 } : {});
  if (list[0] === demo) console.log(Object.values(render(rows).parts).join('\n'));
  else {
    writeResults(RESULTS, rows);
    publish(render(readResults(RESULTS)));
  }
}

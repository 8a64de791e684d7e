/** Exact entries are the same to the bit for any number of threads; a thread that dies ends the search. Runs the built modules. */

import { describe, expect, test } from 'vitest';
import type { EntryBatch } from '../../../src/entries/entry-batch.js';
import { expectSame } from '../../support/comparisons.js';
import { gaussianFrom, randomFrom } from '../../support/random-matrices.js';
import { blocksOf, collect, expectEntries, type Rows } from './brute-force.js';

const { exactHeavyEntries } = await import('../../../dist/entries/exact/exact-heavy-entries.js');
const { KeyStats } = await import('../../../dist/entries/key-stats.js');
const { parseFunction } = await import('../../../dist/functions.js');
const { createKernels } = await import('../../../dist/kernels/backends.js');
const { Workers } = await import('../../../dist/threads/workers.js');

const gaussian = gaussianFrom(randomFrom(8));
const single = (rows: number, d: number, size: number): Rows => ({
  rows,
  d,
  values: Float32Array.from({ length: rows * d }, () => size * gaussian()),
});

/** Enough work for threads to be started while it goes on: seven blocks of keys. */
const K = single(50_000, 32, 1);
const Q = single(150, 32, 1.5);

describe.each(['auto', 'plain'] as const)('backend %s', (backend) => {
  test.each(['softmax', 'power:4'])('%s', async (name) => {
    if (backend === 'plain' && name !== 'softmax') return;
    const f = parseFunction(name);
    const keys = backend === 'plain' ? { ...K, rows: 20_000 } : K;
    const eps = 0.003;
    const run = async (threads: number) => {
      const stats = new KeyStats();
      const batches: AsyncIterable<EntryBatch> = exactHeavyEntries({
        keys: () => blocksOf(keys, 1000),
        queries: blocksOf(Q),
        f,
        eps,
        threads,
        stats,
        kernels: createKernels(backend),
      });
      const found = await collect(batches);
      return { found, stats: [...stats.batches(true)] };
    };
    const one = await run(1);
    for (const threads of [2, 3]) expectSame(await run(threads), one);
    if (backend === 'auto') expectEntries(one.found, { K: keys, Q, f, eps }, 1e-5);
  });
});

test('a worker that dies fails what it was asked, and whatever else is asked', async () => {
  const file = new URL('../../../dist/entries/exact/exact-worker.js', import.meta.url);
  // Not a setup that it can use.
  const workers = new Workers<unknown, unknown>(file, 2, {});
  await expect(workers.ask(0, { kind: 'finish' })).rejects.toThrow(/a worker thread died .*--threads 1/);
  await expect(workers.ask(1, { kind: 'finish' })).rejects.toThrow(/a worker thread died/);
  await workers.close();
});

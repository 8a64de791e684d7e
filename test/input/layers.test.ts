/** That K, Q and V are of the same layers, examples and heads. */

import { describe, expect, test } from 'vitest';
import { headJobs } from '../../src/input/head-jobs.js';
import { withNames } from '../../src/input/named-inputs.js';
import type { InputOptions } from '../../src/input/options.js';
import { npyHeader, temporaryFolder } from '../support/files.js';

const folder = temporaryFolder();

/** Writes an array of zeros for each layer; returns the name of all. */
function write(name: string, shapes: Readonly<Record<number, readonly number[]>>): string {
  for (const [layer, shape] of Object.entries(shapes)) {
    const bytes = 4 * shape.reduce((all, length) => all * length, 1);
    folder.write(`${name}${layer}.npy`, Buffer.concat([npyHeader('<f4', shape), Buffer.alloc(bytes)]));
  }
  return folder.at(`${name}{layer}.npy`);
}

const three = (shape: readonly number[]) => ({ 0: shape, 7: shape, 9: shape });
const Q = write('q', three([4, 5, 2]));
const K = write('k', three([2, 5, 2]));

async function jobs(queries: string, keys?: string, values?: string, options: Partial<InputOptions> = {}) {
  const given: InputOptions = { nan: 'error', ...options };
  const own = await withNames(given, [queries, keys, values]);
  const { jobs: found } = await headJobs(
    ['Q', queries],
    {
      roles: [
        ['K', keys],
        ['V', values],
      ],
    },
    own,
  );
  return found;
}

test('matrices in the order of their places, with the heads of their layer', async () => {
  const ragged = write('r', { 1: [3, 5, 2], 10: [1, 5, 2], 2: [2, 5, 2] });
  const found = await jobs(ragged);
  expect(found.map(({ label }) => label)).toEqual(
    [
      [1, 0],
      [1, 1],
      [1, 2],
      [2, 0],
      [2, 1],
      [10, 0],
    ].map(([layer, head]) => `layer ${layer}, head ${head}`),
  );
  expect(found.map(({ target }) => target!.of.heads)).toEqual([3, 3, 3, 2, 2, 1]);
  expect(await jobs(Q, K, K, { layer: [{ from: 7, to: undefined }], head: [{ from: 1, to: 2 }] })).toMatchObject([
    { place: { layer: 7, batch: 0, head: 1 } },
    { place: { layer: 9, batch: 0, head: 1 } },
  ]);
});

describe('what does not go together', () => {
  const few = write('f', { 0: [2, 5, 2] });
  test.each<[string, string, string | undefined, string | undefined, RegExp]>([
    ['K lacks layers', Q, few, undefined, /f\{layer\}\.npy: K lacks layers 7, 9, which Q has \(.*q\{layer\}\.npy\)/],
    ['Q lacks layers', few, K, undefined, /f\{layer\}\.npy: Q lacks layers 7, 9, which K has/],
    ['V lacks layers', Q, K, few, /V lacks layers 7, 9, which Q has/],
    [
      'K has none',
      Q,
      folder.at('k0.npy'),
      undefined,
      /k0\.npy: K has no layers where Q has layers 0, 7, 9; name it with/,
    ],
    ['Q has none', folder.at('q0.npy'), K, undefined, /q0\.npy: Q has no layers where K has layers 0, 7, 9/],
    ['heads that do not divide', write('o', three([3, 5, 2])), K, undefined, /k0\.npy: 2 heads for 3 heads of queries/],
    ['heads in one layer', Q, write('p', { ...three([2, 5, 2]), 9: [3, 5, 2] }), undefined, /p9\.npy: 3 heads for 4/],
    [
      'V of other heads',
      Q,
      K,
      write('v', { ...three([2, 5, 2]), 9: [4, 5, 2] }),
      /V has 4 heads in layer 9 where K has 2/,
    ],
    [
      'examples',
      write('b', three([3, 4, 5, 2])),
      write('c', three([2, 2, 5, 2])),
      undefined,
      /c0\.npy: 2 examples where the queries have 3/,
    ],
    [
      'axes',
      write('x', { 0: [2, 5, 2], 1: [1, 2, 5, 2] }),
      undefined,
      undefined,
      /x1\.npy: its axes are \(batch, head, n, d\) where .*x0\.npy has \(head, n, d\)/,
    ],
  ])('%s', async (_, queries, keys, values, message) => {
    await expect(jobs(queries, keys, values)).rejects.toThrow(message);
  });

  test('layers that --layer leaves out do not matter; one example, and heads of none, are for all', async () => {
    expect(await jobs(Q, few, undefined, { layer: [{ from: 0, to: 1 }] })).toHaveLength(4);
    expect(await jobs(write('e', three([3, 4, 5, 2])), write('g', three([1, 2, 5, 2])))).toHaveLength(36);
    expect(await jobs(Q, write('h', three([5, 2])), write('i', three([5, 2])))).toHaveLength(12);
  });
});

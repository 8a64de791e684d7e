/** Products that `verify` checks with: the same bits by one thread and by several, in the order of the queries. */

import { expect, test } from 'vitest';
import { productsOf } from '../../src/verify/product-team.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

test('are the same for 1 and 3 threads', async () => {
  const [n, d, count] = [2048, 16, 2200];
  const next = gaussianFrom(randomFrom(4));
  const values = Float64Array.from({ length: n * d }, next);
  const queries = Float64Array.from({ length: count * d }, next);
  const alone = productsOf({ d, values }, queries, 0.25, 1);
  let found = 0;
  for await (const { x, size } of productsOf({ d, values }, queries, 0.25, 3)) {
    const { value } = await alone.next();
    expect(Buffer.compare(Buffer.from(x.buffer as SharedArrayBuffer), Buffer.from(value!.x.buffer))).toBe(0);
    expect(Buffer.compare(Buffer.from(size.buffer as SharedArrayBuffer), Buffer.from(value!.size.buffer))).toBe(0);
    const [q, k] = [queries.subarray(found * d, (found + 1) * d), values.subarray(0, d)];
    expect(x[0]).toBeCloseTo(0.25 * q.reduce((sum, one, at) => sum + one * k[at], 0), 12);
    found++;
  }
  expect(found).toBe(count);
  await expect(alone.next()).resolves.toMatchObject({ done: true });
});

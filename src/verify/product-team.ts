/** Products of queries by several threads: each query is one thread's, so that results do not depend on how many there are. */

import { setImmediate as turn } from 'node:timers/promises';
import { VERIFY_WORKER_FILE } from '../files.js';
import { Workers } from '../threads/workers.js';
import type { ProductQuestion, ProductSetup } from './product-worker.js';
import { multiplyQuery, type ProductKeys, type QueryProducts } from './products.js';

/** Multiplications before threads are worth starting. */
const WORK_BEFORE_START = 2 ** 26;

/** Queries that a worker is asked for at a time: one it works on, and the next. */
const QUERIES_EACH = 2;

/**
 * Products of queries, in order; each valid until the next are asked for.
 *
 * @param queries - rows of d
 * @param threads - >= 1; with more than one K is held once more, in memory that they share
 */
export async function* productsOf(
  keys: ProductKeys,
  queries: Float64Array,
  scale: number,
  threads: number,
): AsyncGenerator<QueryProducts, void, undefined> {
  const { d, values } = keys;
  const n = values.length / d;
  const count = queries.length / d;
  if (threads === 1 || count === 1 || values.length * count < WORK_BEFORE_START) {
    for (let i = 0; i < count; i++) {
      yield multiplyQuery(keys, queries, i * d, scale);
      // Signals and timers get their turn.
      await turn();
    }
    return;
  }
  const shared = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length));
  const copy = shared(values.length);
  copy.set(values);
  const setup: ProductSetup = { keys: { d, values: copy }, scale };
  const workers = new Workers<ProductQuestion, 'done'>(VERIFY_WORKER_FILE, threads, setup);
  try {
    const slots = Array.from({ length: threads * QUERIES_EACH }, () => ({ x: shared(n), size: shared(n) }));
    const answers: Promise<'done'>[] = [];
    const ask = (i: number): void => {
      const question = { query: queries.slice(i * d, (i + 1) * d), products: slots[i % slots.length] };
      answers.push(workers.ask(i % threads, question));
    };
    for (let i = 0; i < Math.min(count, slots.length); i++) ask(i);
    for (let i = 0; i < count; i++) {
      await answers[i];
      yield slots[i % slots.length];
      if (i + slots.length < count) ask(i + slots.length);
    }
  } finally {
    await workers.close();
  }
}

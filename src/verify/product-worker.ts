/** A worker thread that works out products of queries, in the memory it shares with the thread that checks them. */

import { parentPort, workerData } from 'node:worker_threads';
import { READY } from '../threads/workers.js';
import { multiplyQuery, type ProductKeys, type QueryProducts } from './products.js';

/** What a worker is started with. */
export interface ProductSetup {
  readonly keys: ProductKeys;
  readonly scale: number;
}

/** A query, and where its products go. */
export interface ProductQuestion {
  readonly query: Float64Array;
  readonly products: QueryProducts;
}

const { keys, scale } = workerData as ProductSetup;

parentPort!.on('message', ({ query, products }: ProductQuestion) => {
  multiplyQuery(keys, query, 0, scale, products);
  parentPort!.postMessage('done');
});

parentPort!.postMessage(READY);

/** A worker thread that searches some strips of a tile, in the memory it shares with the thread that reads K. */

import { parentPort, workerData } from 'node:worker_threads';
import { parseFunction } from '../../functions.js';
import { attachKernels } from '../../kernels/backends.js';
import { READY } from '../../threads/workers.js';
import { createSearch } from './create-search.js';
import type { ExactAnswer, ExactMessage, ExactSetup } from './exact-protocol.js';
import { adoptTile, type KeyBlock } from './search.js';

const { handle, config, f, tile } = workerData as ExactSetup;
const kernels = attachKernels(handle);
const search = createSearch(kernels, { ...config, f: parseFunction(f) }, adoptTile(kernels, tile));

const adoptBlock = (block: KeyBlock): KeyBlock => ({
  ...block,
  values: kernels.adopt(block.values),
  squares: kernels.adopt(block.squares),
  seen: block.seen && kernels.adopt(block.seen),
});

function answer(message: ExactMessage): ExactAnswer | undefined {
  switch (message.kind) {
    case 'own':
      if (message.fresh) search.reset(message.range);
      else search.own(message.range);
      return undefined;
    case 'take':
      search.ingest(adoptBlock(message.block), message.range);
      return 'done';
    case 'finish':
      return search.finish();
    case 'score': {
      const { total, largest } = message.totals;
      const totals = { total: kernels.adopt(total), largest: kernels.adopt(largest) };
      search.score(adoptBlock(message.block), message.range, totals);
      return 'done';
    }
  }
}

parentPort!.on('message', (message: ExactMessage) => {
  const said = answer(message);
  if (said !== undefined) parentPort!.postMessage(said);
});

parentPort!.postMessage(READY);

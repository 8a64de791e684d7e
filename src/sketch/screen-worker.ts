/** A worker thread that screens blocks, one after another, in the memory it shares with the sketch's own thread. */

import { parentPort, workerData } from 'node:worker_threads';
import { attachKernels } from '../kernels/backends.js';
import { READY } from '../threads/workers.js';
import type { Filter } from './filter.js';
import { Screen, type Screened } from './screen.js';
import type { WorkerMessage, WorkerSetup } from './screen-protocol.js';

const { handle, traits } = workerData as WorkerSetup;
const kernels = attachKernels(handle);
const screen = new Screen(kernels, traits);
let filter: Filter;

parentPort!.on('message', (message: WorkerMessage) => {
  if (message.kind === 'filter') {
    filter = message.filter;
    return;
  }
  const { start, rows, values, gram, squares, weighted } = message.task;
  const reply: Screened = screen.run(filter, {
    start,
    rows,
    values: kernels.adopt(values),
    gram: kernels.adopt(gram),
    squares: kernels.adopt(squares),
    weighted: kernels.adopt(weighted),
  });
  parentPort!.postMessage(reply);
});

parentPort!.postMessage(READY);

/** A worker thread that screens blocks, one after another, in the memory it shares with the sketch's own thread. */

import { parentPort, workerData } from 'node:worker_threads';
import { attachKernels } from '../kernels/backends.js';
import { Screen } from './screen.js';
import type { WorkerMessage, WorkerReply, WorkerSetup } from './screen-protocol.js';
import type { Whitening } from './whitening.js';

const { handle, traits } = workerData as WorkerSetup;
const kernels = attachKernels(handle);
const screen = new Screen(kernels, traits);
let filter: Whitening;

parentPort!.on('message', (message: WorkerMessage) => {
  if (message.kind === 'filter') {
    filter = message.filter;
    return;
  }
  const { start, rows, values, gram, squares } = message.task;
  const reply: WorkerReply = screen.run(filter, {
    start,
    rows,
    values: kernels.adopt(values),
    gram: kernels.adopt(gram),
    squares: kernels.adopt(squares),
  });
  parentPort!.postMessage(reply);
});

parentPort!.postMessage('ready' satisfies WorkerReply);

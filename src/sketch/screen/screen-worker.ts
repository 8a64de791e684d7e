/** A worker thread that screens blocks, one after another, in the memory it shares with the sketch's own thread. */

import { parentPort, workerData } from 'node:worker_threads';
import { attachKernels } from '../../kernels/backends.js';
import { READY } from '../../threads/workers.js';
import type { Filter } from './filter.js';
import { Screen, type Screened } from './screen.js';
import type { SharedBlock, WorkerMessage, WorkerSetup } from './screen-protocol.js';

const { handle, shape } = workerData as WorkerSetup;
const kernels = attachKernels(handle);
const screen = new Screen(kernels, shape);
const places: SharedBlock[] = [];
let filter: Filter;

parentPort!.on('message', (message: WorkerMessage) => {
  if (message.kind === 'filter') {
    filter = message.filter;
  } else if (message.kind === 'place') {
    const { values, gram, squares, weighted } = message.place;
    places.push({
      values: kernels.adopt(values),
      gram: kernels.adopt(gram),
      squares: kernels.adopt(squares),
      weighted: kernels.adopt(weighted),
    });
  } else {
    const { place, start, rows, gate } = message;
    const reply: Screened = screen.run(filter, { ...places[place], start, rows, gate });
    parentPort!.postMessage(reply);
  }
});

parentPort!.postMessage(READY);

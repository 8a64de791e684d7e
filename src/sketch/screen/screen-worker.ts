/** A worker thread that screens blocks, one after another, in the memory it shares with the sketch's own thread. */

import { parentPort } from 'node:worker_threads';
import { attachKernels } from '../../kernels/backends.js';
import type { Kernels } from '../../kernels/kernels.js';
import { LateReadError } from '../../rows/late-reads.js';
import { READY } from '../../threads/workers.js';
import type { Filter } from './filter.js';
import { LateScreen } from './late-screen.js';
import type { SharedBlock, WorkerAnswer, WorkerMessage } from './screen-protocol.js';

let kernels: Kernels;
let screen: LateScreen;
const places: SharedBlock[] = [];
let filter: Filter;

parentPort!.on('message', (message: WorkerMessage) => {
  if (message.kind === 'setup') {
    kernels = attachKernels(message.handle);
    screen = new LateScreen(kernels, message.shape);
    parentPort!.postMessage(READY);
  } else if (message.kind === 'filter') {
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
    const { place, start, rows, gate, late } = message;
    let answer: WorkerAnswer;
    try {
      answer = screen.run(filter, { ...places[place], start, rows, gate }, late);
    } catch (error) {
      if (!(error instanceof LateReadError)) throw error;
      answer = { failure: error.failure };
    }
    parentPort!.postMessage(answer);
  }
});

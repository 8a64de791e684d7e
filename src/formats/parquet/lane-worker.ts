/** A worker thread that decodes lanes of any number of Parquet files. */

import { parentPort } from 'node:worker_threads';
import { READY } from '../../threads/workers.js';
import { Lane } from './lane.js';
import type { LaneMessage } from './lane-protocol.js';

const lanes = new Map<number, Lane>();

/** What is being done: one message after another. */
let under = Promise.resolve();

parentPort!.on('message', (message: LaneMessage) => {
  under = under.then(() => serve(message));
});

async function serve(message: LaneMessage): Promise<void> {
  if (message.kind === 'open') lanes.set(message.lane, new Lane(message.setup));
  else if (message.kind === 'close') lanes.delete(message.lane);
  else parentPort!.postMessage(await lanes.get(message.lane)!.answer(message));
}

parentPort!.postMessage(READY);

/**
 * A worker of a crew that counts in shared memory how often each task is done; task 13 of kind 1 is a mistake, and a task of kind 2 its end. A
 * task of kind 3 counts in memory that was shared later, by the number it is told.
 */

import { workerData } from 'node:worker_threads';

const { serveCrew } = await import('../../dist/threads/crew.js');
const counts = new Int32Array(workerData.setup);

serveCrew(workerData, (kind, values, task, sharedOf) => {
  if (kind === 2) process.exit();
  if (kind === 1 && task === 13) throw new Error('a mistake');
  Atomics.add(kind === 3 ? new Int32Array(sharedOf(values[1])) : counts, task, values[0]);
});

/** A thread that does training runs, one job after another, as they are posted. */

import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { CACHE } from './data.js';
import { SELECTIONS } from './heavy.js';
import { jobName } from './jobs.js';
import { TrainingRun } from './training.js';

const { settings, images, bytes } = workerData;

function measure(job) {
  const run = new TrainingRun(job, settings, images, bytes);
  const before = run.heavy(settings);
  const path = settings.checkpoints && join(CACHE, `${jobName(job)}-${job.seed}.checkpoint`);
  if (settings.resume) run.resume(path);
  const trained = run.train(path, (progress) => parentPort.postMessage({ job, progress }));
  // A model that was trained on all keys is also tried on few.
  const selections = job.by === 'softmax' ? SELECTIONS.flatMap((by) => settings.ks.map((k) => ({ by, k }))) : [];
  const few = selections.map((selection) => ({ ...selection, accuracy: run.accuracy(selection) }));
  return { ...job, ...trained, accuracy: run.accuracy(job), few, heavy: { before, after: run.heavy(settings) } };
}

parentPort.on('message', (job) => parentPort.postMessage({ job, result: measure(job) }));

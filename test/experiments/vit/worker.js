/** A process that does training runs, one job after another, as they are sent; a process of its own for its processor time to be told. */

import { join } from 'node:path';
import { CACHE, loadImages } from './data.js';
import { SELECTIONS } from './heavy.js';
import { jobName } from './jobs.js';
import { TrainingRun } from './training.js';

const STARTER = process.ppid;

let images;

function measure({ job, settings, bytes }) {
  images ??= loadImages(settings.images, settings.tested);
  const run = new TrainingRun(job, settings, images, bytes);
  const before = run.heavy(settings);
  const path = settings.checkpoints && join(CACHE, `${jobName(job)}-${job.seed}.checkpoint`);
  if (settings.resume) run.resume(path);
  const trained = run.train(path, (progress) => {
    // Whoever started this one is gone: training would keep it from noticing.
    if (process.ppid !== STARTER) process.exit(1);
    process.send({ progress });
  });
  // A model that was trained on all keys is also tried on few.
  const selections = job.by === 'softmax' ? SELECTIONS.flatMap((by) => settings.ks.map((k) => ({ by, k }))) : [];
  const few = selections.map((selection) => ({ ...selection, accuracy: run.accuracy(selection) }));
  return { ...job, ...trained, accuracy: run.accuracy(job), few, heavy: { before, after: run.heavy(settings) } };
}

process.on('message', (task) => process.send({ result: measure(task) }));

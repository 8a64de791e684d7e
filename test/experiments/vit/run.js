/**
 * Vision transformers with softmax and with LevAttention: npm run experiment:vit [-- --resume | --render | --smoke]
 *
 * Trains every model, two at a time, writes docs/experiments/vit.jsonl, and renders tables and a chart of it. `--resume` goes on from the
 * checkpoints of a run that was broken off, `--render` renders what was measured before, `--smoke` trains for seconds, prints its tables
 * and writes nothing.
 */

import { Worker } from 'node:worker_threads';
import { createKernels } from '../../../dist/index.js';
import { machine, publish, readResults, writeResults } from '../results.js';
import { loadImages } from './data.js';
import { FULL, jobsOf, SMOKE } from './jobs.js';
import { compileTraining } from './kernels.js';
import { Progress } from './progress.js';
import { render } from './render.js';
import { BATCH } from './training.js';

const RESULTS = 'vit.jsonl';

/** Runs at a time. */
const THREADS = 2;

/** @returns results: a line on the whole, and one for each run, in the order of the jobs */
async function measure(settings) {
  const [started, processor] = [performance.now(), process.cpuUsage()];
  const { name, licence, ...sets } = loadImages(settings.images, settings.tested);
  const bytes = await compileTraining(createKernels('wasm').handle.compiled.build);
  const jobs = jobsOf(settings);
  const results = new Array(jobs.length);
  const progress = new Progress(jobs.length, settings.epochs);
  let next = 0;
  const work = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('worker.js', import.meta.url), {
        workerData: { settings, images: { name, ...sets }, bytes },
      });
      let at;
      const give = () => {
        at = next++;
        if (at < jobs.length) worker.postMessage(jobs[at]);
        else worker.terminate().then(resolve, reject);
      };
      worker.on('error', reject);
      worker.on('message', ({ job, progress: step, result }) => {
        if (step) progress.update(job, step);
        if (!result) return;
        results[at] = result;
        progress.finish(job, result);
        give();
      });
      give();
    });
  await Promise.all(Array.from({ length: THREADS }, work));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(processor);
  const { checkpoints: _, resume, ...shown } = settings;
  return [
    {
      ...machine(),
      data: name,
      licence,
      ...shown,
      images: sets.training.labels.length,
      tested: Math.floor(sets.test.labels.length / BATCH) * BATCH,
      threads: THREADS,
      seconds,
      processorSeconds: (user + system) / 1e6,
      ...(resume && { resumed: true }),
    },
    ...results,
  ];
}

const given = (option) => process.argv.includes(option);

if (given('--render')) publish(render(readResults(RESULTS)));
else if (given('--smoke')) console.log(Object.values(render(await measure(SMOKE)).parts).join('\n'));
else {
  writeResults(RESULTS, await measure({ ...FULL, checkpoints: true, resume: given('--resume') }));
  publish(render(readResults(RESULTS)));
}

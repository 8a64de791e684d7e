/**
 * Vision transformers with softmax and with LevAttention: npm run experiment:vit [-- --seeds 1,2,… | --resume | --render | --smoke]
 *
 * Trains every model, two at a time, writes docs/experiments/vit.jsonl as soon as all runs of a seed are done, and renders tables and
 * charts of it. `--seeds` are those of the runs (default 1). `--resume` goes on from the checkpoints of a run that was broken off, `--render` renders what was measured before,
 * `--smoke` trains for seconds, prints its tables and writes nothing.
 */

import { fork } from 'node:child_process';
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
const PROCESSES = 2;

/**
 * @param write - is given results whenever another seed is whole: a line on all of them, and one for each run, in the order of the jobs
 */
async function measure(settings, write) {
  const started = performance.now();
  const { name, licence, ...sets } = loadImages(settings.images, settings.tested);
  const bytes = await compileTraining(createKernels('wasm').handle.compiled.build);
  const jobs = jobsOf(settings);
  const results = new Array(jobs.length);
  const progress = new Progress(jobs.length, settings.epochs);
  const about = {
    ...machine(),
    data: name,
    licence,
    images: sets.training.labels.length,
    tested: Math.floor(sets.test.labels.length / BATCH) * BATCH,
  };
  const writeWhole = () => {
    const { epochs, ks, eps, heavyImages, resume = false } = settings;
    const seeds = settings.seeds.filter((seed) => jobs.every((job, at) => job.seed !== seed || results[at]));
    if (seeds.length === 0) return;
    const whole = results.filter((result) => seeds.includes(result?.seed));
    const seconds = (performance.now() - started) / 1000;
    write([{ ...about, epochs, seeds, ks, eps, heavyImages, processes: PROCESSES, seconds, resume }, ...whole]);
  };
  let next = 0;
  const work = () =>
    new Promise((resolve, reject) => {
      const worker = fork(new URL('worker.js', import.meta.url), { serialization: 'advanced' });
      let at;
      const give = () => {
        at = next++;
        if (at < jobs.length) worker.send({ job: jobs[at], settings, bytes });
        else worker.disconnect();
      };
      worker.on('message', ({ progress: step, result }) => {
        if (step) progress.update(jobs[at], step);
        if (!result) return;
        results[at] = result;
        progress.finish(jobs[at], result);
        writeWhole();
        give();
      });
      worker.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`a training process ended with ${code}`)),
      );
      give();
    });
  await Promise.all(Array.from({ length: PROCESSES }, work));
}

const given = (option) => process.argv.includes(option);

if (given('--render')) publish(render(readResults(RESULTS)));
else if (given('--smoke')) {
  await measure(SMOKE, (results) => console.log(Object.values(render(results).parts).join('\n')));
} else {
  const seeds = given('--seeds')
    ? process.argv[process.argv.indexOf('--seeds') + 1].split(',').map(Number)
    : FULL.seeds;
  const settings = { ...FULL, seeds, checkpoints: true, resume: given('--resume') };
  await measure(settings, (results) => {
    writeResults(RESULTS, results);
    publish(render(results));
  });
}

/** Training steps of test/experiments/vit: vit-step-once.js softmax|leverage|norm|random K STEPS prints the milliseconds of the fastest step. */

import { createKernels } from '../../dist/index.js';
import { compileTraining } from '../experiments/vit/kernels.js';
import { PATCHES, PIXELS } from '../experiments/vit/parameters.js';
import { gaussianFrom } from '../experiments/vit/random.js';
import { BATCH, TrainingRun } from '../experiments/vit/training.js';

const [by, k, count] = process.argv.slice(2);
const steps = Number(count);
const patches = Float32Array.from({ length: BATCH * PATCHES * PIXELS }, gaussianFrom(1));
const set = { patches, labels: Uint8Array.from({ length: BATCH }, (_, i) => i % 10) };
const job = by === 'softmax' ? { by, seed: 1 } : { by, k: Number(k), seed: 1 };
const bytes = await compileTraining(createKernels('wasm').handle.compiled.build);
const run = new TrainingRun(job, { epochs: steps }, { name: 'random', training: set, test: set }, bytes);
const every = Int32Array.from({ length: BATCH }, (_, i) => i);
const milliseconds = [];
for (let step = 0; step < steps; step++) {
  const started = performance.now();
  run.trainStep(every);
  milliseconds.push(performance.now() - started);
}
console.log(Math.min(...milliseconds));

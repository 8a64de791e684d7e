/** One training run, from its seed or from where it was left, and what its model does on the test images. */

import { createKernels } from '../../../dist/index.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { HeavyCount } from './heavy.js';
import { startTraining } from './kernels.js';
import { Model } from './model.js';
import { update } from './optimizer.js';
import { PATCHES, Parameters, PIXELS } from './parameters.js';
import { derivedSeed, ORDER, shuffled, TEST_KEYS, TRAINING_KEYS } from './random.js';

/** Images of a step. */
export const BATCH = 64;

/** A choice of keys as the layer takes it; `seed` matters to random keys alone. */
const choice = ({ by, k }, seed) => (by === 'softmax' ? { by: 'all' } : by === 'random' ? { by, k, seed } : { by, k });

/** What blocks choose at a step: others in each, where keys are random. */
const choiceOf = (selection, seed, purpose, step) => (block) =>
  choice(selection, derivedSeed(seed, purpose, 8 * step + block));

export class TrainingRun {
  #step = 0;
  #losses = [];
  /** Seconds of processor time, and the steps that they are of: not those before a run was broken off within an epoch. */
  #processor = 0;
  #timed = 0;

  /**
   * @param job - `{by, k, seed}`: the choice it is trained with
   * @param settings - `{epochs, images, …}`
   * @param images - of `loadImages`
   * @param bytes - of `compileTraining`
   */
  constructor(job, settings, images, bytes) {
    const kernels = createKernels('wasm');
    this.job = job;
    this.settings = settings;
    this.images = images;
    this.training = startTraining(bytes, kernels);
    this.parameters = new Parameters(kernels);
    this.parameters.initialize(job.seed);
    this.model = new Model(kernels, this.training, this.parameters, BATCH);
  }

  get stepsOfEpoch() {
    return Math.floor(this.images.training.labels.length / BATCH);
  }

  /** Goes on from a checkpoint of the same job and settings, if there is one. */
  resume(path) {
    const found = readCheckpoint(path, this.#identity);
    if (!found) return;
    this.parameters.state.set(found.state);
    this.#step = found.step;
    this.#losses = found.losses;
    this.#processor = found.processor ?? 0;
    this.#timed = found.timed ?? 0;
  }

  get #identity() {
    const { job, settings, images } = this;
    return { job, epochs: settings.epochs, images: images.name, count: images.training.labels.length };
  }

  /**
   * Trains to the end.
   * @param path - of the checkpoint, written after each epoch; none: no checkpoints
   * @param report - is told `{epoch, step, steps}` now and then
   * @returns `{losses, steps, milliseconds}`: mean loss of each epoch, steps, processor time of a step
   */
  train(path, report = () => {}) {
    const { settings, stepsOfEpoch } = this;
    for (let epoch = this.#losses.length; epoch < settings.epochs; epoch++) {
      const started = process.cpuUsage();
      const order = shuffled(this.images.training.labels.length, derivedSeed(this.job.seed, ORDER, epoch));
      let sum = 0;
      for (let at = 0; at < stepsOfEpoch; at++) {
        sum += this.trainStep(order.subarray(at * BATCH, (at + 1) * BATCH));
        if (at % 8 === 0) report({ epoch, step: at, steps: stepsOfEpoch });
      }
      this.#losses.push(sum / stepsOfEpoch);
      const { user, system } = process.cpuUsage(started);
      this.#processor += (user + system) / 1e6;
      this.#timed += stepsOfEpoch;
      if (path) this.#write(path);
      report({ epoch: epoch + 1, step: 0, steps: stepsOfEpoch });
    }
    return { losses: this.#losses, steps: this.#step, milliseconds: (1000 * this.#processor) / this.#timed };
  }

  #write(path) {
    const progress = { step: this.#step, losses: this.#losses, processor: this.#processor, timed: this.#timed };
    writeCheckpoint(path, { ...this.#identity, ...progress }, this.parameters.state);
  }

  /** One step over these images; returns the loss before it. */
  trainStep(indices) {
    const { model, job } = this;
    this.#load(this.images.training, indices);
    model.forward(choiceOf(job, job.seed, TRAINING_KEYS, this.#step));
    const { loss } = model.loss();
    model.backward();
    update(this.training, this.parameters, this.#step++, this.settings.epochs * this.stepsOfEpoch);
    return loss;
  }

  #load({ patches, labels }, indices) {
    const size = PATCHES * PIXELS;
    for (const [i, image] of indices.entries()) {
      this.model.patches.set(patches.subarray(image * size, (image + 1) * size), i * size);
      this.model.labels[i] = labels[image];
    }
  }

  /** Calls for each whole batch of the first `count` test images with what the model made of them under a choice of keys. */
  *#test(selection, count) {
    const batches = Math.floor(Math.min(count, this.images.test.labels.length) / BATCH);
    for (let at = 0; at < batches; at++) {
      this.#load(
        this.images.test,
        Int32Array.from({ length: BATCH }, (_, i) => at * BATCH + i),
      );
      this.model.forward(choiceOf(selection, this.job.seed, TEST_KEYS, at));
      yield at;
    }
  }

  /** The share of test images that are classified rightly with a choice of keys. */
  accuracy(selection) {
    let [right, all] = [0, 0];
    for (const _ of this.#test(selection, Number.POSITIVE_INFINITY)) {
      right += this.model.loss().right;
      all += BATCH;
    }
    return right / all;
  }

  /** How many heavy entries of full attention there are in its heads, and which shares of them choices of keys have. */
  heavy({ eps, ks, heavyImages }) {
    const count = new HeavyCount(eps, ks);
    for (const at of this.#test(this.job, heavyImages)) {
      for (const [i, { qkv }] of this.model.blocks.entries()) {
        count.add(this.model.columnsOf(qkv), derivedSeed(this.job.seed, TEST_KEYS, 8 * at + i));
      }
    }
    return count.result();
  }
}

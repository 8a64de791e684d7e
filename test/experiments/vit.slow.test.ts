/** The vision transformer in small: its gradients, that it learns, that a run goes on from a checkpoint to the same bits, and what is counted. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKernels, rowsFirst } from '../../dist/index.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';
import { HeavyCount } from './vit/heavy.js';
import { compileTraining } from './vit/kernels.js';
import { PATCHES, PIXELS } from './vit/parameters.js';
import { BATCH, TrainingRun } from './vit/training.js';

let bytes: Uint8Array;

beforeAll(async () => {
  const { handle } = createKernels('wasm');
  bytes = await compileTraining(handle.backend === 'wasm' ? handle.compiled.build : 'simd');
});

const directory = mkdtempSync(join(tmpdir(), 'levattn-vit-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Noise, and a bright patch where the class says. */
function brightPatches(count: number) {
  const gaussian = gaussianFrom(randomFrom(1));
  const patches = Float32Array.from({ length: count * PATCHES * PIXELS }, gaussian);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  for (const [i, label] of labels.entries()) {
    const first = (i * PATCHES + 4 * label) * PIXELS;
    for (let at = first; at < first + PIXELS; at++) patches[at] += 4;
  }
  const set = { patches, labels };
  return { name: 'bright patches', training: set, test: set };
}

const settings = { epochs: 4 };
const start = (job: object) => new TrainingRun({ ...job, seed: 1 }, settings, brightPatches(4 * BATCH), bytes);

/** Random keys do not depend on parameters, so that the choice is the same on both sides. */
describe.each([{ by: 'softmax' }, { by: 'random', k: 8 }])('$by', (job) => {
  test('the gradient of every parameter is the slope of the loss along it', () => {
    const { model, parameters } = start(job);
    const { patches, labels } = brightPatches(BATCH).training;
    const choice = () => (job.by === 'random' ? { by: 'random', k: 8, seed: 1 } : { by: 'all' });
    const loss = () => {
      model.patches.set(patches);
      model.labels.set(labels);
      model.forward(choice);
      return model.loss().loss;
    };
    loss();
    model.backward();
    const gradients = new Map<string, Float32Array>();
    for (const { name, gradient } of parameters.byName.values()) gradients.set(name, Float32Array.from(gradient));
    expect(gradients.size).toBe(32);
    for (const { name, value } of parameters.byName.values()) {
      const gradient = gradients.get(name)!;
      const length = Math.hypot(...gradient);
      // Keys' biases change no softmax: of some parameters parts are zero, of none all.
      expect(length).toBeGreaterThan(1e-4);
      const before = Float32Array.from(value);
      const at = (step: number) => {
        value.set(before.map((number, i) => number + (step * gradient[i]) / length));
        return loss();
      };
      // Central differences at two steps, extrapolated to none (Richardson): the loss bends within them.
      const slopeOver = (step: number) => (at(step) - at(-step)) / (2 * step);
      const slope = (4 * slopeOver(0.005) - slopeOver(0.01)) / 3;
      value.set(before);
      expect(Math.abs(slope / length - 1), name).toBeLessThan(0.02);
    }
  });
});

test.each([{ by: 'softmax' }, { by: 'leverage', k: 16 }])('it learns where there is something to learn: $by', (job) => {
  const run = start(job);
  const { losses } = run.train(undefined);
  expect(losses).toHaveLength(4);
  expect(losses[0]).toBeLessThan(3);
  expect(losses[3]).toBeLessThan(losses[0] - 0.3);
});

test('the same seed gives the same bits, also by way of a checkpoint', () => {
  const job = { by: 'random', k: 8 };
  const whole = start(job);
  const { losses } = whole.train(undefined);
  const path = join(directory, 'run.checkpoint');
  const broken = start(job);
  const stop = ({ epoch }: { epoch: number }) => {
    if (epoch === 2) throw new Error('stopped');
  };
  expect(() => broken.train(path, stop as () => void)).toThrow('stopped');
  const resumed = new TrainingRun({ ...job, seed: 1 }, { ...settings, resume: true }, brightPatches(4 * BATCH), bytes);
  resumed.resume(path);
  expect(resumed.train(undefined).losses).toEqual(losses);
  expect(resumed.parameters.state).toEqual(whole.parameters.state);
  const other = start({ by: 'random', k: 9 });
  const untouched = Float32Array.from(other.parameters.state);
  other.resume(path);
  expect(Float32Array.from(other.parameters.state)).toEqual(untouched);
});

test('heavy entries are counted by head, and so are those whose key is chosen', () => {
  // One column, scale 1: the weights of query q are e^(q k_j) / sum.
  const keys = Float32Array.of(0, 2, -3, 0.5);
  const queries = Float32Array.of(1, -1, 0, 0);
  const sizes = { batch: 1, heads: 1, rows: 4, d: 1 };
  const count = new HeavyCount(0.2, [1, 4]);
  count.add({ queries: rowsFirst(queries, sizes), keys: rowsFirst(keys, sizes) }, 1);
  // Query 1: e^2 of e^2 + e^0.5 + 1 + e^-3 is .73, the others at most .17. Query -1: e^3 of about 21.8. Query 0, twice: 1/4 each.
  const { perQuery, captured } = count.result();
  expect(perQuery).toBe(10 / 4);
  // The longest key, and that of largest leverage, is the third: one of query -1, two of the zeros.
  expect(captured.norm).toEqual([0.3, 1]);
  expect(captured.leverage).toEqual([0.3, 1]);
  expect(captured.random[1]).toBe(1);
});

test('npm run experiment:vit -- --smoke', () => {
  const run = fileURLToPath(new URL('vit/run.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [run, '--smoke'], { encoding: 'utf8' });
  expect(stderr).toMatch(/^4\/4 {2}\S+ seed 1: /m);
  expect(status).toBe(0);
  expect(stdout).toMatch(/\| leverage, trained with it \| \d+\.\d \|/);
});

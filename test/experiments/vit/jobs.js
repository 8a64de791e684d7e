/** What is trained, and how large. */

import { SELECTIONS } from './heavy.js';

/** The experiment: as the prototype of the paper's claim asks for it. */
export const FULL = {
  images: 20_000,
  tested: 9_984,
  epochs: 8,
  seeds: [1],
  ks: [8, 16],
  eps: 0.1,
  heavyImages: 256,
};

/** The same in seconds: it shows that everything runs, and nothing else. */
export const SMOKE = { images: 640, tested: 320, epochs: 1, seeds: [1], ks: [8], eps: 0.1, heavyImages: 64 };

/** Every run, seed by seed: full attention, and each selection with each k. */
export const jobsOf = ({ seeds, ks }) =>
  seeds.flatMap((seed) => [{ by: 'softmax', seed }, ...ks.flatMap((k) => SELECTIONS.map((by) => ({ by, k, seed })))]);

/** A job's name without its seed. */
export const jobName = ({ by, k }) => (k === undefined ? by : `${by}-${k}`);

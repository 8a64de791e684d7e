/** Heads for tests of reports: matrices from a seed, and their measured reports. */

import { measureHead } from '../../src/report/measure-head.js';
import type { MeasureOptions } from '../../src/report/measure-options.js';
import type { HeadReport, Report } from '../../src/report/model.js';
import { blocksOf, type Rows } from '../entries/exact/brute-force.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

/** K with a few long rows, so that scores differ and some entries are heavy. */
export function makeRows(rows: number, d: number, seed: number, long = 10): Rows {
  const normal = gaussianFrom(randomFrom(seed));
  const values = Float64Array.from({ length: rows * d }, normal);
  return { rows, d, values: values.map((value, at) => (Math.floor(at / d) % 17 === 3 ? long * value : value)) };
}

/** Rows as they are held. */
export const hold = ({ rows, d, values }: Rows) => ({
  n: rows,
  d,
  index: Float64Array.from({ length: rows }, (_, i) => i),
  values: Float64Array.from(values),
});

/** The report of a head. */
export const measure = (K: Rows, Q?: Rows, options: MeasureOptions = {}, label = ''): Promise<HeadReport> =>
  measureHead({ label, keys: () => blocksOf(K), queries: Q && hold(Q) }, options);

/** A report of heads. */
export const reportOf = (heads: readonly HeadReport[], names: Partial<Report> = {}): Report => ({
  keys: 'K.npy',
  queries: 'Q.npy',
  command: 'levattn report Q.npy --keys K.npy',
  version: '0.0.0',
  heads,
  ...names,
});

/**
 * The planted model: few relevant keys among noise, and queries that are noisy combinations of relevant keys.
 *
 * Relevant: s = 2 d unit vectors, two orthonormal bases drawn at random, spread evenly over the n rows. Every other key is noise, Gaussian with
 * variance sigma^2 / d in each coordinate, so about sigma long; in a `crowd` a unit vector of the first d / 2 coordinates, drawn at
 * random, is added to it, so that noise keys are as long as relevant ones. A query is the sum of two relevant keys, of one basis each, and Gaussian noise about rho long.
 */

import { randomFrom } from '../../support/random.js';
import { cholesky } from '../cholesky.js';

const BLOCK = 1024;

/** Standard normal numbers, two from two uniform ones. */
function fillNormal(values, seed) {
  const uniform = randomFrom(seed);
  for (let i = 0; i < values.length; i += 2) {
    const length = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = length * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = length * Math.sin(angle);
  }
  return values;
}

/** An orthonormal basis, d x d, its rows. */
function basis(d, seed) {
  const rows = fillNormal(new Float64Array(d * d), seed);
  const columns = Float64Array.from(rows, (_, at) => rows[(at % d) * d + Math.floor(at / d)]);
  const gram = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) for (let l = 0; l < d; l++) gram[i * d + j] += rows[i * d + l] * rows[j * d + l];
  // A A^T = L L^T, so the columns of L^-1 A are those of an orthogonal matrix.
  const factor = cholesky(gram, d);
  for (let j = 0; j < d; j++) factor.whiten(columns.subarray(j * d, (j + 1) * d));
  return columns;
}

/** Keys of one n and seed, whose noise can be made as loud as is asked for. */
export class PlantedKeys {
  /** Rows of relevant keys, ascending. */
  index;
  #relevant;
  #noise;
  #crowd;

  constructor(n, d, seed) {
    this.n = n;
    this.d = d;
    this.seed = seed;
    const s = 2 * d;
    const every = Math.floor(n / s);
    this.index = Float64Array.from({ length: s }, (_, i) => i * every + (i % every));
    this.#relevant = new Float32Array([...basis(d, seed), ...basis(d, seed + 1)]);
    this.#noise = fillNormal(new Float32Array(n * d), seed + 2);
    for (const row of this.index) this.#noise.fill(0, row * d, (row + 1) * d);
    this.#crowd = this.#makeCrowd();
  }

  #makeCrowd() {
    const half = this.d / 2;
    const rows = fillNormal(new Float32Array(this.n * half), this.seed + 3);
    for (let i = 0; i < this.n; i++) {
      const row = rows.subarray(i * half, (i + 1) * half);
      let square = 0;
      for (const value of row) square += value * value;
      const factor = 1 / Math.sqrt(square);
      for (let j = 0; j < half; j++) row[j] *= factor;
    }
    for (const row of this.index) rows.fill(0, row * half, (row + 1) * half);
    return rows;
  }

  /** The keys as row blocks, again every time. */
  *blocks(kind, sigma) {
    const { n, d } = this;
    const values = new Float32Array(BLOCK * d);
    let next = 0;
    for (let start = 0; start < n; start += BLOCK) {
      const rows = Math.min(BLOCK, n - start);
      this.#fillNoise(values, kind, sigma, start, rows);
      for (; this.index[next] < start + rows; next++) {
        values.set(this.#relevant.subarray(next * d, (next + 1) * d), (this.index[next] - start) * d);
      }
      yield { start, rows, d, values: values.subarray(0, rows * d) };
    }
  }

  #fillNoise(values, kind, sigma, start, rows) {
    const { d } = this;
    const factor = sigma / Math.sqrt(d);
    const noise = this.#noise.subarray(start * d, (start + rows) * d);
    for (let at = 0; at < noise.length; at++) values[at] = factor * noise[at];
    if (kind !== 'crowd') return;
    const half = d / 2;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < half; j++) values[i * d + j] += this.#crowd[(start + i) * half + j];
    }
  }

  /**
   * Queries as one row block, with the two relevant keys that each asks for.
   * @param past - whether the first d / 2 coordinates of queries are 0, so that they look past a crowd
   */
  queries(count, rho, past) {
    const { d } = this;
    const values = fillNormal(new Float64Array(count * d), this.seed + 4);
    const asked = Array.from({ length: count }, (_, i) => [i % d, d + ((7 * i + 3) % d)]);
    const factor = rho / Math.sqrt(d);
    for (let at = 0; at < values.length; at++) {
      const keys = asked[Math.floor(at / d)];
      const wanted = keys.reduce((sum, key) => sum + this.#relevant[key * d + (at % d)], 0);
      values[at] = past && at % d < d / 2 ? 0 : factor * values[at] + wanted;
    }
    return {
      block: { start: 0, rows: count, d, values },
      asked: asked.map((pair) => pair.map((key) => this.index[key])),
    };
  }
}

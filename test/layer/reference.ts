/** Attention over chosen keys as its definition has it, in float64: what the layer is held to. */

import { headsFirst } from '../../src/layer/head-rows.js';
import { gaussianFrom, randomFrom } from '../support/random-matrices.js';

/** Sizes of a batch of heads; width: columns of V. */
export interface Shape {
  readonly batch: number;
  readonly heads: number;
  readonly m: number;
  readonly n: number;
  readonly d: number;
  readonly width: number;
}

/** Q, K, V and a gradient of the output, each [batch, heads, rows, columns]; numbers are float32. */
export interface Case {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly slopes: Float64Array;
}

export function randomCase({ batch, heads, m, n, d, width }: Shape, seed = 1): Case {
  const gaussian = gaussianFrom(randomFrom(seed));
  const draw = (length: number) => Float64Array.from({ length }, () => Math.fround(gaussian()));
  const all = batch * heads;
  return { q: draw(all * m * d), k: draw(all * n * d), v: draw(all * n * width), slopes: draw(all * m * width) };
}

/** Arrays of a case as float32 head rows. */
export function headRowsOf({ batch, heads, m, n, d, width }: Shape, given: Case) {
  return {
    queries: headsFirst(Float32Array.from(given.q), { batch, heads, rows: m, d }),
    keys: headsFirst(Float32Array.from(given.k), { batch, heads, rows: n, d }),
    values: headsFirst(Float32Array.from(given.v), { batch, heads, rows: n, d: width }),
    slopes: headsFirst(Float32Array.from(given.slopes), { batch, heads, rows: m, d: width }),
    output: headsFirst(new Float32Array(batch * heads * m * width), { batch, heads, rows: m, d: width }),
  };
}

/**
 * out_i = sum over j of softmax_j(scale <q_i, k_j>) v_j for the keys j of each head's list.
 * @returns batch heads m width
 */
export function attention(
  { batch, heads, m, n, d, width }: Shape,
  { q, k, v }: Pick<Case, 'q' | 'k' | 'v'>,
  chosen: readonly (readonly number[])[],
  scale = 1 / Math.sqrt(d),
): Float64Array {
  const out = new Float64Array(batch * heads * m * width);
  for (let head = 0; head < batch * heads; head++) {
    for (let i = 0; i < m; i++) {
      const weights = chosen[head].map((j) => {
        let product = 0;
        for (let c = 0; c < d; c++) product += q[(head * m + i) * d + c] * k[(head * n + j) * d + c];
        return Math.exp(scale * product);
      });
      const sum = weights.reduce((a, b) => a + b, 0);
      for (const [t, j] of chosen[head].entries()) {
        for (let c = 0; c < width; c++) {
          out[(head * m + i) * width + c] += (weights[t] / sum) * v[(head * n + j) * width + c];
        }
      }
    }
  }
  return out;
}

/** Elements of each array whose gradients are worked out: more take long, and these fall on all rows and columns. */
const SAMPLED = 40;

/** The gradient of sum(output slopes) by central differences, the chosen keys held fixed: of some elements of each array. */
export function differences(shape: Shape, given: Case, chosen: readonly (readonly number[])[]) {
  const loss = () => {
    const out = attention(shape, given, chosen);
    return out.reduce((sum, value, at) => sum + value * given.slopes[at], 0);
  };
  const step = 1e-5;
  const gradientOf = (array: Float64Array) => {
    const sampled = new Map<number, number>();
    for (let i = 0; i < Math.min(SAMPLED, array.length); i++) {
      const at = Math.floor((i * array.length) / Math.min(SAMPLED, array.length));
      const value = array[at];
      array[at] = value + step;
      const above = loss();
      array[at] = value - step;
      const below = loss();
      array[at] = value;
      sampled.set(at, (above - below) / (2 * step));
    }
    return sampled;
  };
  return { q: gradientOf(given.q), k: gradientOf(given.k), v: gradientOf(given.v) };
}

/** The largest |a - b|. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/** The largest difference between the elements that were sampled and those of an array. */
export const distanceOfSampled = (array: ArrayLike<number>, sampled: ReadonlyMap<number, number>): number =>
  distance(
    [...sampled.keys()].map((at) => array[at]),
    [...sampled.values()],
  );

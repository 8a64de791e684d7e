/** LevAttention as a layer of a network: keys chosen by leverage score, attention over them, and its gradients. */

import { usageError } from '../errors.js';
import { createKernels } from '../kernels/backends.js';
import type { ChosenKeys, HeadAttention, HeadGradients, HeadRows } from '../kernels/head-rows.js';
import type { Kernels } from '../kernels/kernels.js';
import { chooseKeys, type KeyChoice } from './choose-keys.js';
import { checkRows } from './head-rows.js';

/** Settings of a layer. */
export interface LevAttentionOptions {
  /** Multiplies every <q, k>, > 0; default 1 / sqrt(d). */
  readonly scale?: number | undefined;
  /** The arithmetic; default: the fastest there is. Arrays that it allocated are used where they are, others are copied. */
  readonly kernels?: Kernels | undefined;
}

/**
 * Attention of a batch of heads over a few keys each (LevAttention, arXiv:2410.05462):
 * out_i = sum over chosen j of softmax_j(scale <q_i, k_j>) v_j, the softmax being over the chosen keys alone.
 *
 * Products are over gathered keys: a head of m queries costs m k (d + width) multiply-adds instead of m n (d + width), and
 * n d^2 for the leverage scores. What is kept for the backward pass are two numbers a query and the choice. All numbers are
 * float32, leverage scores float64. Nothing is masked: every query sees every chosen key.
 *
 * ```ts
 * const layer = new LevAttention();
 * const sizes = { batch: 64, heads: 4, rows: 50, d: 16 };
 * const [q, k, v, out] = arrays.map((values) => headsFirst(values, sizes));
 * layer.forward(q, k, v, out, { by: 'leverage', k: 8 });
 * layer.backward(outGradient, { queries: qGradient, keys: kGradient, values: vGradient });
 * ```
 */
export class LevAttention {
  readonly #kernels: Kernels;
  readonly #scale: number | undefined;
  /** Kept of the last forward pass. */
  #last: HeadAttention | undefined;
  #stats: Float32Array = new Float32Array(0);

  /** @throws LevattnError where the scale is not positive */
  constructor({ scale, kernels = createKernels() }: LevAttentionOptions = {}) {
    if (scale !== undefined && !(scale > 0 && Number.isFinite(scale))) {
      throw usageError(`scale must be a number above 0, not ${scale}`);
    }
    this.#scale = scale;
    this.#kernels = kernels;
  }

  /**
   * The forward pass.
   *
   * @param queries - m rows of d
   * @param keys - n rows of d
   * @param values - n rows of any width
   * @param output - m rows of that width, overwritten; zeros for a head without chosen keys, which only `eps` can leave
   * @returns the keys that were chosen
   * @throws LevattnError where sizes do not agree, the choice is out of range, or keys that need scores are not finite
   */
  forward(queries: HeadRows, keys: HeadRows, values: HeadRows, output: HeadRows, choice: KeyChoice): ChosenKeys {
    requireSize('K', keys, { ...queries, rows: keys.rows });
    requireSize('V', values, { ...keys, d: values.d });
    requireSize('the output', output, { ...queries, d: values.d });
    for (const rows of [queries, keys, values, output]) checkRows(rows);
    const length = 2 * queries.batch * queries.heads * queries.rows;
    if (this.#stats.length < length) this.#stats = this.#kernels.allocate('float32', length);
    const chosen = chooseKeys(keys, choice, this.#kernels);
    const scale = this.#scale ?? 1 / Math.sqrt(queries.d);
    this.#last = { queries, keys, values, chosen, scale, stats: this.#stats };
    this.#kernels.attendHeads(this.#last, output);
    return chosen;
  }

  /**
   * The gradients of the last forward pass, its choice held fixed: they are those of the function that attends to these very
   * keys. Queries, keys and values must still be where they were.
   *
   * @param slopes - the gradient with respect to the output: m rows
   * @param gradients - of the sizes of queries, keys and values, overwritten; zero for keys that were not chosen. No two may
   *   share elements, nor any with what is read
   * @throws LevattnError where sizes do not agree, or there was no forward pass
   */
  backward(slopes: HeadRows, gradients: HeadGradients): void {
    const last = this.#last;
    if (!last) throw usageError('backward needs a forward pass before it');
    const { queries, keys, values } = last;
    requireSize('the gradient of the output', slopes, { ...queries, d: values.d });
    requireSize('the gradient of Q', gradients.queries, queries);
    requireSize('the gradient of K', gradients.keys, keys);
    requireSize('the gradient of V', gradients.values, values);
    for (const rows of [slopes, gradients.queries, gradients.keys, gradients.values]) checkRows(rows);
    this.#kernels.attendHeadsBackward(last, slopes, gradients);
  }
}

type Sizes = Pick<HeadRows, 'batch' | 'heads' | 'rows' | 'd'>;

function requireSize(name: string, rows: Sizes, expected: Sizes): void {
  const text = ({ batch, heads, rows, d }: Sizes): string => `[${[batch, heads, rows, d].join(', ')}]`;
  if (text(rows) === text(expected)) return;
  throw usageError(`${name} is ${text(rows)} (batch, heads, rows, d) where ${text(expected)} is needed`);
}

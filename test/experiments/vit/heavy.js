/** Heavy entries of full softmax attention, and how many of them have a key that was chosen. */

import { chooseKeys, createKernels } from '../../../dist/index.js';

/** How keys are chosen where shares are compared. */
export const SELECTIONS = ['leverage', 'norm', 'random'];

export class HeavyCount {
  #queries = 0;
  #entries = 0;
  #captured;
  #kernels = createKernels();

  /**
   * @param eps - an entry is heavy from here on
   * @param ks - numbers of chosen keys
   */
  constructor(eps, ks) {
    this.eps = eps;
    this.ks = ks;
    this.#captured = Object.fromEntries(SELECTIONS.map((by) => [by, ks.map(() => 0)]));
  }

  /** @param seed - of random keys */
  add({ queries, keys }, seed) {
    const chosen = SELECTIONS.map((by) =>
      this.ks.map((k) => marks(chooseKeys(keys, by === 'random' ? { by, k, seed } : { by, k }, this.#kernels), keys)),
    );
    const n = keys.rows;
    for (let head = 0; head < keys.batch * keys.heads; head++) {
      for (let i = 0; i < queries.rows; i++) {
        for (const [j, weight] of weightsOf(queries, keys, head, i).entries()) {
          if (weight < this.eps) continue;
          this.#entries++;
          for (const [s, by] of SELECTIONS.entries()) {
            for (const at of this.ks.keys()) this.#captured[by][at] += chosen[s][at][head * n + j];
          }
        }
      }
    }
    this.#queries += keys.batch * keys.heads * queries.rows;
  }

  /** `{perQuery, captured}`: heavy entries a query, and for each selection and k which share of them it has (null: there are none). */
  result() {
    const share = (count) => (this.#entries > 0 ? count / this.#entries : null);
    const captured = Object.entries(this.#captured).map(([by, counts]) => [by, counts.map(share)]);
    return { perQuery: this.#entries / this.#queries, captured: Object.fromEntries(captured) };
  }
}

/** 1 for every key of every head that is chosen, else 0. */
function marks({ most, count, index }, { rows }) {
  const marked = new Uint8Array(count.length * rows);
  for (const [head, size] of count.entries()) {
    for (let t = 0; t < size; t++) marked[head * rows + index[head * most + t]] = 1;
  }
  return marked;
}

/** The softmax of one query over all keys, in float64. */
function weightsOf(queries, keys, head, i) {
  const { d, rows: n } = keys;
  const place = (rows) =>
    rows.offset + Math.floor(head / rows.heads) * rows.strides[0] + (head % rows.heads) * rows.strides[1];
  const query = place(queries) + i * queries.strides[2];
  const logits = Float64Array.from({ length: n }, (_, j) => {
    const key = place(keys) + j * keys.strides[2];
    let sum = 0;
    for (let c = 0; c < d; c++) sum += queries.values[query + c] * keys.values[key + c];
    return sum / Math.sqrt(d);
  });
  const most = Math.max(...logits);
  const terms = logits.map((logit) => Math.exp(logit - most));
  const sum = terms.reduce((a, b) => a + b, 0);
  return terms.map((term) => term / sum);
}

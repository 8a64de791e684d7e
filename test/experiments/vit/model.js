/**
 * The vision transformer: patches, a class token and positions; blocks of attention and a hidden layer with ReLU, each after layer
 * normalisation and added to what it came from; a classifier on the class token. Its backward pass is written out.
 */

import { LevAttention, rowsFirst } from '../../../dist/index.js';
import { CLASS_COLUMNS, MODEL, PATCHES, PIXELS, TOKENS } from './parameters.js';

const { d, heads, hidden, classes } = MODEL;

/** Rows of a chunk of the kernel that sums gradients of weights. */
const CHUNK = 64;

export class Model {
  /** What the blocks made of the last batch: `{x, norm1, stats1, qkv, attended, middle, norm2, stats2, hidden}`. */
  blocks;

  /**
   * @param kernels - the library's, on WebAssembly
   * @param training - from `startTraining`
   * @param parameters - in the kernels' memory
   * @param batch - images at a time, a multiple of four
   */
  constructor(kernels, training, parameters, batch) {
    const allocate = (length) => kernels.allocate('float32', length);
    this.training = training;
    this.parameters = parameters;
    this.batch = batch;
    this.rows = batch * TOKENS;
    const { rows } = this;
    this.patches = allocate(batch * PATCHES * PIXELS);
    this.embedded = allocate(batch * PATCHES * d);
    this.labels = new Int32Array(batch);
    this.blocks = Array.from({ length: MODEL.blocks }, () => ({
      layer: new LevAttention({ kernels }),
      x: allocate(rows * d),
      norm1: allocate(rows * d),
      stats1: allocate(2 * rows),
      qkv: allocate(rows * 3 * d),
      attended: allocate(rows * d),
      middle: allocate(rows * d),
      norm2: allocate(rows * d),
      stats2: allocate(2 * rows),
      hidden: allocate(rows * hidden),
    }));
    this.last = allocate(rows * d);
    this.cls = allocate(batch * d);
    this.clsNorm = allocate(batch * d);
    this.clsStats = allocate(2 * batch);
    this.logits = allocate(batch * CLASS_COLUMNS);
    this.logitGradients = allocate(batch * CLASS_COLUMNS);
    this.clsGradients = allocate(batch * d);
    this.gradient = allocate(rows * d);
    this.narrow = allocate(rows * d);
    this.wide = allocate(rows * 3 * d);
    this.strips = allocate(Math.max(3 * d * CHUNK, 3 * d * d, d * hidden));
  }

  /** Queries, keys and values of a block, or other rows of their sizes in the same places. */
  columnsOf(qkv) {
    const sizes = { batch: this.batch, heads, rows: TOKENS, d: d / heads };
    const [queries, keys, values] = [0, d, 2 * d].map((column) => rowsFirst(qkv, sizes, { rowLength: 3 * d, column }));
    return { queries, keys, values };
  }

  #headRows = (values) => rowsFirst(values, { batch: this.batch, heads, rows: TOKENS, d: d / heads });

  /**
   * Logits of the images in `patches`.
   * @param choiceOf - a block's number -> its choice of keys
   */
  forward(choiceOf) {
    const { batch, rows, training, blocks, patches, embedded } = this;
    this.#linear('embed', patches, batch * PATCHES, embedded);
    const { x } = blocks[0];
    const cls = this.parameters.get('cls').value;
    for (let b = 0; b < batch; b++) {
      x.set(cls, b * TOKENS * d);
      x.set(embedded.subarray(b * PATCHES * d, (b + 1) * PATCHES * d), (b * TOKENS + 1) * d);
    }
    training.addRepeated(this.parameters.get('position').value.byteOffset, TOKENS * d, batch, x.byteOffset);
    for (const [i, block] of blocks.entries()) {
      const { layer, x, norm1, stats1, qkv, attended, middle, norm2, stats2, hidden: inside } = block;
      const out = blocks[i + 1]?.x ?? this.last;
      this.#normalize(`${i}.norm1`, x, rows, norm1, stats1);
      this.#linear(`${i}.qkv`, norm1, rows, qkv);
      const { queries, keys, values } = this.columnsOf(qkv);
      layer.forward(queries, keys, values, this.#headRows(attended), choiceOf(i));
      this.#linear(`${i}.out`, attended, rows, middle);
      training.add(x.byteOffset, rows * d, middle.byteOffset);
      this.#normalize(`${i}.norm2`, middle, rows, norm2, stats2);
      this.#linear(`${i}.up`, norm2, rows, inside, true);
      this.#linear(`${i}.down`, inside, rows, out);
      training.add(middle.byteOffset, rows * d, out.byteOffset);
    }
    for (let b = 0; b < batch; b++) this.cls.set(this.last.subarray(b * TOKENS * d, (b * TOKENS + 1) * d), b * d);
    this.#normalize('norm', this.cls, batch, this.clsNorm, this.clsStats);
    this.#linear('head', this.clsNorm, batch, this.logits);
  }

  /** Cross-entropy with `labels`, averaged over the batch, and how many are right; leaves its gradient for {@link backward}. */
  loss() {
    const { batch, logits, logitGradients, labels } = this;
    let [loss, right] = [0, 0];
    logitGradients.fill(0);
    for (let b = 0; b < batch; b++) {
      const own = logits.subarray(b * CLASS_COLUMNS, b * CLASS_COLUMNS + classes);
      const most = Math.max(...own);
      const sum = own.reduce((total, logit) => total + Math.exp(logit - most), 0);
      loss += (Math.log(sum) + most - own[labels[b]]) / batch;
      if (own.indexOf(most) === labels[b]) right++;
      for (let c = 0; c < classes; c++) {
        const p = Math.exp(own[c] - most) / sum;
        logitGradients[b * CLASS_COLUMNS + c] = (p - (c === labels[b] ? 1 : 0)) / batch;
      }
    }
    return { loss, right };
  }

  /** Gradients of the loss with respect to all parameters. */
  backward() {
    const { batch, rows, training, blocks, gradient, narrow, wide, clsGradients } = this;
    this.parameters.gradients.fill(0);
    this.#linearBackward('head', this.clsNorm, batch, this.logitGradients, narrow);
    clsGradients.fill(0);
    this.#normalizeBackward('norm', this.cls, batch, this.clsStats, narrow, clsGradients);
    gradient.fill(0);
    for (let b = 0; b < batch; b++) gradient.set(clsGradients.subarray(b * d, (b + 1) * d), b * TOKENS * d);
    for (const [i, block] of [...blocks.entries()].reverse()) {
      const { layer, x, norm1, stats1, attended, middle, norm2, stats2, hidden: inside } = block;
      this.#linearBackward(`${i}.down`, inside, rows, gradient, wide);
      training.maskPositive(inside.byteOffset, rows * hidden, wide.byteOffset);
      this.#linearBackward(`${i}.up`, norm2, rows, wide, narrow);
      this.#normalizeBackward(`${i}.norm2`, middle, rows, stats2, narrow, gradient);
      this.#linearBackward(`${i}.out`, attended, rows, gradient, narrow);
      layer.backward(this.#headRows(narrow), this.columnsOf(wide));
      this.#linearBackward(`${i}.qkv`, norm1, rows, wide, narrow);
      this.#normalizeBackward(`${i}.norm1`, x, rows, stats1, narrow, gradient);
    }
    const position = this.parameters.get('position').gradient;
    training.sumRows(gradient.byteOffset, batch, TOKENS * d, position.byteOffset);
    this.parameters.get('cls').gradient.set(position.subarray(0, d));
    for (let b = 0; b < batch; b++) {
      narrow.set(gradient.subarray((b * TOKENS + 1) * d, (b + 1) * TOKENS * d), b * PATCHES * d);
    }
    this.#linearBackward('embed', this.patches, batch * PATCHES, narrow);
  }

  #linear(name, x, rows, out, relu = false) {
    const { training, strips } = this;
    const { value: weight, rows: inner, columns } = this.parameters.get(`${name}.weight`);
    const bias = this.parameters.get(`${name}.bias`).value.byteOffset;
    training.pack(weight.byteOffset, inner, columns, 4 * columns, strips.byteOffset);
    training.linear(x.byteOffset, rows, inner, strips.byteOffset, bias, columns, out.byteOffset, relu ? 1 : 0);
  }

  /** @param xGradient - overwritten; where it is left out, x is what came in */
  #linearBackward(name, x, rows, slopes, xGradient) {
    const { training, strips } = this;
    const { value, gradient, rows: inner, columns } = this.parameters.get(`${name}.weight`);
    const bias = this.parameters.get(`${name}.bias`).gradient.byteOffset;
    training.sumRows(slopes.byteOffset, rows, columns, bias);
    training.addProductTo(
      ...[x.byteOffset, rows, inner, slopes.byteOffset, columns],
      ...[gradient.byteOffset, strips.byteOffset],
    );
    if (!xGradient) return;
    training.packTransposed(value.byteOffset, columns, inner, strips.byteOffset);
    training.multiply(slopes.byteOffset, rows, columns, strips.byteOffset, inner, xGradient.byteOffset);
  }

  #normalize(name, x, rows, out, stats) {
    const [gain, bias] = ['gain', 'bias'].map((part) => this.parameters.get(`${name}.${part}`).value.byteOffset);
    this.training.normalize(x.byteOffset, rows, d, gain, bias, out.byteOffset, stats.byteOffset);
  }

  /** Adds to `xGradient`. */
  #normalizeBackward(name, x, rows, stats, slopes, xGradient) {
    const [gain, bias] = ['gain', 'bias'].map((part) => this.parameters.get(`${name}.${part}`));
    this.training.normalizeBackward(
      ...[x.byteOffset, rows, d, gain.value.byteOffset, stats.byteOffset, slopes.byteOffset],
      ...[xGradient.byteOffset, gain.gradient.byteOffset, bias.gradient.byteOffset],
    );
  }
}

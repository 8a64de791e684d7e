/** The parameters of the transformer in one array, with their gradients and what AdamW keeps of them beside them. */

import { derivedSeed, gaussianFrom, WEIGHTS } from './random.js';

/** The model: a small vision transformer for 28 x 28 images. */
export const MODEL = { side: 28, patch: 4, d: 64, heads: 4, blocks: 2, hidden: 128, classes: 10 };

/** Columns of the classifier: classes, and zeros up to a multiple of eight. */
export const CLASS_COLUMNS = 16;

export const PATCHES = (MODEL.side / MODEL.patch) ** 2;
export const TOKENS = PATCHES + 1;
export const PIXELS = MODEL.patch ** 2;

/** Name, rows and columns of each; vectors have one row. */
function shapes() {
  const { d, blocks, hidden } = MODEL;
  const list = [
    ['embed.weight', PIXELS, d],
    ['embed.bias', 1, d],
    ['cls', 1, d],
    ['position', TOKENS, d],
  ];
  for (let block = 0; block < blocks; block++) {
    list.push(
      [`${block}.norm1.gain`, 1, d],
      [`${block}.norm1.bias`, 1, d],
      [`${block}.qkv.weight`, d, 3 * d],
      [`${block}.qkv.bias`, 1, 3 * d],
      [`${block}.out.weight`, d, d],
      [`${block}.out.bias`, 1, d],
      [`${block}.norm2.gain`, 1, d],
      [`${block}.norm2.bias`, 1, d],
      [`${block}.up.weight`, d, hidden],
      [`${block}.up.bias`, 1, hidden],
      [`${block}.down.weight`, hidden, d],
      [`${block}.down.bias`, 1, d],
    );
  }
  list.push(
    ['norm.gain', 1, d],
    ['norm.bias', 1, d],
    ['head.weight', d, CLASS_COLUMNS],
    ['head.bias', 1, CLASS_COLUMNS],
  );
  return list;
}

/** Views of each parameter, by name: `{name, rows, columns, value, gradient, mean, square, decays}`. */
export class Parameters {
  /** What stands in a checkpoint: values, means and squares. */
  state;
  gradients;
  byName = new Map();

  /** @param kernels - the library's, which allocate */
  constructor(kernels) {
    const list = shapes();
    const length = list.reduce((sum, [, rows, columns]) => sum + rows * columns, 0);
    this.state = kernels.allocate('float32', 3 * length);
    this.gradients = kernels.allocate('float32', length);
    let at = 0;
    for (const [name, rows, columns] of list) {
      const [from, to] = [at, at + rows * columns];
      const part = (array, offset = 0) => array.subarray(offset + from, offset + to);
      this.byName.set(name, {
        name,
        rows,
        columns,
        value: part(this.state),
        mean: part(this.state, length),
        square: part(this.state, 2 * length),
        gradient: part(this.gradients),
        decays: name.endsWith('.weight'),
      });
      at = to;
    }
  }

  get = (name) => this.byName.get(name);

  /** Weights as Glorot and Bengio (2010) draw them, cls and positions with deviation 0.02, gains 1, biases 0. */
  initialize(seed) {
    const gaussian = gaussianFrom(derivedSeed(seed, WEIGHTS));
    this.state.fill(0);
    for (const { name, rows, columns, value } of this.byName.values()) {
      if (name.endsWith('.gain')) value.fill(1);
      if (name === 'cls' || name === 'position') for (const at of value.keys()) value[at] = 0.02 * gaussian();
      if (!name.endsWith('.weight')) continue;
      const used = name === 'head.weight' ? MODEL.classes : columns;
      const deviation = Math.sqrt(2 / (rows + used));
      for (const at of value.keys()) if (at % columns < used) value[at] = deviation * gaussian();
    }
  }
}

/** The arithmetic of training, over the library's kernels' memory: addresses are in bytes, matrices float32 by rows. */

export { addProductTo, linear, multiply, pack, packBytes, packTransposed } from './linear';
export { normalize, normalizeBackward } from './layer-norm';
export { add, addRepeated, maskPositive, sumRows, updateAdam } from './elements';

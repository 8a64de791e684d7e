/**
 * The BLAS backend: Gram matrices by OpenBLAS, everything else by another backend, whose memory it uses.
 *
 * Products stay where they are, as a row's result must not depend on the rows around it, and OpenBLAS computes the rows at
 * the edge of a panel in another way. Panels depend on d alone and are computed on the calling thread, so the same block
 * gives the same bits with the same library and processor. Equal columns may give Gram entries that differ in the last
 * bits, which only the built-in backends rule out.
 */

import type { Values } from '../rows/row-block.js';
import { loadBlas } from './blas-library.js';
import type { Kernels } from './kernels.js';

/** Elements of a panel: with its float32 original it stays in a second-level cache. */
const PANEL = 32768;

/**
 * A backend over the memory of another.
 *
 * @param base - does all but Gram matrices
 * @param path - the library; default: the one that is found
 * @throws LevattnError where there is no OpenBLAS, or koffi is missing
 */
export function createBlasKernels(base: Kernels, path?: string): Kernels {
  const library = loadBlas(path);
  const { blas } = library;
  // Conversion is several times faster outside shared memory, so float32 rows take a detour.
  let narrow = new Float32Array(0);
  let wide = new Float64Array(0);
  const widen = (panel: Float32Array): Float64Array => {
    const { length } = panel;
    if (wide.length < length) {
      narrow = new Float32Array(Math.max(PANEL, length));
      wide = new Float64Array(Math.max(PANEL, length));
    }
    blas.copy32(panel, narrow, length);
    wide.set(narrow.subarray(0, length));
    return wide;
  };
  const gramRows = (d: number): number => Math.max(1, Math.floor(PANEL / d));
  const addGram: Kernels['addGram'] = (a, rows, d, gram) => {
    requireLength(a, rows * d);
    requireLength(gram, d * d);
    const most = gramRows(d);
    for (let top = 0; top < rows; top += most) {
      const count = Math.min(most, rows - top);
      const panel = a.subarray(top * d, (top + count) * d);
      blas.addGram(panel instanceof Float32Array ? widen(panel) : panel, count, d, gram);
    }
  };
  return {
    name: `blas (${library.path})`,
    handle: { backend: 'blas', path: library.path, base: base.handle },
    adopt: base.adopt.bind(base),
    allocate: base.allocate.bind(base),
    allocateIntegers: base.allocateIntegers.bind(base),
    scan: base.scan.bind(base),
    rowNorms: base.rowNorms.bind(base),
    normsAndSquares: base.normsAndSquares.bind(base),
    addGram,
    gramRows,
    addGramAndNorms: (a, rows, d, weights, norms, gram) => {
      addGram(a, rows, d, gram);
      return base.rowNorms(a, rows, d, weights, norms);
    },
    addWeightedGram: base.addWeightedGram.bind(base),
    addRoughGram: base.addRoughGram.bind(base),
    multiply: base.multiply.bind(base),
    rowScores: base.rowScores.bind(base),
    roughScores: base.roughScores.bind(base),
    packRows: base.packRows.bind(base),
    screenPairs: base.screenPairs.bind(base),
    pairDots: base.pairDots.bind(base),
    addExponentials: base.addExponentials.bind(base),
    addScores: base.addScores.bind(base),
    termRoundings: base.termRoundings.bind(base),
    packedKeysLength: base.packedKeysLength.bind(base),
    packKeys: base.packKeys.bind(base),
    multiplyKeys: base.multiplyKeys.bind(base),
    scaleRow: base.scaleRow.bind(base),
    exponentiateRow: base.exponentiateRow.bind(base),
    squareRow: base.squareRow.bind(base),
    divideRow: base.divideRow.bind(base),
    sumRows: base.sumRows.bind(base),
    addRows: base.addRows.bind(base),
    addMultiples: base.addMultiples.bind(base),
    addStripMultiples: base.addStripMultiples.bind(base),
    addPivotRows: base.addPivotRows.bind(base),
    listAtLeast: base.listAtLeast.bind(base),
    choleskyUpper: base.choleskyUpper.bind(base),
    invertUpper: base.invertUpper.bind(base),
    addUpper: base.addUpper.bind(base),
    scaleUpper: base.scaleUpper.bind(base),
    single: base.single,
    headScores: base.headScores.bind(base),
    attendHeads: base.attendHeads.bind(base),
    attendHeadsBackward: base.attendHeadsBackward.bind(base),
  };
}

/** OpenBLAS does not know where an array ends. */
function requireLength(array: Values, length: number): void {
  if (array.length < length) throw new RangeError(`an array of ${array.length} numbers where ${length} are needed`);
}

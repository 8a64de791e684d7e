/**
 * The kernels' exports, all over linear memory: JavaScript lays it out, and nothing here allocates or keeps state.
 *
 * Addresses are in bytes. Alignment is not needed but 64 is best. Up to 64 bytes behind any input are read and ignored, so
 * the last 64 bytes of the memory stay unused; behind an output nothing is written but where it says so.
 */

export { widenBf16, widenF16, swapBytes2, swapBytes4, swapBytes8 } from './convert';
export { dotsF32F32, dotsF32F64, dotsF64F32, dotsF64F64 } from './dots';
export { addExponentialsF32, addExponentialsF64 } from './exponentials';
export { exponentialScratchBytes } from './exponential-task';
export {
  gramAndNormsF32,
  gramAndNormsF64,
  gramF32,
  gramF64,
  gramScratchBytes,
  weightedGramF32,
  weightedGramF64,
} from './gram';
export { roughGram, roughGramScratchBytes } from './gram-rough';
export { attendHead, attendHeadBackward, headAttentionScratchBytes } from './head-attention';
export { headScores, headScoresScratchBytes } from './head-scores';
export { rowNormsF32, rowNormsF64 } from './norms';
export { addPivotRows, addPivotRowsOfTask, pivotRowScratchBytes, pivotTaskBytes } from './pivot-rows';
export {
  factorBytes,
  multiplyF32,
  multiplyF64,
  multiplyKeysF32,
  multiplyKeysF64,
  packFactor,
  packKeysF32,
  packKeysF64,
  productScratchBytes,
  rowScoresF32,
  rowScoresF64,
} from './product';
export {
  addMultiples,
  addRows,
  addStripMultiples,
  divideRow,
  exponentialConstantsBytes,
  exponentiateRow,
  listAtLeast,
  scaleRow,
  squareRow,
  sumRows,
} from './score-rows';
export {
  addScaledRows,
  exponentiateSingle,
  rangeOfSingles,
  roundDifferences,
  singleExponentialScratchBytes,
} from './single-rows-exponentials';
export { addSingleBins, listSingleAtLeast, listSingleBin, singleBinsScratchBytes } from './single-rows-largest';
export {
  multiplySingleKeys,
  packSingleKeysF32,
  packSingleKeysF64,
  singleKeysBytes,
  singleProductScratchBytes,
} from './single-rows-products';
export { singleSquares } from './single-squares';
export { scanF32, scanF64, scanScratchBytes } from './scan';
export {
  packScreenFactor,
  packScreenRows,
  screenBytes,
  screenPairs,
  screenScores,
  screenScratchBytes,
} from './screen';
export { addScoresF32, addScoresF64 } from './scores';
export { normsAndSquaresF32, normsAndSquaresF64 } from './squares';
export { factorDiagonal, solveTransposed } from './blocked-factor';
export { addBlockedProduct, packBlockedF32, packBlockedF64, packBlockedTransposed, blockedStripBytes, blockedTileBytes } from './blocked-product';
export { applyPanel, copyRows, factorPanel, reflectColumns } from './blocked-qr';
export {
  addUpper,
  choleskyScratchBytes,
  choleskyUpper,
  invertUpper,
  invertUpperScratchBytes,
  scaleUpper,
} from './triangular';

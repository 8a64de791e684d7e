/** The plain backend's rows of float32: products in float64, stored as float32. */

import { exp2 } from './exp2.js';
import type { SingleRowKernels } from './single-rows.js';

/** As the interface describes them; packed keys are rounded and stay as they lie. */
export const plainSingleRows: SingleRowKernels = {
  singleKeysLength: (n, d) => n * d,
  packSingleKeys: (keys, n, d, packed) => packed.set(keys.subarray(0, n * d)),
  multiplySingleKeys: (queries, rows, d, packed, from, count, out, stride) => {
    for (let i = 0; i < rows; i++) {
      for (let j = 0, at = from * d; j < count; j++) {
        let sum = 0;
        for (let k = i * d; k < (i + 1) * d; k++, at++) sum += queries[k] * packed[at];
        out[i * stride + j] = sum;
      }
    }
  },
  // That of the whole, in which float64 may add a little.
  roundings: (d) => new Float64Array(d).fill(1.001),
  rangeOfSingles: (x) => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let j = 0; j < x.length; j++) {
      if (x[j] < least) least = x[j];
      if (x[j] > most) most = x[j];
    }
    return { least, most };
  },
  roundDifferences: (x, base, out) => {
    for (let j = 0; j < x.length; j++) out[j] = x[j] - base;
  },
  exponentiateSingle: (x, most) => {
    let sum = 0;
    for (let j = 0; j < x.length; j++) {
      x[j] = exp2(Math.max(-126, x[j] - most));
      sum += x[j];
    }
    return sum;
  },
  singleSquares: (x) => x.reduce((sum, one) => sum + one * one, 0),
  addScaledRows: (x, rows, stride, count, factors, out) => {
    for (let i = 0, at = 0; i < rows; i++, at += stride) {
      for (let j = 0; j < count; j++) out[j] += factors[i] * x[at + j];
    }
  },
  listSingleAtLeast: (x, least) => {
    const places: number[] = [];
    for (let j = 0; j < x.length; j++) if (x[j] >= least) places.push(j);
    return Int32Array.from(places);
  },
  addSingleBins: (x, least, counts, sums) => {
    let found = 0;
    const high = highs(x);
    for (let j = 0; j < x.length; j++) {
      if (!(x[j] >= least)) continue;
      const bin = high[2 * j + 1];
      counts[bin]++;
      sums[bin] += x[j];
      found++;
    }
    return found;
  },
  listSingleBin: (x, bin) => {
    const high = highs(x);
    return x.filter((_, j) => high[2 * j + 1] === bin);
  },
};

const highs = (x: Float32Array): Uint16Array => new Uint16Array(x.buffer, x.byteOffset, 2 * x.length);

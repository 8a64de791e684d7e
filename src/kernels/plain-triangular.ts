/** The plain backend's factors and inverses of triangular matrices: by the loops that define them. */

import type { TriangularKernels } from './triangular.js';

/** As the interface describes them. */
export const plainTriangular: TriangularKernels = {
  choleskyUpper(g: Float64Array, d: number, shift: number, r = new Float64Array(d * d)): boolean {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) r[i * d + j] = j < i ? 0 : g[i * d + j];
    }
    for (let k = 0; k < d; k++) {
      const row = k * d;
      const pivot = r[row + k] + shift;
      if (!(pivot > 0)) return false;
      const root = Math.sqrt(pivot);
      r[row + k] = root;
      for (let j = k + 1; j < d; j++) r[row + j] /= root;
      for (let i = k + 1; i < d; i++) {
        const factor = r[row + i];
        const target = i * d;
        for (let j = i; j < d; j++) r[target + j] -= factor * r[row + j];
      }
    }
    return true;
  },

  invertUpper(r: Float64Array, d: number, inverse: Float64Array): void {
    inverse.fill(0, 0, d * d);
    for (let i = d - 1; i >= 0; i--) {
      const row = i * d;
      const pivot = 1 / r[row + i];
      inverse[row + i] = pivot;
      for (let k = i + 1; k < d; k++) {
        const factor = -pivot * r[row + k];
        for (let j = k; j < d; j++) inverse[row + j] += factor * inverse[k * d + j];
      }
    }
  },

  addUpper(part: Float64Array, d: number, sum: Float64Array): void {
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) sum[i * d + j] += part[i * d + j];
  },

  scaleUpper(a: Float64Array, d: number, rows: Float64Array, columns: Float64Array, out: Float64Array): void {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) out[i * d + j] = j < i ? 0 : a[i * d + j] * rows[i] * columns[j];
    }
  },
};

/** Sums of columns: out += sum_u factors[u] columns[u], eight columns at a time, as what it takes is reading them. */

/** @param columns - as long as `out` each */
export function addColumns(out: Float64Array, columns: readonly Float64Array[], factors: Float64Array): void {
  const n = out.length;
  let u = 0;
  for (; u + 8 <= columns.length; u += 8) {
    const [a, b, c, d] = [columns[u], columns[u + 1], columns[u + 2], columns[u + 3]];
    const [e, f, g, h] = [columns[u + 4], columns[u + 5], columns[u + 6], columns[u + 7]];
    const [p, q, r, s] = [factors[u], factors[u + 1], factors[u + 2], factors[u + 3]];
    const [t, v, w, x] = [factors[u + 4], factors[u + 5], factors[u + 6], factors[u + 7]];
    for (let j = 0; j < n; j++) {
      out[j] += p * a[j] + q * b[j] + (r * c[j] + s * d[j]) + (t * e[j] + v * f[j] + (w * g[j] + x * h[j]));
    }
  }
  for (; u < columns.length; u++) {
    const [column, factor] = [columns[u], factors[u]];
    for (let j = 0; j < n; j++) out[j] += factor * column[j];
  }
}

/**
 * Writes a Gaussian matrix as npy, to a file or to stdout: write-gaussian.js N D float32|float64 [FILE]
 *
 * A block of normal numbers is made once and written again and again, each time with its rows turned by one column more,
 * so that any number of rows costs next to nothing; the matrix has full rank and a small condition number.
 */

import { openSync } from 'node:fs';
import { normal, npyWriter } from './npy.js';

const [n, d] = process.argv.slice(2, 4).map(Number);
const dtype = process.argv[4] ?? 'float32';
const fd = process.argv[5] ? openSync(process.argv[5], 'w') : 1;

const Kind = dtype === 'float64' ? Float64Array : Float32Array;
const ROWS = Math.max(1, Math.floor(2 ** 20 / (d * Kind.BYTES_PER_ELEMENT)));

const write = npyWriter(fd, n, d, Kind);
const block = Kind.from({ length: ROWS * d }, normal);
for (let row = 0; row < n; row += ROWS) {
  write(block.subarray(0, Math.min(ROWS, n - row) * d));
  const first = block[0];
  block.copyWithin(0, 1);
  block[block.length - 1] = first;
}

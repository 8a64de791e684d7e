/**
 * Writes a Gaussian matrix as npy, to a file or to stdout: write-gaussian.js N D float32|float64 [FILE]
 *
 * A block of normal numbers is made once and written again and again, each time with its rows turned by one column more,
 * so that any number of rows costs next to nothing; the matrix has full rank and a small condition number.
 */

import { openSync, writeSync } from 'node:fs';

const [n, d] = process.argv.slice(2, 4).map(Number);
const dtype = process.argv[4] ?? 'float32';
const fd = process.argv[5] ? openSync(process.argv[5], 'w') : 1;

const Kind = dtype === 'float64' ? Float64Array : Float32Array;
const ROWS = Math.max(1, Math.floor(2 ** 20 / (d * Kind.BYTES_PER_ELEMENT)));

function writeAll(bytes) {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if (error.code === 'EPIPE') process.exit(0);
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

let state = 20_251_124;
const uniform = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return (state + 0.5) / 2 ** 32;
};
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

const text = `{'descr': '<f${Kind.BYTES_PER_ELEMENT}', 'fortran_order': False, 'shape': (${n}, ${d}), }`;
const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
const header = Buffer.alloc(10 + length, ' ');
header.write('\x93NUMPY\x01\x00', 'latin1');
header.writeUInt16LE(length, 8);
header.write(text, 10, 'latin1');
header[header.length - 1] = 0x0a;
writeAll(header);

const block = Kind.from({ length: ROWS * d }, normal);
for (let row = 0; row < n; row += ROWS) {
  const rows = Math.min(ROWS, n - row);
  writeAll(new Uint8Array(block.buffer, 0, rows * d * Kind.BYTES_PER_ELEMENT));
  const first = block[0];
  block.copyWithin(0, 1);
  block[block.length - 1] = first;
}

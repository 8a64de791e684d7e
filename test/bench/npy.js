/** What the programs that write matrices for benchmarks share: npy as it is made, and normal numbers from a fixed seed. */

import { writeSync } from 'node:fs';

/**
 * Begins an npy file of n x d on an open descriptor.
 * @returns a function that appends some of its values, row-major; it ends the process quietly where the reader has left
 */
export function npyWriter(fd, n, d, Kind) {
  const text = `{'descr': '<f${Kind.BYTES_PER_ELEMENT}', 'fortran_order': False, 'shape': (${n}, ${d}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = Buffer.alloc(10 + length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(text, 10, 'latin1');
  header[header.length - 1] = 0x0a;
  writeAll(fd, header);
  return (values) => writeAll(fd, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function writeAll(fd, bytes) {
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

/** The next normal number. */
export const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

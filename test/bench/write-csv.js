/** Writes a Gaussian matrix as CSV: write-csv.js BYTES D shortest|exponential FILE; some rows, again and again. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { normal } from './npy.js';

const [bytes, d] = process.argv.slice(2, 4).map(Number);
const [spelling, path] = process.argv.slice(4);
const text = spelling === 'exponential' ? (value) => value.toExponential(18) : String;

const ROWS = 5000;
const row = () => `${Array.from({ length: d }, () => text(normal())).join(',')}\n`;
const block = Buffer.from(Array.from({ length: ROWS }, row).join(''));
const fd = openSync(path, 'w');
for (let written = 0; written < bytes; ) written += writeSync(fd, block);
closeSync(fd);

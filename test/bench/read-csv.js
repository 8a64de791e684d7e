/** Seconds that reading a CSV file from end to end takes levattn, without its import: read-csv.js FILE */

import { openBytes } from '../../dist/formats/bytes/sources.js';
import { openMatrix } from '../../dist/formats/open.js';

const start = performance.now();
const reader = await openMatrix(await openBytes(process.argv[2]));
const rows = Math.floor(2 ** 17 / reader.d);
const into = new Float64Array(rows * reader.d);
while ((await reader.read(into, rows)) > 0);
await reader.close();
console.log((performance.now() - start) / 1000);

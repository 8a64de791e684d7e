/**
 * How fast the WebAssembly kernels are, and OpenBLAS beside them: `node test/bench/kernels.js [DIST] [NAME...]`, after a build. Where V8 fuses
 * vectors the build for 256 bits is among them, and the others are fused, too; LEVATTN_WASM_128=1 turns that off.
 *
 * Every kernel of each build runs in turn, many times over; the best and the median of its times are printed, so that
 * other work on the machine shows as a gap between the two. GF counts useful operations: n d (d + 1) where only a triangle
 * matters, else 2 n d r. GB/s counts the bytes of the input.
 */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist = new URL('../../dist', import.meta.url).pathname, ...only] = process.argv.slice(2);
const directory = pathToFileURL(`${resolve(dist)}/kernels/`);
const { compileKernels, createMemory, instantiateKernels } = await import(new URL('wasm-module.js', directory).href);

const { createKernels } = await import(new URL('backends.js', directory).href);
const { allowWideVectors, wideVectors } = await import(new URL('wide.js', directory).href);
const { createWasmKernels } = await import(new URL('wasm.js', directory).href);
const { NOTHING_SEEN } = await import(new URL('query-strips.js', directory).href);
allowWideVectors();
const builds = wideVectors().inUse ? ['wide', 'fma', 'simd'] : ['fma', 'simd'];
const blas = openBlas();

const ROUNDS = 40;
const ROWS = 1024;
const QUERIES = 512;

for (const d of [15, 64, 128, 256]) {
  const cases = builds.flatMap((build) => {
    const compiled = compileKernels(directory, [build]);
    return compiled ? casesOf(compiled, d).map((one) => ({ ...one, build, times: [] })) : [];
  });
  if (blas) cases.push(...blasCases(d).map((one) => ({ ...one, build: 'blas', times: [] })));
  for (const one of cases) for (let i = 0; i < 30; i++) one.run();
  for (let round = 0; round < ROUNDS; round++) for (const one of cases) one.times.push(timeOf(one.run));
  for (const { name, build, work, unit, times } of cases) {
    times.sort((x, y) => x - y);
    const rate = (time) => (work / time).toFixed(1).padStart(6);
    const [best, median] = [times[0], times[times.length >> 1]].map(rate);
    console.log(`d=${String(d).padEnd(4)}${name.padEnd(16)}${build.padEnd(5)}best${best}  median${median} ${unit}`);
  }
}

/** The BLAS backend, where there is one. */
function openBlas() {
  try {
    return createKernels('blas');
  } catch (error) {
    console.error(error.message);
    return undefined;
  }
}

/** What the BLAS backend computes by itself. */
function blasCases(d) {
  const gram = blas.allocate('float64', d * d);
  return ['float32', 'float64'].flatMap((dtype) => {
    const a = blas.allocate(dtype, ROWS * d);
    for (let i = 0; i < a.length; i++) a[i] = Math.random() - 0.5;
    const name = dtype === 'float32' ? 'gramF32' : 'gramF64';
    const run = () => blas.addGram(a, ROWS, d, gram);
    return only.length === 0 || only.includes(name) ? [{ name, work: ROWS * d * (d + 1), unit: 'GF', run }] : [];
  });
}

/** Nanoseconds of one call, from as many as fill a millisecond. */
function timeOf(run) {
  const start = process.hrtime.bigint();
  let calls = 0;
  let spent = 0;
  do {
    run();
    calls++;
    spent = Number(process.hrtime.bigint() - start);
  } while (spent < 1e6);
  return spent / calls;
}

/** Sums of exponentials of 512 queries over 1,024 keys, none of them listed. */
function exponentials(compiled, d) {
  const kernels = createWasmKernels(compiled);
  const random = (array) => array.map(() => Math.random() - 0.5);
  const length = QUERIES * (d + (d & 1));
  const filled = (dtype, count, value) => kernels.allocate(dtype, count).fill(value);
  const single = kernels.allocate('float32', length);
  single.set(random(single));
  const values = kernels.allocate('float32', ROWS * d);
  values.set(random(values));
  const queries = {
    ...{ d, single, double: kernels.allocate('float64', length), mostProduct: 1 },
    squares: filled('float64', QUERIES / 8, 1),
    reference: filled('float64', QUERIES, NOTHING_SEEN),
    sum: kernels.allocate('float64', QUERIES),
    floor: filled('float64', QUERIES, 1e300),
    first: kernels.allocateIntegers(QUERIES),
    last: kernels.allocateIntegers(QUERIES).fill(ROWS),
  };
  const keys = { rows: ROWS, values, seen: undefined, squares: filled('float64', ROWS, 1) };
  return () => kernels.addExponentials(keys, queries, 0, QUERIES / 8, -3, () => {});
}

/** The kernels on 1,024 rows of d columns: what to run and how much work it is. */
function casesOf(compiled, d) {
  const memory = createMemory(64 << 20);
  const k = instantiateKernels(compiled, memory);
  let end = 64;
  const take = (bytes) => {
    const start = end;
    end = Math.ceil((end + bytes) / 64) * 64 + 64;
    return start;
  };
  const fill = (type, length) => {
    const at = take(length * type.BYTES_PER_ELEMENT);
    new type(memory.buffer, at, length).forEach((_, i, array) => {
      array[i] = Math.random() - 0.5;
    });
    return at;
  };
  const single = fill(Float32Array, ROWS * d);
  const double = fill(Float64Array, ROWS * d);
  const ones = fill(Float64Array, d);
  new Float64Array(memory.buffer, ones, d).fill(1);
  const square = fill(Float64Array, d * d);
  const gram = fill(Float64Array, d * d);
  const out = take(ROWS * d * 8);
  const scratch = take(Math.max(k.gramScratchBytes(d), k.roughGramScratchBytes(d), k.productScratchBytes(d)));
  const roots = fill(Float64Array, ROWS);
  const factor = take(k.factorBytes(d, d));
  const screen = take(k.screenBytes(d, d));
  const keys = take(k.screenBytes(d, ROWS));
  const thresholds = fill(Float32Array, ROWS + 4);
  new Float32Array(memory.buffer, thresholds, ROWS).fill(1e9);
  const pairs = fill(Int32Array, 2 * ROWS);
  const cursor = take(8);
  k.packFactor(square, d, d, factor);
  k.packScreenFactor(square, d, d, screen);
  k.packScreenRows(single, ROWS, d, keys);
  const triangle = ROWS * d * (d + 1);
  const compute = (name, work, run) => ({ name, work, unit: 'GF', run });
  const stream = (name, bytes, run) => ({ name, work: bytes, unit: 'GB/s', run });
  return [
    compute('gramF32', triangle, () => k.gramF32(single, ROWS, d, gram, scratch)),
    compute('gramF64', triangle, () => k.gramF64(double, ROWS, d, ones, gram, scratch)),
    compute('weightedGramF32', triangle, () => k.weightedGramF32(single, ROWS, d, roots, gram, scratch)),
    compute('roughGram', triangle, () => k.roughGram(single, ROWS, d, roots, gram, scratch)),
    compute('rowScoresF32', triangle, () => k.rowScoresF32(single, ROWS, d, factor, d, 1, out, scratch)),
    compute('rowScoresF64', triangle, () => k.rowScoresF64(double, ROWS, d, factor, d, 1, out, scratch)),
    compute('multiplyF32', 2 * ROWS * d * d, () => k.multiplyF32(single, ROWS, d, factor, d, 0, out, scratch)),
    compute('screenScores', triangle, () => k.screenScores(single, ROWS, d, screen, d, 1, out, scratch)),
    compute('screenPairs', 2 * ROWS * ROWS * d, () => {
      new Int32Array(memory.buffer, cursor, 2).fill(0);
      k.screenPairs(single, ROWS, d, keys, ROWS, thresholds, pairs, ROWS, cursor, scratch);
    }),
    compute('addExponentials', 2 * ROWS * QUERIES * d, exponentials(compiled, d)),
    stream('dotsF32F32', ROWS * d * 8, () => k.dotsF32F32(single, single, d, pairs, ROWS, out)),
    stream('rowNormsF32', ROWS * d * 4, () => k.rowNormsF32(single, ROWS, d, ones, out)),
    stream('rowNormsF64', ROWS * d * 8, () => k.rowNormsF64(double, ROWS, d, ones, out)),
    stream('scanF32', ROWS * d * 4, () => k.scanF32(single, ROWS, d, gram, scratch)),
    stream('scanF64', ROWS * d * 8, () => k.scanF64(double, ROWS, d, gram, scratch)),
    stream('widenF16', ROWS * d * 2, () => k.widenF16(double, ROWS * d, out)),
    stream('widenBf16', ROWS * d * 2, () => k.widenBf16(double, ROWS * d, out)),
    stream('swapBytes4', ROWS * d * 4, () => k.swapBytes4(out, ROWS * d * 4)),
  ].filter(({ name }) => only.length === 0 || only.includes(name));
}

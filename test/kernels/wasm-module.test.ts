import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  compileKernels,
  createMemory,
  growMemory,
  instantiateKernels,
  SLACK_BYTES,
} from '../../src/kernels/wasm-module.js';
import { BUILDS, difference, instantiateBuilds, preciseDot, randomNumbers, wholeNumbers } from './wasm-support.js';

const U = 2 ** -53;
const ROWS = [0, 1, 2, 3, 4, 5, 31, 32, 33, 255, 256, 257, 300];
const builds = instantiateBuilds();
const types = [Float32Array, Float64Array] as const;

/** Every d from 1 to 70 and two of the usual ones, over which the row counts are spread. */
const shapes = [...Array.from({ length: 70 }, (_, i) => i + 1), 128, 256].map((d) => ({
  d,
  rows: ROWS[(5 * d + 3) % ROWS.length],
}));

describe('compileKernels', () => {
  it('prefers the build with fused multiply-adds', () => {
    expect(compileKernels(BUILDS)?.build).toBe('fma');
  });

  it('finds nothing where there is no build, or only one that the engine cannot run', () => {
    const directory = mkdtempSync(join(tmpdir(), 'levattn-wasm-'));
    const url = pathToFileURL(`${directory}/`);
    expect(compileKernels(url)).toBeUndefined();
    writeFileSync(join(directory, 'levattn-fma.wasm'), 'not WebAssembly');
    expect(compileKernels(url)).toBeUndefined();
    rmSync(directory, { recursive: true });
  });
});

describe('a memory', () => {
  it('has room for what is asked and the slack behind it, and grows under earlier views', () => {
    const memory = createMemory(65536);
    expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(65536 + SLACK_BYTES);
    const view = new Uint8Array(memory.buffer);
    growMemory(memory, 1 << 20);
    expect(memory.buffer.byteLength).toBeGreaterThanOrEqual((1 << 20) + SLACK_BYTES);
    view[0] = 7;
    expect(new Uint8Array(memory.buffer)[0]).toBe(7);
  });

  it('does not shrink or move when there is room already', () => {
    const memory = createMemory(1 << 20);
    const before = memory.buffer.byteLength;
    growMemory(memory, 1);
    expect(memory.buffer.byteLength).toBe(before);
  });
});

it.each(builds)('$build: a further instance changes nothing in the memory', ({ arena, compiled }) => {
  arena.clear();
  const bytes = new Uint8Array(arena.memory.buffer).slice();
  instantiateKernels(compiled, arena.memory);
  expect(difference(new Uint8Array(arena.memory.buffer), bytes)).toBeUndefined();
});

describe.each(builds)('$build: Gram update', ({ arena, kernels }) => {
  it.each(types)('%o: is exact for whole numbers, in the upper triangle alone', (type) => {
    const random = randomNumbers(1);
    for (const { d, rows } of shapes) {
      arena.clear();
      const a = arena.put(type.from(wholeNumbers(random, rows * d, 1000)));
      const factors = Float64Array.from({ length: d }, (_, j) => (type === Float64Array ? 2 ** (j % 5) : 1));
      const gram = arena.put(new Float64Array(d * d).fill(0.5));
      const scaled = Float64Array.from(a, (value, at) => value * factors[at % d]);
      const expected = new Float64Array(d * d).fill(0.5);
      for (let row = 0; row < rows; row++) {
        const x = scaled.subarray(row * d, (row + 1) * d);
        for (let i = 0; i < d; i++) for (let j = i; j < d; j++) expected[i * d + j] += x[i] * x[j];
      }
      const scratch = arena.scratch(kernels.gramScratchBytes(d));
      if (type === Float32Array) kernels.gramF32(a.byteOffset, rows, d, gram.byteOffset, scratch);
      else kernels.gramF64(a.byteOffset, rows, d, arena.put(factors).byteOffset, gram.byteOffset, scratch);
      expect(difference(gram, expected), `${rows} x ${d}`).toBeUndefined();
      expect(arena.intact()).toBe(true);
    }
  });

  it('stays within the error of summing 256 rows and then panels', () => {
    const random = randomNumbers(2);
    const [rows, d] = [3000, 7];
    arena.clear();
    const a = arena.put(Float32Array.from({ length: rows * d }, () => random() - 0.2));
    const gram = arena.put(new Float64Array(d * d));
    kernels.gramF32(a.byteOffset, rows, d, gram.byteOffset, arena.scratch(kernels.gramScratchBytes(d)));
    for (let i = 0; i < d; i++) {
      for (let j = i; j < d; j++) {
        const { sum, size } = preciseDot(Array.from({ length: rows }, (_, row) => [a[row * d + i], a[row * d + j]]));
        expect(Math.abs(gram[i * d + j] - sum)).toBeLessThanOrEqual((256 + 12) * U * size);
      }
    }
  });

  it.each(types)('%o: equal columns have equal entries, and other addresses the same bits', (type) => {
    const random = randomNumbers(3);
    for (const d of [2, 3, 5, 6, 13, 15, 21, 64, 70]) {
      const rows = 301;
      const source = Array.from({ length: d }, (_, j) => Math.floor(random() * (j + 1)));
      const values = type.from(Array.from({ length: rows * d }, () => random() - 0.5));
      for (let i = 0; i < rows; i++) for (let j = 0; j < d; j++) values[i * d + j] = values[i * d + source[j]];
      const results = [0, 1, 2].map((shift) => {
        arena.clear();
        arena.put(new type(shift));
        const a = arena.put(values).byteOffset;
        const gram = arena.put(new Float64Array(d * d));
        const factors = arena.put(new Float64Array(d).fill(1)).byteOffset;
        const scratch = arena.scratch(kernels.gramScratchBytes(d));
        if (type === Float32Array) kernels.gramF32(a, rows, d, gram.byteOffset, scratch);
        else kernels.gramF64(a, rows, d, factors, gram.byteOffset, scratch);
        return gram.slice();
      });
      const [gram] = results;
      for (const other of results) expect(difference(other, gram)).toBeUndefined();
      const entry = (i: number, j: number): number => gram[Math.min(i, j) * d + Math.max(i, j)];
      for (let j = 0; j < d; j++) {
        const copies = Float64Array.from({ length: d }, (_, k) => entry(j, k));
        const sources = Float64Array.from({ length: d }, (_, k) => entry(source[j], source[k]));
        expect(difference(copies, sources)).toBeUndefined();
      }
    }
  });
});

it.skipIf(builds.length < 2)('both builds give the same Gram bits from float32', () => {
  const random = randomNumbers(4);
  const [rows, d] = [700, 19];
  const values = Float32Array.from({ length: rows * d }, () => random() - 0.5);
  const [first, second] = builds.map(({ arena, kernels }) => {
    arena.clear();
    const a = arena.put(values).byteOffset;
    const gram = arena.put(new Float64Array(d * d));
    kernels.gramF32(a, rows, d, gram.byteOffset, arena.scratch(kernels.gramScratchBytes(d)));
    return gram.slice();
  });
  expect(difference(first, second)).toBeUndefined();
});

describe.each(builds)('$build: products', ({ arena, kernels }) => {
  it.each(types)('%o: product and row scores are exact for whole numbers', (type) => {
    const random = randomNumbers(5);
    for (const { d, rows } of shapes) {
      for (const upper of [false, true]) {
        const r = upper ? d : 1 + Math.floor(random() * 40);
        arena.clear();
        const a = arena.put(type.from(wholeNumbers(random, rows * d, 50)));
        const b = Float64Array.from(wholeNumbers(random, d * r, 50), (value, at) =>
          upper && Math.floor(at / r) > at % r ? 0 : value,
        );
        const product = new Float64Array(rows * r);
        const scores = new Float64Array(rows);
        for (let i = 0; i < rows; i++) {
          const row = product.subarray(i * r, (i + 1) * r);
          for (let k = 0; k < d; k++) {
            const x = a[i * d + k];
            for (let j = 0; j < r; j++) row[j] += x * b[k * r + j];
          }
          for (let j = 0; j < r; j++) scores[i] += row[j] * row[j];
        }
        const factor = arena.scratch(kernels.factorBytes(d, r));
        const out = arena.put(new Float64Array(rows * r).fill(NaN));
        const sums = arena.put(new Float64Array(rows + 3).fill(NaN));
        const scratch = arena.scratch(kernels.productScratchBytes(d));
        kernels.packFactor(arena.put(b).byteOffset, d, r, factor);
        const [multiply, rowScores] =
          type === Float32Array
            ? [kernels.multiplyF32, kernels.rowScoresF32]
            : [kernels.multiplyF64, kernels.rowScoresF64];
        multiply(a.byteOffset, rows, d, factor, r, Number(upper), out.byteOffset, scratch);
        rowScores(a.byteOffset, rows, d, factor, r, Number(upper), sums.byteOffset, scratch);
        expect(difference(out, product), `${rows} x ${d} x ${r}`).toBeUndefined();
        expect(difference(sums.subarray(0, rows), scores), `${rows} x ${d} x ${r}`).toBeUndefined();
        expect(arena.intact()).toBe(true);
      }
    }
  });

  it('a product of any numbers has the error of one running sum', () => {
    const random = randomNumbers(6);
    const [rows, d, r] = [9, 37, 11];
    arena.clear();
    const a = arena.put(Float64Array.from({ length: rows * d }, () => random() - 0.5));
    const b = arena.put(Float64Array.from({ length: d * r }, () => random() - 0.5));
    const factor = arena.scratch(kernels.factorBytes(d, r));
    const out = arena.put(new Float64Array(rows * r));
    kernels.packFactor(b.byteOffset, d, r, factor);
    kernels.multiplyF64(
      a.byteOffset,
      rows,
      d,
      factor,
      r,
      0,
      out.byteOffset,
      arena.scratch(kernels.productScratchBytes(d)),
    );
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < r; j++) {
        const { sum, size } = preciseDot(Array.from({ length: d }, (_, k) => [a[i * d + k], b[k * r + j]]));
        expect(Math.abs(out[i * r + j] - sum)).toBeLessThanOrEqual((d + 1) * U * size);
      }
    }
  });
});

describe.each(builds)('$build: norms and scan', ({ arena, kernels }) => {
  const kernelsOf = (type: (typeof types)[number]) =>
    type === Float32Array
      ? { rowNorms: kernels.rowNormsF32, scan: kernels.scanF32 }
      : { rowNorms: kernels.rowNormsF64, scan: kernels.scanF64 };

  it.each(types)('%o: are exact for whole numbers', (type) => {
    const random = randomNumbers(7);
    const { rowNorms, scan } = kernelsOf(type);
    for (const { d, rows } of shapes) {
      arena.clear();
      const a = arena.put(type.from(wholeNumbers(random, rows * d, 1000)));
      const weights = arena.put(Float64Array.from(wholeNumbers(random, d, 50)));
      const peaks = arena.put(new Float64Array(d).map((_, j) => (j % 3 === 0 ? 900 : 0)));
      const norms = arena.put(new Float64Array(rows));
      const expectedNorms = new Float64Array(rows);
      const expectedPeaks = peaks.slice();
      for (let at = 0; at < rows * d; at++) {
        const j = at % d;
        expectedNorms[(at - j) / d] += weights[j] * a[at] * a[at];
        expectedPeaks[j] = Math.max(expectedPeaks[j], Math.abs(a[at]));
      }
      expect(rowNorms(a.byteOffset, rows, d, weights.byteOffset, norms.byteOffset)).toBe(1);
      expect(scan(a.byteOffset, rows, d, peaks.byteOffset, arena.scratch(kernels.scanScratchBytes(d)))).toBe(1);
      expect(difference(norms, expectedNorms), `${rows} x ${d}`).toBeUndefined();
      expect(difference(peaks, expectedPeaks), `${rows} x ${d}`).toBeUndefined();
      expect(arena.intact()).toBe(true);
    }
  });

  it.each(types)('%o: notice one entry that is not finite, wherever it is, in its row alone', (type) => {
    const { rowNorms, scan } = kernelsOf(type);
    for (const d of [1, 2, 3, 4, 5, 15, 16, 18]) {
      const rows = 5;
      for (let at = 0; at < rows * d; at++) {
        for (const value of [NaN, Infinity, -Infinity]) {
          arena.clear();
          const a = arena.put(new type(rows * d).fill(1));
          a[at] = value;
          const weights = arena.put(new Float64Array(d).fill(1));
          const peaks = arena.put(new Float64Array(d).fill(0.5));
          const norms = arena.put(new Float64Array(rows));
          expect(rowNorms(a.byteOffset, rows, d, weights.byteOffset, norms.byteOffset)).toBe(0);
          expect(scan(a.byteOffset, rows, d, peaks.byteOffset, arena.scratch(kernels.scanScratchBytes(d)))).toBe(0);
          expect(peaks.every((peak) => peak === 0.5)).toBe(true);
          const bad = Math.floor(at / d);
          expect([...norms].map((norm) => norm === d)).toEqual(Array.from(norms, (_, i) => i !== bad));
        }
      }
    }
  });

  it('see the largest and the smallest numbers', () => {
    arena.clear();
    const a = arena.put(Float64Array.of(-Number.MAX_VALUE, 5e-324, 1e-320, -2));
    const peaks = arena.put(new Float64Array(2));
    expect(kernels.scanF64(a.byteOffset, 2, 2, peaks.byteOffset, arena.scratch(kernels.scanScratchBytes(2)))).toBe(1);
    expect([...peaks]).toEqual([Number.MAX_VALUE, 2]);
  });
});

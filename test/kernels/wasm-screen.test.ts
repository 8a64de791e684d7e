import { describe, expect, it } from 'vitest';
import { difference, instantiateBuilds, preciseDot, randomNumbers, wholeNumbers } from './wasm-support.js';

const builds = instantiateBuilds();
/** Every d from 1 to 40 and two of the usual ones, with a row count each. */
const shapes = [...Array.from({ length: 40 }, (_, i) => i + 1), 64, 128].map((d, i) => ({ d, rows: (7 * i + 1) % 70 }));

describe.each(builds)('$build: float32 screens', ({ arena, kernels }) => {
  it('scores are exact for small whole numbers', () => {
    const random = randomNumbers(1);
    for (const { d, rows } of shapes) {
      for (const upper of [false, true]) {
        const r = upper ? d : 1 + Math.floor(random() * 30);
        arena.clear();
        const a = arena.put(Float32Array.from(wholeNumbers(random, rows * d, 3)));
        const b = Float64Array.from(wholeNumbers(random, d * r, 3), (value, at) =>
          upper && Math.floor(at / r) > at % r ? 0 : value,
        );
        const factor = arena.scratch(kernels.screenBytes(d, r));
        const out = arena.put(new Float64Array(rows + 3));
        kernels.packScreenFactor(arena.put(b).byteOffset, d, r, factor);
        const scratch = arena.scratch(kernels.screenScratchBytes(d));
        kernels.screenScores(a.byteOffset, rows, d, factor, r, Number(upper), out.byteOffset, scratch);
        const expected = new Float64Array(rows);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < r; j++) {
            let sum = 0;
            for (let k = 0; k < d; k++) sum += a[i * d + k] * b[k * r + j];
            expected[i] += sum * sum;
          }
        }
        expect(difference(out.subarray(0, rows), expected), `${rows} x ${d} x ${r}`).toBeUndefined();
        expect(arena.intact()).toBe(true);
      }
    }
  });

  it('scores keep the error they state', () => {
    const random = randomNumbers(2);
    const u = 2 ** -24;
    for (const d of [1, 15, 64, 256]) {
      const rows = 12;
      arena.clear();
      const a = arena.put(Float32Array.from({ length: rows * d }, () => (random() - 0.5) ** 3));
      const b = arena.put(Float64Array.from({ length: d * d }, () => random() - 0.5));
      const factor = arena.scratch(kernels.screenBytes(d, d));
      const out = arena.put(new Float64Array(rows + 3));
      kernels.packScreenFactor(b.byteOffset, d, d, factor);
      const scratch = arena.scratch(kernels.screenScratchBytes(d));
      kernels.screenScores(a.byteOffset, rows, d, factor, d, 0, out.byteOffset, scratch);
      for (let i = 0; i < rows; i++) {
        let score = 0;
        let y = 0;
        for (let j = 0; j < d; j++) {
          const { sum, size } = preciseDot(Array.from({ length: d }, (_, k) => [a[i * d + k], b[k * d + j]]));
          score += sum * sum;
          y += size * size;
        }
        const slack = (d + 2) * u * Math.sqrt(y);
        expect(Math.sqrt(out[i])).toBeLessThanOrEqual((Math.sqrt(score) + slack) * (1 + (d / 8 + 4) * u));
        expect(Math.sqrt(out[i])).toBeGreaterThanOrEqual((Math.sqrt(score) - slack) * (1 - (d / 8 + 4) * u));
      }
    }
  });

  it('list exactly the pairs that reach the threshold, however short the list', () => {
    const random = randomNumbers(3);
    for (const { d, rows } of shapes) {
      for (const capacity of [256, 300, 5000]) {
        const count = Math.floor(random() * 60);
        arena.clear();
        const a = arena.put(Float32Array.from(wholeNumbers(random, rows * d, 5)));
        const b = arena.put(Float32Array.from(wholeNumbers(random, count * d, 5)));
        const limits = Float32Array.from(
          { length: rows },
          () => Math.round(random() * 2) * Math.round(random() * 20 * d),
        );
        const thresholds = arena.put(Float32Array.from([...limits, 0, 0, 0]));
        const strips = arena.scratch(kernels.screenBytes(d, count));
        kernels.packScreenRows(b.byteOffset, count, d, strips);
        const pairs = arena.put(new Int32Array(2 * capacity));
        const cursor = arena.put(Int32Array.of(0, 0));
        const scratch = arena.scratch(kernels.screenScratchBytes(d));
        const found: string[] = [];
        do {
          kernels.screenPairs(
            ...([a.byteOffset, rows, d, strips, count, thresholds.byteOffset] as const),
            ...([pairs.byteOffset, capacity, cursor.byteOffset, scratch] as const),
          );
          for (let p = 0; p < cursor[1]; p++) found.push(`${pairs[2 * p]} ${pairs[2 * p + 1]}`);
        } while (cursor[0] >= 0);
        const expected: string[] = [];
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < count; j++) {
            let sum = 0;
            for (let k = 0; k < d; k++) sum += a[i * d + k] * b[j * d + k];
            if (sum * sum >= limits[i]) expected.push(`${i} ${j}`);
          }
        }
        expect(found.sort(), `${rows} x ${d}, ${count} keys`).toEqual(expected.sort());
        expect(arena.intact()).toBe(true);
      }
    }
  });

  it('let NaN pass, so that it is looked at', () => {
    arena.clear();
    const a = arena.put(Float32Array.of(1, NaN, 3e38, 1));
    const strips = arena.scratch(kernels.screenBytes(1, 1));
    kernels.packScreenRows(arena.put(Float32Array.of(3e38)).byteOffset, 1, 1, strips);
    const thresholds = arena.put(Float32Array.of(Infinity, Infinity, Infinity, NaN, 0, 0, 0));
    const pairs = arena.put(new Int32Array(512));
    const cursor = arena.put(Int32Array.of(0, 0));
    const scratch = arena.scratch(kernels.screenScratchBytes(1));
    kernels.screenPairs(
      ...([a.byteOffset, 4, 1, strips, 1, thresholds.byteOffset] as const),
      ...([pairs.byteOffset, 256, cursor.byteOffset, scratch] as const),
    );
    expect([...cursor]).toEqual([-1, 4]);
  });
});

describe.each(builds)('$build: dot products of pairs', ({ arena, kernels }) => {
  const names = ['dotsF32F32', 'dotsF32F64', 'dotsF64F32', 'dotsF64F64'] as const;
  it.each(names)('%s', (name) => {
    const random = randomNumbers(4);
    const [, first, second] = /(F..)(F..)/.exec(name)!;
    const make = (type: string, length: number) =>
      (type === 'F32' ? Float32Array : Float64Array).from(Array.from({ length }, () => random() - 0.5));
    for (let d = 1; d <= 40; d++) {
      const [rows, count] = [6, 9];
      arena.clear();
      const a = arena.put(make(first, rows * d));
      const b = arena.put(make(second, rows * d));
      const pairs = arena.put(Int32Array.from({ length: 2 * count }, () => Math.floor(random() * rows)));
      const out = arena.put(new Float64Array(count));
      kernels[name](a.byteOffset, b.byteOffset, d, pairs.byteOffset, count, out.byteOffset);
      for (let p = 0; p < count; p++) {
        const [i, j] = pairs.subarray(2 * p);
        const { sum, size } = preciseDot(Array.from({ length: d }, (_, k) => [a[i * d + k], b[j * d + k]]));
        expect(Math.abs(out[p] - sum)).toBeLessThanOrEqual((d / 4 + 4) * 2 ** -53 * size);
      }
      expect(arena.intact()).toBe(true);
    }
  });
});

describe.each(builds)('$build: conversions', ({ arena, kernels }) => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);

  it('float16: every value', () => {
    arena.clear();
    const values = arena.put(all);
    const out = arena.put(new Float32Array(65536));
    kernels.widenF16(values.byteOffset, 65536, out.byteOffset);
    const expected = Float32Array.from(all, (bits) => {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) & 31;
      const fraction = bits & 1023;
      if (exponent === 31) return fraction ? NaN : sign * Infinity;
      return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
    });
    expect(difference(out, expected)).toBeUndefined();
    expect(arena.intact()).toBe(true);
  });

  it('bfloat16: every value', () => {
    arena.clear();
    const values = arena.put(all);
    const out = arena.put(new Float32Array(65536));
    kernels.widenBf16(values.byteOffset, 65536, out.byteOffset);
    const expected = new Float32Array(Uint32Array.from(all, (bits) => bits << 16).buffer);
    expect(difference(out, expected)).toBeUndefined();
    expect(arena.intact()).toBe(true);
  });

  it('16-bit floats: any count', () => {
    for (let count = 0; count < 20; count++) {
      for (const widen of [kernels.widenF16, kernels.widenBf16]) {
        arena.clear();
        const values = arena.put(new Uint16Array(count));
        const out = arena.put(new Float32Array(count).fill(1));
        widen(values.byteOffset, count, out.byteOffset);
        expect(difference(out, new Float32Array(count))).toBeUndefined();
        expect(arena.intact()).toBe(true);
      }
    }
  });

  it.each([2, 4, 8] as const)('byte order of elements of %i bytes', (size) => {
    const random = randomNumbers(size);
    for (let count = 0; count < 40; count++) {
      arena.clear();
      const bytes = Uint8Array.from({ length: count * size }, () => random() * 256);
      const values = arena.put(bytes);
      kernels[`swapBytes${size}`](values.byteOffset, values.length);
      const expected = bytes.map((_, at) => bytes[at - (at % size) + size - 1 - (at % size)]);
      expect(difference(values, expected)).toBeUndefined();
      expect(arena.intact()).toBe(true);
    }
  });
});

/** Decimals to float64, bit for bit as Number() has them, in every spelling. */

import { describe, expect, it } from 'vitest';
import { dialectOf } from '../../../src/formats/csv/dialect.js';
import { createPlainScanner, type PlainScanner } from '../../../src/formats/csv/plain-scanner.js';

/** A scanner of one column. The module is that of the last `npm run build`. */
function scannerOfOne(): PlainScanner {
  const scanner = createPlainScanner({ width: 1, names: undefined, picked: [0], watched: [] }, dialectOf(','));
  if (!scanner) throw new Error('not built, or not for this engine; npm run build makes it');
  return scanner;
}

const scanner = scannerOfOne();

/** What the scanner makes of texts, as many as it reads. */
function scanned(texts: readonly string[]): number[] {
  const values: number[] = [];
  const into = new Float64Array(4096);
  for (let at = 0; at < texts.length; at += 4096) {
    const part = texts.slice(at, at + 4096);
    const { written } = new TextEncoder().encodeInto(`${part.join('\n')}\n`, scanner.text);
    for (let from = 0; from < written; ) {
      const { rows, next } = scanner.scan(from, written, into, 4096);
      if (rows === 0) return values;
      for (let i = 0; i < rows; i++) values.push(into[i]!);
      from = next;
    }
  }
  return values;
}

/** Compares bits; says which texts differ. */
function expectAsNumber(texts: readonly string[]): void {
  const values = scanned(texts);
  expect(values.length).toBe(texts.length);
  expect(texts.filter((text, i) => !Object.is(values[i], Number(text)))).toEqual([]);
}

let state = 12_345n;
/** Random bits, the same in every run (a 64-bit linear congruential generator's upper half, twice). */
function bits64(): bigint {
  const half = (): bigint => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    return state >> 32n;
  };
  return (half() << 32n) | half();
}

const words = new BigUint64Array(1);
const doubles = new Float64Array(words.buffer);
/** Any finite double: all exponents alike. */
function anyDouble(): number {
  do words[0] = bits64();
  while (!Number.isFinite(doubles[0]));
  return doubles[0]!;
}

/** A number of a size that data have. */
const usual = (): number => (Number(bits64() >> 11n) / 2 ** 53 - 0.5) * 8;

const many = (count: number, make: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => make(i));

describe('decimals', () => {
  it.each<[string, number, (i: number) => string]>([
    ['shortest, any double', 300_000, () => String(anyDouble())],
    ['shortest, usual sizes', 200_000, () => String(usual())],
    ['shortest, float32', 100_000, () => String(Math.fround(usual()))],
    ['%.17g', 150_000, () => anyDouble().toPrecision(17)],
    ['%.18e', 150_000, () => anyDouble().toExponential(18)],
    ['%.9g', 50_000, () => anyDouble().toPrecision(9)],
    ['%e', 50_000, () => anyDouble().toExponential(6).replace('e', 'E')],
    ['fixed', 100_000, (i) => usual().toFixed(i % 25)],
    ['more digits than count', 50_000, (i) => anyDouble().toExponential(19 + (i % 40))],
    ['whole', 50_000, (i) => String(bits64() >> BigInt(i % 64))],
    ['64 bits with a small exponent', 100_000, (i) => `${bits64() >> BigInt(i % 12)}e${(i % 61) - 30}`],
    ['64 bits with any exponent', 100_000, (i) => `-${bits64()}e${(i % 700) - 350}`],
    [
      'few digits with any exponent',
      50_000,
      (i) => `${bits64() >> BigInt(40 + (i % 20))}e+${(i % 640) - 330}`.replace('+-', '-'),
    ],
    [
      'zeros before and behind',
      20_000,
      (i) => `${'0'.repeat(i % 30)}${usual().toFixed(9).replace('-', '')}${'0'.repeat(i % 23)}`,
    ],
    ['a zero, many zeros', 20_000, (i) => `+0.${'0'.repeat(i % 340)}${bits64() >> BigInt(i % 64)}`],
  ])('%s', (_, count, make) => {
    expectAsNumber(many(count, make));
  });

  it('halfway between two doubles, exactly, and as near as 19 digits come', () => {
    const texts: string[] = [];
    for (let i = 0; i < 60_000; i++) {
      // m odd of 54 bits: m 2^e lies halfway between two doubles.
      const m = (1n << 53n) | (bits64() >> 11n) | 1n;
      const e = (i % 1900) - 1000;
      const exact = e >= 0 ? m << BigInt(e) : m * 5n ** BigInt(-e);
      const ten = Math.min(e, 0);
      const digits = exact.toString();
      if (i % 20 === 0) texts.push(`${digits}e${ten}`, `${digits}1e${ten - 1}`, `${exact - 1n}9e${ten - 1}`);
      const head = BigInt(digits.slice(0, 19));
      const rest = ten + Math.max(0, digits.length - 19);
      texts.push(`${head}e${rest}`, `${head + 1n}e${rest}`, `${head - 1n}e${rest}`);
    }
    expectAsNumber(texts);
  });

  it('exactly halfway within 64 bits', () => {
    const texts: string[] = [];
    for (let q = -4; q <= 23; q++) {
      for (let i = 0; i < 2000; i++) {
        const five = 5n ** BigInt(Math.abs(q));
        const m = (1n << 53n) | (bits64() >> 11n) | 1n;
        // w 10^q = m 2^k, m odd of 54 bits.
        let w = m * five;
        if (q >= 0) {
          w = m / five;
          if (w % 2n === 0n) w++;
        }
        const room = 64 - w.toString(2).length;
        if (room < 0) continue;
        w <<= BigInt(i % (room + 1));
        texts.push(`${w}e${q}`, `${w + 1n}e${q}`, `${w - 1n}e${q}`);
      }
    }
    expectAsNumber(texts);
  });

  it('at the edges', () => {
    const edges = [
      ...['0', '-0', '+0', '0.0', '-0e5', '0e-999', '-0.000e999', '.0', '0.'],
      ...['.5', '5.', '+5.e1', '-.5e-1', '00012', '1E5', '1e05', '1e+00', '1e-00000000000000000001'],
      ...['1e999', '-1e999', '1e-999', '-1e-999', '1e99999999999999999999', '1e-99999999999999999999'],
      ...[
        '4.9406564584124654e-324',
        '2.4703282292062327e-324',
        '2.4703282292062328e-324',
        '5e-324',
        '2e-324',
        '3e-324',
      ],
      ...['2.2250738585072011e-308', '2.2250738585072014e-308', '2.225073858507201e-308', '1.1125369292536007e-308'],
      ...['1.7976931348623157e308', '1.7976931348623158e308', '1.7976931348623159e308', '-1.8e308'],
      ...['9007199254740991', '9007199254740992', '9007199254740993', '9007199254740993e0', '9007199254740995.0'],
      ...[
        '9223372036854775807',
        '9223372036854775808',
        '18446744073709551615',
        '18446744073709551616',
        '99999999999999999999',
      ],
      ...[
        '1e22',
        '1e23',
        '1e-22',
        '1e-23',
        '8.41e21',
        '9007199254740993e22',
        `1${'0'.repeat(400)}`,
        `1${'0'.repeat(308)}`,
      ],
      ...[`0.${'0'.repeat(400)}1e400`, `${'9'.repeat(800)}e-800`, `${'0'.repeat(1000)}1.5`, `1.${'0'.repeat(1000)}1`],
      ...many(640, (i) => `1e${i - 330}`),
      ...many(16 * 16, (i) => `0.${'1234567890123456'.slice(0, i >> 4)}${'9'.repeat(i & 15)}1`),
    ];
    expectAsNumber(edges);
  });

  it('with exponents that zeros make up for, and that they do not', () => {
    for (const zeros of [999, 9999, 99_999, 999_999]) {
      for (const exponent of [zeros + 1, 10 * (zeros + 1), 1000 * (zeros + 1)]) {
        expectAsNumber([`0.${'0'.repeat(zeros)}1e${exponent}`]);
        expectAsNumber([`1${'0'.repeat(zeros)}e-${exponent}`]);
      }
    }
  });
});

describe('words', () => {
  it('are not-a-number and infinities in any case', () => {
    const words = ['nan', 'NaN', '-NAN', '+nan', 'inf', '-Inf', '+INF', 'infinity', '-iNfInItY'];
    const expected = [NaN, NaN, NaN, NaN, Infinity, -Infinity, Infinity, Infinity, -Infinity];
    expect(scanned(words)).toEqual(expected);
  });
});

describe('what is no plain number', () => {
  it.each([
    ...[
      '',
      '-',
      '+',
      '.',
      '-.',
      'e5',
      '.e5',
      '1e',
      '1e+',
      '1e-',
      '1.5e',
      '--1',
      '+-1',
      '1-',
      '1..5',
      '1.5.',
      '0x10',
      '0b1',
      '1_0',
    ],
    ...[
      '1n',
      'na',
      'nano',
      'in',
      'infinit',
      'infinitys',
      'Infinite',
      'n\u0001n',
      '1,5',
      '1 5',
      '"1"',
      '#1',
      '\t1',
      '1\t',
      '\u00a01',
      '1\u00a0',
    ],
    ...['\ufeff1', '1\u2028', '١', '1e5.5', '1e1e1', '\u000b1', '1\u0000', '1f', '1d0', '1/', '1:', '/1', ':1'],
  ])('%j stops it', (text) => {
    expect(scanned(['1.5', text, '2.5'])).toEqual([1.5]);
  });
});

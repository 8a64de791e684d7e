import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInteger, numberFromText } from '../../../src/formats/csv/number.js';
import { shownText } from '../../../src/text.js';

describe('numberFromText', () => {
  it('gives every double back from its shortest decimal', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const text = Object.is(value, -0) ? '-0' : String(value);
        return Object.is(numberFromText(` ${text}\t`), value);
      }),
      { numRuns: 2000 },
    );
  });

  it('rounds to nearest, ties to even', () => {
    expect(numberFromText('9007199254740993')).toBe(9007199254740992);
    expect(numberFromText('9007199254740993.0000000000000001')).toBe(9007199254740994);
    expect(numberFromText('2.4703282292062327e-324')).toBe(0);
    expect(numberFromText('2.4703282292062328e-324')).toBe(5e-324);
    expect(numberFromText('1e999')).toBe(Infinity);
  });

  it.each([
    ['+1.', 1],
    ['.5e+1', 5],
    ['-0', -0],
    ['007', 7],
    ['NAN', NaN],
    ['-iNf', -Infinity],
    ['+Infinity', Infinity],
  ])('takes %j', (text, value) => {
    expect(numberFromText(text)).toBe(value);
  });

  it.each(['', ' ', '.', '+', '1e', 'e1', '0x1', '1_0', '1 0', '1,0', '1n', 'in', 'nano', '1.2.3', '−1'])(
    'refuses %j',
    (text) => {
      expect(numberFromText(text)).toBeUndefined();
    },
  );

  it('takes time in proportion to the length', () => {
    // Two ways to match the digits would take hours here.
    expect(numberFromText(`${'1'.repeat(4_000_000)}x`)).toBeUndefined();
  });
});

describe('isInteger', () => {
  it('is for digits alone', () => {
    expect(['7', ' -07 ', '+1'].map(isInteger)).toEqual([true, true, true]);
    expect(['7.', '7.0', '1e3', '', 'nan', '0x7'].some(isInteger)).toBe(false);
  });
});

describe('shownText', () => {
  it('is short and on one line', () => {
    expect(shownText(' a\n"b" ')).toBe('"a\\n\\"b\\""');
    expect(shownText('x'.repeat(20))).toBe(`"${'x'.repeat(20)}"`);
    expect(shownText('x'.repeat(21))).toBe(`"${'x'.repeat(20)}…"`);
  });
});

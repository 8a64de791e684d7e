import { describe, expect, it } from 'vitest';
import { CONSTANT_BYTES, writeConstants } from '../../../src/formats/csv/decimal-constants.js';

const AT = 64;
const memory = new ArrayBuffer(AT + CONSTANT_BYTES + 8);
writeConstants(memory, AT);

describe('tables of the scanner', () => {
  it('begin with powers of ten', () => {
    const floats = [...new Float64Array(memory, AT, 23)];
    expect(floats).toEqual(floats.map((_, i) => 10 ** i));
    const whole = [...new BigUint64Array(memory, AT + 23 * 8, 17)];
    expect(whole).toEqual(whole.map((_, i) => 10n ** BigInt(i)));
  });

  it('hold the first 128 bits of every power of five', () => {
    const words = new BigUint64Array(memory, AT + (23 + 17) * 8, 2 * 636);
    for (let i = 0; i < 636; i++) {
      const power = i - 327;
      const bits = (words[2 * i]! << 64n) | words[2 * i + 1]!;
      expect(bits >> 127n).toBe(1n);
      // bits 2^shift is the power, rounded down, or up where it is a reciprocal that matters for exact results.
      const five = 5n ** BigInt(Math.abs(power));
      const shift = BigInt(five.toString(2).length);
      if (power >= 0) {
        const [wide, scale] = shift > 128n ? [bits, shift - 128n] : [bits >> (128n - shift), 0n];
        expect(wide << scale <= five && five < (wide + 1n) << scale).toBe(true);
      } else {
        const one = 1n << (127n + shift);
        const error = one - bits * five;
        expect(power >= -27 ? error < 0n && error > -five : error >= 0n && error < five).toBe(true);
      }
    }
  });

  it('end where they say', () => {
    expect(new BigUint64Array(memory, AT + CONSTANT_BYTES)[0]).toBe(0n);
    expect(new BigUint64Array(memory, AT + CONSTANT_BYTES - 16)[0]).not.toBe(0n);
  });
});

import { describe, expect, test } from 'vitest';
import { checkMask, joinMasks, maskedRows } from '../../src/rows/masked-rows.js';

const MASK = Uint8Array.of(1, 1, 0, 1, 0);

test('the hash is that of one byte a row, by hashlib: sha256(mask.astype("u1").tobytes())', () => {
  const sha256 = '2833bfd12aec990ce3ea0a25379202e6551cdd4de246aef02ac09de06362e0d3';
  expect(maskedRows(MASK, 7)).toEqual({ start: 7, rows: 5, masked: 2, sha256 });
  expect(maskedRows(Uint8Array.of(255, 7, 0, 1, 0))).toEqual({ start: 0, rows: 5, masked: 2, sha256 });
});

test('parts of a mask, and rows without one', () => {
  const parts = [
    { start: 1, mask: Uint8Array.of(0, 1) },
    { start: 4, mask: Uint8Array.of(0, 0, 1) },
  ];
  expect([...joinMasks(parts, 8)!]).toEqual([1, 0, 1, 1, 0, 0, 1, 1]);
  expect([...joinMasks(parts, 5)!]).toEqual([1, 0, 1, 1, 0]);
  expect(joinMasks(parts, 1)).toBeUndefined();
  expect([...joinMasks([{ start: 0, mask: MASK }], 3)!]).toEqual([1, 1, 0]);
});

describe('a mask is the one that a set was made with', () => {
  const made = { n: 10, masks: [maskedRows(MASK, 5)] };
  const whole = Uint8Array.of(1, 1, 1, 1, 1, ...MASK);
  const check =
    (mask: Uint8Array | undefined, set: Parameters<typeof checkMask>[0] = made) =>
    () =>
      checkMask(set, mask, 'U.arrow', 'm.npy');

  test('the same', () => {
    expect(check(whole)).not.toThrow();
    expect(check(whole.map((one) => 3 * one))).not.toThrow();
    expect(check(undefined, { n: 10 })).not.toThrow();
    expect(check(new Uint8Array(10).fill(1), { n: 10 })).not.toThrow();
    expect(check(undefined, { n: 5, masks: [maskedRows(Uint8Array.of(1, 1, 1, 1, 1))] })).not.toThrow();
  });

  test('none: says how many rows are padding, and to give it', () => {
    expect(check(undefined)).toThrow(
      /^U\.arrow: was made with a mask.* 2 of its 10 rows.*give the same one with --mask$/,
    );
  });

  test('another', () => {
    expect(check(whole.with(0, 0))).toThrow(/^m\.npy: is another mask .*3 rows of padding where that has 2/);
    expect(check(whole.with(7, 1).with(0, 0))).toThrow(
      /^m\.npy: is another mask .*2 rows of padding as well, but others/,
    );
    expect(check(whole.with(7, 1).with(6, 0))).toThrow(/another mask/);
    expect(check(MASK)).toThrow(/^m\.npy: 5 entries where U\.arrow was made from 10 rows/);
  });

  test('one, where the set was made without', () => {
    expect(check(whole, { n: 10 })).toThrow(
      /^U\.arrow: was made without --mask, or by a levattn that did not yet note masks/,
    );
  });

  test('where rows are missing, nothing is known of theirs', () => {
    expect(check(whole.with(0, 0), { ...made, missing: 'rows 0-4' })).not.toThrow();
    expect(check(whole.with(7, 1), { ...made, missing: 'rows 0-4' })).toThrow(/another mask/);
  });
});

/** Comparisons that are made by the million. The runner's own take microseconds each, so they are made only where these fail. */

import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';

/** `value <= most`; NaN is not. */
export function expectAtMost(value: number, most: number, what?: string): void {
  if (!(value <= most)) expect(value, what).toBeLessThanOrEqual(most);
}

/** `expect(found).toEqual(expected)`, for long lists and arrays. */
export function expectSame(found: unknown, expected: unknown, what?: string): void {
  if (!isDeepStrictEqual(found, expected)) expect(found, what).toEqual(expected);
}

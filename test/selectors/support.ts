/** Keys and queries as selectors take them. */

import { orderBy } from '../../src/selectors/choose.js';
import { heldKeys } from '../../src/selectors/key-source.js';
import { parseSelector } from '../../src/selectors/registry.js';
import type { SelectorContext } from '../../src/selectors/selector.js';
import type { Matrix } from '../support/fixtures.js';
import { backendNames, makeKernels } from '../support/kernels.js';

export const kernels = makeKernels(backendNames.at(-1)!);

export const upTo = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i);

/** Keys in memory as a source. */
export const sourceOf = ({ rows, d, values }: Matrix) => ({
  ...heldKeys({ d, index: upTo(rows), values }),
  n: rows,
  values,
});

/** What selectors know of a head. */
export function contextOf(
  K: Matrix,
  Q?: Matrix,
  rows?: ArrayLike<number>,
  more: Partial<SelectorContext> = {},
): SelectorContext {
  const index = Float64Array.from(rows ?? upTo(Q?.rows ?? 0));
  const observed = Q && {
    index,
    values: Float64Array.from([...index].flatMap((row) => [...Q.values.subarray(row * Q.d, (row + 1) * Q.d)])),
  };
  return { kernels, scale: 1 / Math.sqrt(K.d), seed: 7, observed, ...more };
}

/** The order in which a selector takes keys. */
export const ordered = (name: string, K: Matrix, context: SelectorContext, most = K.rows): Promise<Int32Array> =>
  orderBy(parseSelector(name), sourceOf(K), most, context);

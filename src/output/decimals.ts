/** Decimals on their way out: text with as many digits after the point as their column has. */

import type { RowId } from '../rows/row-ids.js';

/** The decimal without its point; undefined where it is missing. */
export function unscaledOf(cell: RowId): bigint | undefined {
  return cell === '' ? undefined : BigInt(`${cell}`.replace('.', ''));
}

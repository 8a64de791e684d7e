/**
 * Apache Arrow IPC, the stream and the file format: a matrix in a column of lists or in several columns of numbers.
 *
 * Nothing here loads the apache-arrow library but {@link readArrowTable}: it takes a tenth of a second, and its decoder
 * trusts what it reads.
 */

import type { ByteReader } from '../bytes.js';
import { ArrowInput, looksLikeArrow } from './arrow/input.js';
import { matrixFromArrow } from './arrow/matrix.js';
import type { MatrixFormat } from './format.js';

export type { ArrowInput } from './arrow/input.js';
export { matrixFromArrow } from './arrow/matrix.js';
export { readArrowTable } from './arrow/table.js';

/** Opens an Arrow input as far as its schema; then read it with {@link matrixFromArrow} or {@link readArrowTable}. */
export function openArrow(bytes: ByteReader): Promise<ArrowInput> {
  bytes.refuseTensor('Arrow');
  return ArrowInput.open(bytes);
}

/** The Arrow IPC format. */
export const arrowFormat: MatrixFormat = {
  name: 'arrow',
  hasColumns: true,
  recognise: looksLikeArrow,
  open: async (bytes, options) => matrixFromArrow(await openArrow(bytes), options),
};

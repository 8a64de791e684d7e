/**
 * Apache Arrow IPC, the stream and the file format: a matrix in a column of lists or in several columns of numbers.
 *
 * Nothing here loads the apache-arrow library but {@link readArrowTable}: it takes a tenth of a second, and its decoder
 * trusts what it reads.
 */

import { CONTINUATION, MAGIC } from './arrow/frame.js';
import { ArrowInput, looksLikeArrow } from './arrow/input.js';
import { matrixFromArrow } from './arrow/matrix.js';
import { looksLikeSchema, looksLikeTensor } from './arrow/message.js';
import type { ByteReader } from './bytes/reader.js';
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

/** The continuation word and the length of the metadata that follow it. */
const PREFIX_BYTES = 8;

/** Whether bytes are Arrow for certain: a file's magic word, a schema or a tensor. Rows of int32 may begin with -1 as a stream does. */
export function surelyArrow(head: Uint8Array): boolean {
  if (MAGIC.every((byte, i) => head[i] === byte)) return true;
  if (head.length < PREFIX_BYTES) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (view.getInt32(0, true) !== CONTINUATION) return looksLikeArrow(head);
  const metadata = head.subarray(PREFIX_BYTES, PREFIX_BYTES + view.getInt32(4, true));
  return looksLikeSchema(metadata) || looksLikeTensor(metadata);
}

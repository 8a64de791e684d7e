/** Rows as many as the first line of a file promises. */

import { dataError } from '../../errors.js';
import type { ByteReader } from '../bytes/reader.js';
import type { ReadRows } from './read-rows.js';

/**
 * Reads rows and counts them.
 * @throws LevattnError where there are fewer or more than `announced`
 */
export function countRows(read: ReadRows, announced: number, bytes: ByteReader): ReadRows {
  let done = 0;
  return async (into, maxRows, ids) => {
    const rows = await read(into, maxRows, ids);
    done += rows;
    if (rows === 0 && done < announced)
      throw bytes.breaksOff(`data end after ${done} of the ${announced} rows of the first line`);
    if (done > announced) {
      throw dataError(
        `${bytes.name}: has more rows than its first line says, ${announced}; correct it, or delete that line`,
      );
    }
    return rows;
  };
}

/** What an index takes of an array in npy, as npy: for what is read as npy alone, masks and lists of rows. */

import { dataError } from '../../errors.js';
import { type BasicIndex, type Run, rangesOf, runsOf, shapeOf } from '../../rows/index/basic-index.js';
import { ByteReader } from '../bytes/reader.js';
import { describeNpy, encodeNpyHeader } from './header.js';

/**
 * The array as an npy of its own, in C order.
 * @throws LevattnError where it is in Fortran order, of no numbers, or has no such place
 */
export async function indexedNpy(bytes: ByteReader, index: BasicIndex): Promise<ByteReader> {
  const { descr, elements, fortranOrder, shape } = await describeNpy(bytes);
  if (!('type' in elements) || typeof descr !== 'string') {
    throw dataError(`${bytes.name}: no array of numbers, of which ${index.text} could take some; save it with np.save`);
  }
  if (fortranOrder && shape.filter((length) => length !== 1).length > 1) {
    throw dataError(
      `${bytes.name}: array of shape (${shape.join(', ')}) in Fortran order, of which ${index.text} is not taken; save it with np.save(FILE, np.ascontiguousarray(a))`,
    );
  }
  const { size } = elements.type;
  const ranges = rangesOf(index, shape, bytes.name);
  const header = encodeNpyHeader(descr, shapeOf(ranges));
  const runs = runsOf(ranges);
  let begun = 0;
  let position = 0;
  let run: Run = { start: 0, count: 0 };
  let left = 0;
  return new ByteReader({
    name: bytes.name,
    size: undefined,
    streaming: bytes.source.streaming,
    read: async (into) => {
      if (begun < header.length) {
        const part = header.subarray(begun, begun + into.length);
        into.set(part);
        begun += part.length;
        return part.length;
      }
      if (left === 0) {
        const next = runs.next();
        if (next.done) return 0;
        run = next.value;
        left = run.count * size;
      }
      const at = (run.start + run.count) * size - left;
      position += await bytes.skip(at - position);
      const count = await bytes.readSome(into.subarray(0, left));
      position += count;
      left -= count;
      return count;
    },
    close: () => bytes.close(),
  });
}

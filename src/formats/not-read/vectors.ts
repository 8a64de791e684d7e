/** Files of the billion-scale benchmarks (fbin and its kin): the numbers of rows and columns, two uint32, then the rows. */

import { MAX_COLUMNS } from '../../rows/limits.js';
import type { NotRead } from './kind.js';
import { ends, looks, type Sight } from './signs.js';

/** Ending, element type as `raw:` spells it, bytes of one. */
const KINDS = [
  ['.fbin', 'f32', 4],
  ['.f16bin', 'f16', 2],
  ['.u8bin', 'u8', 1],
  ['.i8bin', 'i8', 1],
  ['.ibin', 'i32', 4],
] as const;

const HEADER_BYTES = 8;

/** Rows and columns, where a header holds them. */
function lengthsIn({ head }: Sight): { readonly n: number; readonly d: number } | undefined {
  if (head.length < HEADER_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset);
  const [n, d] = [view.getUint32(0, true), view.getUint32(4, true)];
  return d >= 1 && d <= MAX_COLUMNS ? { n, d } : undefined;
}

function vectorFile([ending, type, elementBytes]: (typeof KINDS)[number]): NotRead {
  const named = ends(ending);
  const fits = (sight: Sight): boolean => {
    const lengths = lengthsIn(sight);
    if (!lengths) return false;
    return sight.size === undefined || sight.size === HEADER_BYTES + lengths.n * lengths.d * elementBytes;
  };
  return {
    what: `${ending.slice(1)} (numbers of rows and columns, then rows of ${type})`,
    sign: looks(`${named.known}, and the size that its header says`, (sight) => named.matches(sight) && fits(sight)),
    instead: (sight) => {
      const d = (sight && lengthsIn(sight)?.d) ?? 'D';
      return `pass over its header of 8 bytes: tail -c +9 FILE | levattn … --input-format raw:${type}:${d}`;
    },
  };
}

/** What each of them is, and how its rows can be read. */
export const VECTOR_FILES: readonly NotRead[] = [
  ...KINDS.map(vectorFile),
  {
    what: 'by its name a file of vectors, of another size than its header of rows and columns says',
    sign: ends(...KINDS.map(([ending]) => ending)),
    instead: 'check that it is whole, and what wrote it',
  },
];

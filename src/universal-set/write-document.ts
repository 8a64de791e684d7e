/** Writes the document of a universal set, as text or as bytes. */

import type { UniversalSet } from '../sketch/universal-set.js';
import { FORMAT, numbersOf, PACKED_COLUMNS, PACKED_VERSION, refuseTooWide, rootNumbers, VERSION } from './document.js';
import { base64Length, encodeNumbers, packUpper, putNumbers } from './stored-numbers.js';

/**
 * The document of a universal set.
 * @throws LevattnError where the matrix is too large for it
 */
export const encodeDocument = (set: UniversalSet): string => documentWith(set, encodeNumbers);

/**
 * The same in UTF-8, without any copies of the matrices but this one.
 * @throws LevattnError likewise
 */
export function documentBytes(set: UniversalSet): Uint8Array {
  const parts = partsOf(set);
  const lengths = parts.map((part) => (typeof part === 'string' ? Buffer.byteLength(part) : base64Length(part)));
  const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const [i, part] of parts.entries()) {
    if (typeof part === 'string') bytes.write(part, at);
    else putNumbers(part, bytes, at);
    at += lengths[i];
  }
  return bytes;
}

/** The text of a document, and the matrices that come between its parts. */
function partsOf(set: UniversalSet): (string | Float64Array)[] {
  for (let mark = '#'; ; mark += '#') {
    const matrices: Float64Array[] = [];
    // Between two marks stands which matrix comes there.
    const text = documentWith(set, (numbers) => `${mark}${matrices.push(numbers) - 1}${mark}`);
    const parts = text.split(mark);
    // Else there is such a mark in a name.
    if (parts.length === 2 * matrices.length + 1) {
      return parts.map((part, i) => (i % 2 === 1 ? matrices[Number(part)] : part));
    }
  }
}

/** @param encode - writes matrices, as text that needs no escapes */
function documentWith(set: UniversalSet, encode: (numbers: Float64Array) => string): string {
  const {
    n,
    d,
    rank,
    eps,
    route,
    delta,
    resolution,
    rootError,
    skipped,
    unresolved,
    missing,
    masks,
    columns,
    idColumn,
    f,
    growth,
    floor,
    dropped,
    best,
    lewis,
    sample,
    sampling,
    dtype,
    exponents,
    root,
  } = set;
  const packed = d >= PACKED_COLUMNS ? packUpper(root, d) : undefined;
  refuseTooWide(d, numbersOf(d, set) + (packed ? 0 : d * d - rootNumbers(d)));
  return JSON.stringify({
    format: FORMAT,
    version: packed ? PACKED_VERSION : VERSION,
    n,
    d,
    rank,
    eps,
    f,
    growth: [growth.a, growth.b],
    floor,
    dropped,
    route,
    delta,
    resolution,
    rootError,
    skipped,
    unresolved,
    dtype,
    exponents: [...exponents],
    ...(packed ? { rootUpper: encode(packed) } : { root: encode(root) }),
    ...(missing !== undefined && { missing }),
    ...(masks && { masks }),
    ...(columns && { columns }),
    ...(idColumn !== undefined && { idColumn }),
    ...(best && { best }),
    ...(lewis && { lewis: { ...lewis, root: encode(lewis.root) } }),
    ...(sample && {
      sample: {
        ...sample,
        index: encode(sample.index),
        weight: encode(sample.weight),
        keys: encode(sample.keys),
      },
    }),
    ...(sampling && {
      sampling: {
        rate: sampling.rate,
        rows: sampling.rows,
        gram: encode(sampling.gram),
        squares: encode(sampling.squares),
      },
    }),
  });
}

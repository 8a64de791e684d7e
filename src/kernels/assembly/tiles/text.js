/**
 * Pieces of micro-kernels, as text of AssemblyScript. A tile's sums must be variables to stay in registers, and AssemblyScript has no
 * arrays of variables: here they are written one by one. Row 0 of a tile has the sums a0, a1, …, one for each vector of Q, row 1 b0, b1, …
 */

/** What differs between the types. */
export const FLOAT64 = { bytes: 8, lanes: 'f64x2', splat: 'load64_splat', multiplyAdd: 'multiplyAdd' };
export const FLOAT32 = { bytes: 4, lanes: 'f32x4', splat: 'load32_splat', multiplyAdd: 'multiplyAddSingle' };

const sumAt = (row, vector) => `${'abcdef'[row]}${vector}`;

/** The arguments of a load or a store: an address and an offset in bytes. */
const place = (address, offset) => (offset === 0 ? address : `${address}, ${offset}`);

/** `count` places that follow one another, each `[address, offset]`. */
export const run = (address, count, bytes, first = 0) => Array.from({ length: count }, (_, i) => [address, first + i * bytes]);

/** All sums of a tile as zeros. */
export function zeros({ lanes }, rows, vectors) {
  const names = Array.from({ length: rows * vectors }, (_, i) => sumAt(Math.floor(i / vectors), i % vectors));
  return names.map((name, i) => `let ${name} = ${i === 0 ? `${lanes}.splat(0)` : names[0]};`).join('\n');
}

/** All sums of a tile as they stand at places that follow one another, row by row. */
export const loaded = (rows, vectors, address) =>
  run(address, rows * vectors, 16)
    .map((from, i) => `let ${sumAt(Math.floor(i / vectors), i % vectors)} = v128.load(${place(...from)});`)
    .join('\n');

/**
 * One step: a number of P for each row, times each vector of Q, onto the sums.
 * @param p - places of the numbers
 * @param q - places of the vectors
 */
export function step({ splat, multiplyAdd }, p, q) {
  const loads = q.map(([address, offset], vector) => `const x${vector} = v128.load(${place(address, offset)});`);
  const rows = p.map(([address, offset], row) => {
    const adds = q.map((_, v) => `${sumAt(row, v)} = ${multiplyAdd}(s${row}, x${v}, ${sumAt(row, v)});`);
    return [`const s${row} = v128.${splat}(${place(address, offset)});`, ...adds].join('\n');
  });
  return ['{', ...loads, ...rows, '}'].join('\n');
}

/**
 * Where the sums of a tile of two vectors a row lie, strip by strip: `[row, vector, address, offset]`.
 * @param addresses - one for each strip of two vectors
 */
export const stripPlaces = (rows, addresses) =>
  addresses.flatMap((address, strip) =>
    run(address, 2 * rows, 16).map(([, offset], i) => [i >> 1, 2 * strip + (i & 1), address, offset]),
  );

export const store = (places) =>
  places.map(([row, vector, address, offset]) => `v128.store(${address}, ${sumAt(row, vector)}, ${offset});`).join('\n');

/** Adds what stands at the places to the sums. */
export const addStored = ({ lanes }, places) =>
  places
    .map(([row, vector, address, offset]) => [sumAt(row, vector), place(address, offset)])
    .map(([sum, from]) => `${sum} = ${lanes}.add(v128.load(${from}), ${sum});`)
    .join('\n');

/** Stores the tile row by row, `stride` bytes apart; moves `out` to the last row. */
export const storeRows = (out, stride, rows, vectors) =>
  Array.from({ length: rows }, (_, row) => store(run(out, vectors, 16).map(([, offset], v) => [row, v, out, offset]))).join(
    `\n${out} += ${stride};\n`,
  );

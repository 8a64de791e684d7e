/**
 * The float32 micro-kernels: tiles of P^T Q of 4 rows, with P packed as [step][4] and Q as [step][8], a strip of eight columns. The narrow
 * builds take one strip, 4 x 8: 8 sums of four lanes, 2 vectors of Q, 1 broadcast of P (1 more for the product without FMA): 12
 * live vectors; a step is 64 flops in 8 multiply-adds, at best 16 flops a cycle. The wide build takes two strips, 4 x 16: 16 sums, which
 * V8 fuses to 8 of eight lanes. The sums are the same.
 *
 * - plain: every entry is one running sum over the steps in order.
 * - chunked, for sums that must be accurate: eight steps at a time, and the partial sums then added up. A term passes through at most as many
 *   roundings as are left of its eight steps and of the partial sums, not of all steps.
 * - in parts, for sums of many steps that must be accurate: the chunked tile of each part of 32 steps. The parts are added up by who asks.
 *
 * As in f64.js, the sums are stored and nothing else is done with them.
 */

import { addStored, FLOAT32, run, step, store, stripPlaces, zeros } from './text.js';

/** Bytes of a packed step of a strip, of eight steps, and of a part. */
const STEP = 32;
const CHUNK = 8 * STEP;
const PART = 4 * CHUNK;

/** Strips of Q and where their tiles are stored. */
const NARROW = { strips: ['q'], tiles: ['tile'], shift: '', nextTile: () => '' };
const WIDE = {
  strips: ['q', 'next'],
  tiles: ['tile', 'nextTile'],
  shift: 'shift: usize, ',
  nextTile: (shift) => `const nextTile = tile + ${shift};`,
};

const parameters = (strips) => strips.map((strip) => `${strip}: usize`).join(', ');
const moved = (strips, bytes) => strips.map((strip) => `${strip} += ${bytes}`).join(', ');
const steps = (strips, count) =>
  Array.from({ length: count }, (_, turn) =>
    step(FLOAT32, run('p', 4, 4, turn * 16), strips.flatMap((strip) => run(strip, 2, 16, turn * STEP))),
  ).join('\n');

/** Sums eight steps or what is left of them before \`last\`; adds what is stored already where \`adding\`; stores. */
const chunk = ({ strips, tiles }, last) => `
  ${zeros(FLOAT32, 4, 2 * strips.length)}
  for (const end = min(q + ${CHUNK}, ${last}); q < end; p += 32, ${moved(strips, 2 * STEP)}) {
    ${steps(strips, 2)}
  }
  if (adding) {
    ${addStored(FLOAT32, stripPlaces(4, tiles))}
  }
  ${store(stripPlaces(4, tiles))}`;

/** Raises the maxima of a strip's eight columns, whose sums are vectors `first` and the one after. */
const raise = (maxima, first) =>
  [0, 1]
    .map((i) => {
      const [a, b, c, d] = [...'abcd'].map((row) => `${row}${first + i}`);
      const most = `f32x4.pmax(f32x4.pmax(${a}, ${b}), f32x4.pmax(${c}, ${d}))`;
      return `v128.store(${maxima}, f32x4.pmax(v128.load(${maxima}, ${16 * i}), ${most}), ${16 * i});`;
    })
    .join('\n');

const chunked = (name, sides) => `
export function ${name}(p: usize, ${parameters(sides.strips)}, steps: i32, tile: usize, ${sides.shift}maxima: usize): void {
  const last = q + <usize>steps * ${STEP};
  ${sides.nextTile('shift')}
  for (let adding = false; ; adding = true) {
    ${chunk(sides, 'last')}
    if (q < last) continue;
    ${sides.tiles.map((_, strip) => raise(strip === 0 ? 'maxima' : 'maxima + shift', 2 * strip)).join('\n')}
    return;
  }
}`;

const inParts = (name, sides) => `
export function ${name}(p: usize, ${parameters(sides.strips)}, steps: i32, tile: usize, shift: usize): void {
  for (const last = q + <usize>steps * ${STEP}; q < last; tile += shift) {
    const part = min(q + ${PART}, last);
    ${sides.nextTile('(shift >> 1)')}
    for (let adding = false; q < part; adding = true) {
      ${chunk(sides, 'part')}
    }
  }
}`;

export const TILES_F32 = `
import { multiplyAddSingle } from './arithmetic';

/** Bytes of a stored tile of 4 x 8. */
export const TILE_BYTES_SINGLE: usize = 128;

/** Bytes of a stored tile of 4 x 16: two of 4 x 8, one for each strip. */
export const WIDE_TILE_BYTES_SINGLE: usize = 2 * TILE_BYTES_SINGLE;

/**
 * tile[r][c] = the plain tile of 4 x 8.
 * @param steps - even, >= 0
 */
export function storeTileSingle(p: usize, q: usize, steps: i32, tile: usize): void {
  ${zeros(FLOAT32, 4, 2)}
  for (const end = q + <usize>steps * ${STEP}; q < end; p += 32, q += ${2 * STEP}) {
    ${steps(NARROW.strips, 2)}
  }
  ${store(stripPlaces(4, NARROW.tiles))}
}

/**
 * The same over two strips of four columns, packed as [step][4].
 * @param steps - even, >= 0
 */
export function storeTileOfHalves(p: usize, q: usize, next: usize, steps: i32, tile: usize): void {
  ${zeros(FLOAT32, 4, 2)}
  for (const end = q + <usize>steps * 16; q < end; p += 32, q += 32, next += 32) {
    ${[0, 16].map((turn) => step(FLOAT32, run('p', 4, 4, turn), [['q', turn], ['next', turn]])).join('\n')}
  }
  ${store(stripPlaces(4, NARROW.tiles))}
}

/**
 * tile = the plain tile of 4 x 16, as two of 4 x 8.
 * @param pStep - bytes from step to step of P
 * @param q - columns 0 ... 7; next: columns 8 ... 15
 * @param steps - >= 0
 */
export function storeWideTileSingle(p: usize, pStep: usize, q: usize, next: usize, steps: i32, tile: usize): void {
  const nextTile = tile + 128;
  ${zeros(FLOAT32, 4, 4)}
  for (const end = q + <usize>steps * ${STEP}; q < end; p += pStep, q += ${STEP}, next += ${STEP}) {
    ${steps(WIDE.strips, 1)}
  }
  ${store(stripPlaces(4, WIDE.tiles))}
}

/**
 * tile[r][c] = the chunked tile, 4 x 8; the maxima of its columns are raised to it.
 * @param steps - even, >= 2
 * @param maxima - 8 float32
 */
${chunked('storeChunkedTile', NARROW)}

/**
 * The same of two strips: the second tile \`shift\` bytes behind the first, and its maxima \`shift\` bytes behind those of the first.
 * @param steps - even, >= 2
 */
${chunked('storeWideChunkedTile', WIDE)}

/**
 * tile[r][c] = the chunked tile of the first part, 4 x 8; \`shift\` bytes behind it, that of the second, and so on.
 * @param steps - even, >= 2
 */
${inParts('storePartTiles', NARROW)}

/**
 * The same of two strips: half of \`shift\` bytes behind a tile of the first, that of the second.
 * @param steps - even, >= 2
 */
${inParts('storeWidePartTiles', WIDE)}
`;

/**
 * The float64 micro-kernels: tiles of P^T Q, with P and Q packed as [step][4], a strip of four columns. Every entry is one running sum over the
 * steps in order, so equal columns have equal entries wherever they stand, and all tiles have the same.
 *
 * The sums are stored and nothing else is done with them: where they are used at once, V8 orders the loop so that all its loads come first
 * and the sums spill, at half the speed; and V8 fuses two vectors to one of 256 bits only from two stores 16 bytes apart.
 *
 * - 4 x 4, two steps a turn: 8 sums of two lanes, 2 vectors of Q and 1 broadcast of P (1 more for the product without FMA): 12 live
 *   vectors. A step is 32 flops in 8 multiply-adds, 4 cycles at two a cycle: at best 8 flops a cycle. Two steps a turn halve the loop's own
 *   cost; four do not fit the registers.
 * - 4 x 8 over two strips: 16 sums, which V8 fuses to 8 of four lanes, enough to hide the latency of a multiply-add. Not fused, two steps a turn
 *   lose nothing against 4 x 4.
 * - 4 x 4 that goes on from stored sums: for the columns of a triangle in which one strip of a pair goes deeper than the other.
 * - 4 x 4 taken from what is there, and 16 columns of one row: for factorisations, whose every product is rounded before it is added or subtracted, in all builds.
 * - 6 x 8: 24 sums, fused 12, which with 2 vectors of Q and 1 broadcast of P fill the registers. For the wide build alone: not fused, they spill.
 */

import { FLOAT64, loaded, run, step, store, storeRows, stripPlaces, zeros } from './text.js';

/** Bytes of a packed step of a strip. */
const STEP = 32;

const wideVectors = (turn) => [...run('q', 2, 16, turn * STEP), ...run('next', 2, 16, turn * STEP)];

/** The same type where products are rounded, and then subtracted. */
const SUBTRACTED = { ...FLOAT64, multiplyAdd: 'subtractProduct' };

export const TILES_F64 = `
import { multiplyAdd, subtractProduct } from './arithmetic';

/** Bytes of one packed step of four float64. */
export const STEP_BYTES: usize = ${STEP};

/** Bytes from row to row of a tile of eight columns stored by itself. */
export const WIDE_STRIDE: usize = 64;

/**
 * out[r][c] = the tile of P^T P, 4 x 4, for c >= r, the rest unspecified: six multiply-adds a step instead of eight.
 * @param steps - even, >= 0
 */
export function storeDiagonalTile(p: usize, steps: i32, out: usize, stride: usize): void {
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c1 = a0;
  let d1 = a0;
  for (const end = p + <usize>steps * ${STEP}; p < end; p += ${STEP}) {
    const x = v128.load(p);
    const y = v128.load(p, 16);
    let s = v128.load64_splat(p);
    a0 = multiplyAdd(s, x, a0);
    a1 = multiplyAdd(s, y, a1);
    s = v128.load64_splat(p, 8);
    b0 = multiplyAdd(s, x, b0);
    b1 = multiplyAdd(s, y, b1);
    s = v128.load64_splat(p, 16);
    c1 = multiplyAdd(s, y, c1);
    s = v128.load64_splat(p, 24);
    d1 = multiplyAdd(s, y, d1);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  out += stride;
  v128.store(out, b0);
  v128.store(out, b1, 16);
  out += stride;
  v128.store(out, c1, 16);
  out += stride;
  v128.store(out, d1, 16);
}

/**
 * out[r][c] = the tile of 4 x 4; rows of \`out\` are \`stride\` bytes apart.
 * @param steps - even, >= 0
 */
export function storeTile(p: usize, q: usize, steps: i32, out: usize, stride: usize): void {
  ${zeros(FLOAT64, 4, 2)}
  for (const end = q + <usize>steps * ${STEP}; q < end; p += ${2 * STEP}, q += ${2 * STEP}) {
    ${[0, 1].map((turn) => step(FLOAT64, run('p', 4, 8, turn * STEP), run('q', 2, 16, turn * STEP))).join('\n')}
  }
  ${storeRows('out', 'stride', 4, 2)}
}

/**
 * The tile of 4 x 4 goes on from the sums that stand there: those of a product in one go. Rows of \`out\` are \`stride\` bytes apart.
 * @param steps - >= 0
 */
export function continueTile(p: usize, q: usize, steps: i32, out: usize, stride: usize): void {
  for (const end = q + <usize>steps * ${STEP}; q < end; p += ${STEP}, q += ${STEP}) {
    let row = out;
    for (let r: usize = 0; r < 4; r++, row += stride) {
      const s = v128.load64_splat(p + r * sizeof<f64>());
      v128.store(row, multiplyAdd(s, v128.load(q), v128.load(row)));
      v128.store(row, multiplyAdd(s, v128.load(q, 16), v128.load(row, 16)), 16);
    }
  }
}

/**
 * out[r][c] = the tile of 4 x 8; rows of \`out\` are \`stride\` bytes apart.
 * @param q - columns 0 ... 3
 * @param next - columns 4 ... 7
 * @param steps - >= 0
 */
export function storeWideTile(p: usize, q: usize, next: usize, steps: i32, out: usize, stride: usize): void {
  ${zeros(FLOAT64, 4, 4)}
  for (const end = q + <usize>steps * ${STEP}; q < end; p += ${STEP}, q += ${STEP}, next += ${STEP}) {
    ${step(FLOAT64, run('p', 4, 8), wideVectors(0))}
  }
  ${storeRows('out', 'stride', 4, 4)}
}

/**
 * The same tile for all builds, two steps a turn; rows of \`out\` are 64 bytes apart.
 * @param apart - bytes from q to columns 4 ... 7
 * @param steps - even, >= 0
 */
export function storeBlockedTile(p: usize, q: usize, apart: usize, steps: i32, out: usize): void {
  let next = q + apart;
  ${zeros(FLOAT64, 4, 4)}
  for (const end = q + <usize>steps * ${STEP}; q < end; p += ${2 * STEP}, q += ${2 * STEP}, next += ${2 * STEP}) {
    ${[0, 1].map((turn) => step(FLOAT64, run('p', 4, 8, turn * STEP), wideVectors(turn))).join('\n')}
  }
  ${storeRows('out', 64, 4, 4)}
}

/**
 * out[r][c] = the tile of 6 x 8; rows of \`out\` are \`stride\` bytes apart.
 * @param p0 - rows 0 and 1, which lie side by side; p1: rows 2 and 3; p2: rows 4 and 5
 * @param q - columns 0 ... 3
 * @param next - columns 4 ... 7
 * @param steps - >= 0
 */
export function storeTallTile(
  p0: usize,
  p1: usize,
  p2: usize,
  q: usize,
  next: usize,
  steps: i32,
  out: usize,
  stride: usize,
): void {
  ${zeros(FLOAT64, 6, 4)}
  for (const end = q + <usize>steps * ${STEP}; q < end; q += ${STEP}, next += ${STEP}) {
    ${step(FLOAT64, ['p0', 'p1', 'p2'].flatMap((rows) => run(rows, 2, 8)), wideVectors(0))}
    p0 += ${STEP};
    p1 += ${STEP};
    p2 += ${STEP};
  }
  ${storeRows('out', 'stride', 6, 4)}
}

/**
 * tile[r][c] -= the tile of 4 x 4, a step after the other: rows of \`tile\` follow one another.
 * @param steps - even, >= 0
 */
export function subtractTile(p: usize, q: usize, steps: i32, tile: usize): void {
  ${loaded(4, 2, 'tile')}
  for (const end = q + <usize>steps * ${STEP}; q < end; p += ${2 * STEP}, q += ${2 * STEP}) {
    ${[0, 1].map((turn) => step(SUBTRACTED, run('p', 4, 8, turn * STEP), run('q', 2, 16, turn * STEP))).join('\n')}
  }
  ${store(stripPlaces(4, ['tile']))}
}

/**
 * out[c] = sum over k of (scale factors[k]) rows[k][c], c = 0 ... 15: rows of 16 follow one another.
 * @param count - >= 0
 */
export function storeRowSums(factors: usize, scale: f64, rows: usize, count: i32, out: usize): void {
  ${zeros(FLOAT64, 1, 8)}
  const scales = f64x2.splat(scale);
  for (const end = factors + <usize>count * 8; factors < end; factors += 8, rows += 128) {
    const s = f64x2.mul(scales, v128.load64_splat(factors));
    ${run('rows', 8, 16)
      .map(([address, offset], v) => `a${v} = f64x2.add(a${v}, f64x2.mul(s, v128.load(${address}, ${offset})));`)
      .join('\n')}
  }
  ${storeRows('out', '0', 1, 8)}
}
`;

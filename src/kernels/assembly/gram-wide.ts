/**
 * The wide build's share of the Gram update: a packed panel in tiles of 6 x 8, or of 4 x 8 where there are few columns. Tiles do not
 * meet the diagonal as strips do, so what lies below it is worked out, too, and left out when a tile is added.
 */

import { PANEL, STRIP_BYTES, stripsOf } from './panel';
import { storeTallTile, storeWideTile, WIDE_STRIDE } from './tiles-f64';

/** Pairs of strips that are multiplied with all columns before them in one go, 132 KB: they stay in the second-level cache. */
const GROUP = 8;

/** Below this number of columns the larger tile works out more than it gains. */
const TALL_COLUMNS = 40;

/** Bytes of a stored tile of 6 x 8. */
export const WIDE_TILE_BYTES: usize = 6 * WIDE_STRIDE;

/**
 * gram += P^T P for a packed panel P, j >= i.
 *
 * @param panel - an even number of strips, and room for a tile behind them
 */
export function addWidePanel(steps: i32, d: i32, gram: usize, panel: usize): void {
  const height = d < TALL_COLUMNS ? 4 : 6;
  const pairs = stripsOf(d) >> 1;
  const tile = panel + stripsOf(d) * STRIP_BYTES;
  const stride = <usize>d * 8;
  // Beyond the last columns these stand for any: what they give is not looked at.
  const lastPair = 8 * pairs - 2;
  for (let first = 0; first < pairs; first += GROUP) {
    const last = min(first + GROUP, pairs);
    for (let row = 0; row < min(8 * last, d); row += height) {
      for (let pair = max(row >> 3, first); pair < last; pair++) {
        const q = panel + <usize>(2 * pair) * STRIP_BYTES;
        if (height == 4) {
          storeWideTile(columnAt(panel, row), q, q + STRIP_BYTES, steps, tile, WIDE_STRIDE);
        } else {
          const p0 = columnAt(panel, row);
          const p1 = columnAt(panel, min(row + 2, lastPair));
          const p2 = columnAt(panel, min(row + 4, lastPair));
          storeTallTile(p0, p1, p2, q, q + STRIP_BYTES, steps, tile, WIDE_STRIDE);
        }
        const column = 8 * pair;
        const out = gram + (<usize>row * d + column) * 8;
        if (column >= row + height - 1 && column + 8 <= d) addRows(tile, height, out, stride);
        else addPartOfTile(tile, row, column, min(height, d - row), d, out, stride);
      }
    }
  }
}

/** Where column j of a panel begins. */
@inline
function columnAt(panel: usize, j: i32): usize {
  return panel + <usize>(j >> 2) * STRIP_BYTES + <usize>(j & 3) * 8;
}

function addRows(tile: usize, rows: i32, out: usize, stride: usize): void {
  for (const end = tile + <usize>rows * WIDE_STRIDE; tile < end; tile += WIDE_STRIDE, out += stride) {
    v128.store(out, f64x2.add(v128.load(out), v128.load(tile)));
    v128.store(out, f64x2.add(v128.load(out, 16), v128.load(tile, 16)), 16);
    v128.store(out, f64x2.add(v128.load(out, 32), v128.load(tile, 32)), 32);
    v128.store(out, f64x2.add(v128.load(out, 48), v128.load(tile, 48)), 48);
  }
}

/** The part of a tile that lies in the matrix and not below its diagonal. */
function addPartOfTile(tile: usize, row: i32, column: i32, rows: i32, d: i32, out: usize, stride: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let c = max(0, row + r - column); c < min(8, d - column); c++) {
      const at = out + r * stride + c * 8;
      store<f64>(at, load<f64>(at) + load<f64>(tile + r * WIDE_STRIDE + c * 8));
    }
  }
}

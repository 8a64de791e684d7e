/**
 * Steps on wide matrices, cut into tasks for several threads: what a task works out does not depend on who does it, nor on how
 * many threads there are. All arrays are in the kernels' memory and named by their addresses.
 *
 * Columns and rows are cut into chunks of {@link CHUNK}; packed panels hold up to {@link PANEL_ROWS} rows.
 */

import type { WasmKernels } from './wasm-exports.js';

/** Columns, or rows, of a task. */
export const CHUNK = 64;

/** Rows of a packed panel, which are summed in registers before they are added to a matrix. */
export const PANEL_ROWS = 256;

/** The steps there are; what numbers each is told stands at its function. */
export const WIDE_STEP = {
  pack: 0,
  gram: 1,
  solve: 2,
  update: 3,
  scores: 4,
  products: 5,
  reflect: 6,
  pivot: 7,
  factorRows: 8,
  norms: 9,
} as const;

/** Bytes of a panel of this many rows and columns; one strip more than they fill may be read. */
export const panelBytes = (kernels: WasmKernels, rows: number, columns: number): number =>
  (Math.ceil(columns / 4) + 1) * kernels.blockedStripBytes(rows);

/**
 * Works on one task of a step.
 *
 * @param values - what the step is told
 * @param scratchOf - a thread's own space of a number of bytes
 */
export function doBlockedTask(
  kernels: WasmKernels,
  kind: number,
  values: Float64Array,
  task: number,
  scratchOf: (bytes: number) => number,
): void {
  switch (kind) {
    case WIDE_STEP.pack:
      packChunk(kernels, values, task);
      break;
    case WIDE_STEP.gram:
      addGramBand(kernels, values, task, scratchOf(kernels.blockedTileBytes()));
      break;
    case WIDE_STEP.solve:
      solveChunk(kernels, values, task);
      break;
    case WIDE_STEP.update:
      updateRows(kernels, values, task, scratchOf(kernels.blockedTileBytes()));
      break;
    case WIDE_STEP.reflect:
      reflectChunk(kernels, values, task, scratchOf);
      break;
    case WIDE_STEP.norms:
      normRows(kernels, values, task);
      break;
    case WIDE_STEP.pivot:
      pivotChunk(kernels, values, task);
      break;
    case WIDE_STEP.factorRows:
      addFactorRows(kernels, values, task, scratchOf(kernels.pivotRowScratchBytes()));
      break;
    default:
      multiplyRows(kernels, kind === WIDE_STEP.products, values, task, scratchOf);
  }
}

/** Packs a chunk of columns of all panels of some rows: told a, single (float32 or not), rows, d, panels. */
function packChunk(kernels: WasmKernels, [a, single, rows, d, panels]: Float64Array, task: number): void {
  const size = single === 1 ? 4 : 8;
  const pack = single === 1 ? kernels.packBlockedF32 : kernels.packBlockedF64;
  const first = task * CHUNK;
  const bytes = panelBytes(kernels, PANEL_ROWS, d);
  for (let top = 0, panel = panels; top < rows; top += PANEL_ROWS, panel += bytes) {
    const count = Math.min(PANEL_ROWS, rows - top);
    const strips = panel + (first / 4) * kernels.blockedStripBytes(count);
    pack(a + size * (top * d + first), count, size * d, Math.min(CHUNK, d - first), strips);
  }
}

/**
 * Adds the upper triangle of A^T A for a band of columns, the longest first: told the packed panels, rows, d, the matrix.
 *
 * Every entry is a running sum over the rows of a panel; panels are added to the matrix in order.
 */
function addGramBand(kernels: WasmKernels, [panels, rows, d, gram]: Float64Array, task: number, tile: number): void {
  const first = (Math.ceil(d / CHUNK) - 1 - task) * CHUNK;
  const columns = Math.min(CHUNK, d - first);
  const bytes = panelBytes(kernels, PANEL_ROWS, d);
  for (let top = 0, panel = panels; top < rows; top += PANEL_ROWS, panel += bytes) {
    const count = Math.min(PANEL_ROWS, rows - top);
    const strips = panel + (first / 4) * kernels.blockedStripBytes(count);
    kernels.addBlockedProduct(panel, first + columns, strips, columns, count, gram + 8 * first, 8 * d, 1, first, tile);
  }
}

/**
 * A factorisation under way in one d x d matrix: R above the diagonal, R^-T below it where it is wanted, whose blocks on the diagonal
 * stand apart, size x size each. Both steps are told matrix, d, first, size, diagonal (the address of this block's), strips, inverse:
 * 0 for R alone, 1 for both, 2 where R is there already.
 */
function solveChunk(
  kernels: WasmKernels,
  [matrix, d, first, size, diagonal, strips, inverse]: Float64Array,
  task: number,
): void {
  const end = first + size;
  const at = (inverse > 0 ? 0 : end) + task * CHUNK;
  const columns = Math.min(CHUNK, d - at, at < end ? end - at : CHUNK);
  const r = matrix + 8 * (first * d + first);
  const onDiagonal = at >= first && at < end;
  const target = onDiagonal ? diagonal + 8 * (at - first) : matrix + 8 * (first * d + at);
  const stride = onDiagonal ? 8 * size : 8 * d;
  if (at < end || inverse < 2) kernels.solveTransposed(r, 8 * d, size, target, stride, columns);
  kernels.packBlockedF64(target, size, stride, columns, strips + (at / 4) * kernels.blockedStripBytes(size));
}

/** Takes the products of the block's rows from a chunk of the rows below. */
function updateRows(
  kernels: WasmKernels,
  [matrix, d, first, size, , strips, inverse]: Float64Array,
  task: number,
  tile: number,
): void {
  const end = first + size;
  const top = end + task * CHUNK;
  const rows = Math.min(CHUNK, d - top);
  const p = strips + (top / 4) * kernels.blockedStripBytes(size);
  const row = matrix + 8 * top * d;
  if (inverse > 0) kernels.addBlockedProduct(p, rows, strips, end, size, row, 8 * d, -1, rows, tile);
  if (inverse < 2) kernels.addBlockedProduct(p, rows, p, d - top, size, row + 8 * top, 8 * d, -1, 0, tile);
}

/** Columns of a panel of a QR factorisation. */
export const QR_PANEL = 32;

/**
 * The reflectors of a panel on a chunk of the columns behind it: told R, d, the panel's first column and size, B, its rows, T, and V
 * packed twice: by rows in panels as [row][4 of V], and by columns as [of V][4 rows].
 */
function reflectChunk(
  kernels: WasmKernels,
  [r, d, first, size, b, rows, t, byRows, byColumns]: Float64Array,
  task: number,
  scratchOf: (bytes: number) => number,
): void {
  const at = first + size + task * CHUNK;
  const columns = Math.min(CHUNK, d - at);
  const stripsBytes = panelBytes(kernels, PANEL_ROWS, CHUNK);
  const strips = scratchOf(stripsBytes + 8 * size * CHUNK + kernels.blockedTileBytes());
  const w = strips + stripsBytes;
  const tile = w + 8 * size * CHUNK;
  const top = r + 8 * (first * d + at);
  const panel = panelBytes(kernels, PANEL_ROWS, size);
  kernels.copyRows(top, 8 * d, size, columns, w, 8 * CHUNK);
  for (let done = 0, v = byRows; done < rows; done += PANEL_ROWS, v += panel) {
    const count = Math.min(PANEL_ROWS, rows - done);
    kernels.packBlockedF64(b + 8 * (done * d + at), count, 8 * d, columns, strips);
    kernels.addBlockedProduct(v, size, strips, columns, count, w, 8 * CHUNK, 1, size, tile);
  }
  kernels.applyPanel(t, size, w, 8 * CHUNK, top, 8 * d, columns);
  kernels.packBlockedF64(w, size, 8 * CHUNK, columns, strips);
  kernels.addBlockedProduct(byColumns, rows, strips, columns, size, b + 8 * at, 8 * d, -1, rows, tile);
}

/** A reflector on a chunk of columns that are kept one behind the other: told v, its length, tau, columns, stride, how many, squares. */
function pivotChunk(
  kernels: WasmKernels,
  [v, count, tau, columns, stride, number, squares]: Float64Array,
  task: number,
): void {
  const first = task * CHUNK;
  const some = Math.min(CHUNK, number - first);
  kernels.reflectColumns(v, count, tau, columns + stride * first, stride, some, squares + 8 * first);
}

/** Rows of a pivoted factor for some keys: told the list of tasks, and what `addPivotRowsOfTask` is told of the pivots. */
function addFactorRows(
  kernels: WasmKernels,
  [tasks, to, rows, d, owns, roots, pivots, pivotStride, stride, flat]: Float64Array,
  task: number,
  scratch: number,
): void {
  kernels.addPivotRowsOfTask(tasks, task, to, rows, d, owns, roots, pivots, pivotStride, stride, flat, scratch);
}

/** Weighted squared norms of a chunk of rows: told a, single, rows, d, weights, out. */
function normRows(kernels: WasmKernels, [a, single, rows, d, weights, out]: Float64Array, task: number): void {
  const first = task * CHUNK;
  const [size, norms] = single === 1 ? [4, kernels.rowNormsF32] : [8, kernels.rowNormsF64];
  norms(a + size * first * d, Math.min(CHUNK, rows - first), d, weights, out + 8 * first);
}

/** A chunk of rows times a packed factor: told a, single, rows, d, factor, r, upper, out, rough. */
function multiplyRows(
  kernels: WasmKernels,
  whole: boolean,
  [a, single, rows, d, factor, r, upper, out, rough]: Float64Array,
  task: number,
  scratchOf: (bytes: number) => number,
): void {
  const first = task * CHUNK;
  const count = Math.min(CHUNK, rows - first);
  const from = a + (single === 1 ? 4 : 8) * first * d;
  const to = out + 8 * first * (whole ? r : 1);
  if (rough === 1) {
    kernels.screenScores(from, count, d, factor, r, upper, to, scratchOf(kernels.screenScratchBytes(d)));
    return;
  }
  const { multiplyF32, multiplyF64, rowScoresF32, rowScoresF64 } = kernels;
  const [forSingle, forDouble] = whole ? [multiplyF32, multiplyF64] : [rowScoresF32, rowScoresF64];
  (single === 1 ? forSingle : forDouble)(
    from,
    count,
    d,
    factor,
    r,
    upper,
    to,
    scratchOf(kernels.productScratchBytes(d)),
  );
}

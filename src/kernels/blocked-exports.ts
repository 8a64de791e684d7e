/**
 * The WebAssembly exports for wide matrices (`assembly/blocked-*.ts`): parts of products and factorisations that several threads can
 * work on at once. Addresses and strides are in bytes.
 */
export interface BlockedExports {
  /** Packs columns of float32 rows, `stride` bytes apart, into strips of four as [row][4] float64. */
  packBlockedF32(a: number, rows: number, stride: number, columns: number, strips: number): void;
  /** The same from float64. */
  packBlockedF64(a: number, rows: number, stride: number, columns: number, strips: number): void;
  /** Packs the transpose of float64 rows into strips of four rows as [column][4]. */
  packBlockedTransposed(a: number, rows: number, stride: number, columns: number, strips: number): void;
  /** Bytes from strip to strip of this many rows. */
  blockedStripBytes(rows: number): number;
  /** out += sign P^T Q, rows x columns; where j < i - below, it may be left alone. */
  addBlockedProduct(
    p: number,
    rows: number,
    q: number,
    columns: number,
    steps: number,
    out: number,
    stride: number,
    sign: number,
    below: number,
    tile: number,
  ): void;
  /** Bytes of scratch for it. */
  blockedTileBytes(): number;
  /** Cholesky factor of a diagonal block, in place; 0 where it is not positive definite, else 1. */
  factorDiagonal(a: number, size: number, stride: number): number;
  /** b <- r^-T b, r upper triangular, size x size, b size x columns. */
  solveTransposed(r: number, rStride: number, size: number, b: number, stride: number, columns: number): void;
  /** Householder QR of a panel of [R; B]; a column of which at most its limit is left is left out. */
  factorPanel(
    b: number,
    bStride: number,
    size: number,
    count: number,
    v: number,
    r: number,
    rStride: number,
    t: number,
    limits: number,
  ): void;
  /** w <- T^T w, and r -= w. */
  applyPanel(t: number, size: number, w: number, wStride: number, r: number, rStride: number, columns: number): void;
  /** Copies rows of float64. */
  copyRows(from: number, fromStride: number, rows: number, columns: number, to: number, toStride: number): void;
  /** A reflector on columns that are kept one behind the other, and the squares of what is left of them. */
  reflectColumns(
    v: number,
    count: number,
    tau: number,
    columns: number,
    stride: number,
    number: number,
    squares: number,
  ): void;
}

/**
 * Linear layers and their gradients. A factor is packed once into strips of eight columns, so that a tile reads it from one end to the
 * other; rows go through all strips a block at a time, which stays in the first-level cache. Columns are multiples of eight,
 * rows of four.
 */

import { addProduct, product } from '../../../../src/kernels/assembly/single-product';

/** Rows of a block. */
const BLOCK = 32;

/** Rows that a gradient of weights sums at a time. */
const CHUNK = 64;

/** Bytes of a packed factor. */
export function packBytes(inner: i32, columns: i32): usize {
  return <usize>(inner * columns) * 4;
}

/** strips = B, inner x columns, its rows `stride` bytes apart. */
export function pack(b: usize, inner: i32, columns: i32, stride: usize, strips: usize): void {
  for (let j: usize = 0; j < <usize>columns * 4; j += 32) {
    for (let t = 0, from = b + j; t < inner; t++, from += stride, strips += 32) {
      v128.store(strips, v128.load(from));
      v128.store(strips, v128.load(from, 16), 16);
    }
  }
}

/** strips = B^T, where B is columns x inner. */
export function packTransposed(b: usize, inner: i32, columns: i32, strips: usize): void {
  const stride = <usize>inner * 4;
  for (let j = 0; j < columns; j += 8) {
    for (let t = 0; t < inner; t++) {
      let from = b + <usize>(j * inner + t) * 4;
      for (let lane = 0; lane < 8; lane++, from += stride, strips += 4) store<f32>(strips, load<f32>(from));
    }
  }
}

/** out = X B + bias, and then its positive part where `relu`. */
export function linear(
  x: usize,
  rows: i32,
  inner: i32,
  strips: usize,
  bias: usize,
  columns: i32,
  out: usize,
  relu: bool,
): void {
  const outRow = <usize>columns * 4;
  const zero = f32x4.splat(0);
  for (let top = 0; top < rows; top += BLOCK) {
    const count = min(BLOCK, rows - top);
    const to = out + <usize>top * outRow;
    multiplyBlock(x + <usize>(top * inner) * 4, count, inner, strips, columns, to);
    let at = to;
    for (let i = 0; i < count; i++) {
      for (let j: usize = 0; j < outRow; j += 16, at += 16) {
        const y = f32x4.add(v128.load(at), v128.load(bias + j));
        v128.store(at, relu ? f32x4.pmax(zero, y) : y);
      }
    }
  }
}

/** out = X B. */
export function multiply(x: usize, rows: i32, inner: i32, strips: usize, columns: i32, out: usize): void {
  for (let top = 0; top < rows; top += BLOCK) {
    const to = out + <usize>(top * columns) * 4;
    multiplyBlock(x + <usize>(top * inner) * 4, min(BLOCK, rows - top), inner, strips, columns, to);
  }
}

@inline
function multiplyBlock(x: usize, rows: i32, inner: i32, strips: usize, columns: i32, out: usize): void {
  const outRow = <usize>columns * 4;
  let strip = strips;
  for (let j: usize = 0; j < outRow; j += 32, strip += <usize>inner * 32) {
    product(x, <usize>inner * 4, 4, rows, strip, 32, inner, 8, out + j, outRow);
  }
}

/** out += X^T Y, for X rows x inner and Y rows x columns; `scratch` is packBytes(CHUNK, columns). */
export function addProductTo(
  x: usize,
  rows: i32,
  inner: i32,
  y: usize,
  columns: i32,
  out: usize,
  scratch: usize,
): void {
  const xRow = <usize>inner * 4;
  const yRow = <usize>columns * 4;
  for (let top = 0; top < rows; top += CHUNK) {
    const count = min(CHUNK, rows - top);
    pack(y + <usize>top * yRow, count, columns, yRow, scratch);
    let strip = scratch;
    for (let j: usize = 0; j < yRow; j += 32, strip += <usize>count * 32) {
      addProduct(x + <usize>top * xRow, 4, xRow, inner, strip, 32, count, 8, out + j, yRow);
    }
  }
}

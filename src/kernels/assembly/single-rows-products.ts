/**
 * Products of queries and packed keys, in float32.
 *
 * Products are sums of parts of 32 steps, and these of eight steps at a time, as in `tiles/f32.js`, so that a term passes through few
 * roundings. A tile has queries as rows and keys as columns. A query's products depend on it and the keys alone.
 */

import { roundUpToEven } from './arithmetic';
import { groupBytes, packGroups } from './pack';
import { storePartTiles, storeWidePartTiles } from './tiles-f32';

/** Keys of a strip, and of what is packed together: the wide build takes two strips at a time. */
const STRIP = 8;
const PACKED = 16;

/** Bytes of a tile of four queries and one strip, and of all tiles of a part. */
const TILE_BYTES: usize = 128;
const PART_BYTES: usize = 2 * TILE_BYTES;

/** Steps of a part. */
const PART = 32;

/** Keys of a tile. */
const TILE = WIDE ? PACKED : STRIP;

/** Bytes of keys that are gone through for each four queries, so that both stay in the first-level cache. */
const PANEL_BYTES: usize = 16384;

@inline
function stripBytes(d: i32): usize {
  return <usize>roundUpToEven(d) * STRIP * 4;
}

/** A multiple of the keys that are packed together. */
@inline
function panelKeys(d: i32): i32 {
  return PACKED * <i32>max(1, PANEL_BYTES / (2 * stripBytes(d)));
}

/** Bytes of n keys as {@link multiplySingleKeys} reads them. */
export function singleKeysBytes(n: i32, d: i32): usize {
  return <usize>((n + PACKED - 1) / PACKED) * 2 * stripBytes(d);
}

@inline
function packSingleKeys<T>(keys: usize, n: i32, d: i32, strips: usize): void {
  memory.fill(strips, 0, singleKeysBytes(n, d));
  const width = <usize>d * sizeof<T>();
  for (let first = 0; first < n; first += STRIP, strips += stripBytes(d)) {
    for (let lane = 0; lane < min(STRIP, n - first); lane++) {
      let from = keys + <usize>(first + lane) * width;
      let to = strips + <usize>lane * 4;
      for (const end = from + width; from < end; from += sizeof<T>(), to += 32) store<f32>(to, <f32>load<T>(from));
    }
  }
}

/**
 * Keys in strips of eight, [step][8]; what is lacking are zeros.
 * @param keys - n x d float32
 */
export function packSingleKeysF32(keys: usize, n: i32, d: i32, strips: usize): void {
  packSingleKeys<f32>(keys, n, d, strips);
}

/** The same from float64, which is rounded. */
export function packSingleKeysF64(keys: usize, n: i32, d: i32, strips: usize): void {
  packSingleKeys<f64>(keys, n, d, strips);
}

@inline
function partsOf(d: i32): i32 {
  return (d + PART - 1) / PART;
}

/** Bytes of scratch that {@link multiplySingleKeys} needs. */
export function singleProductScratchBytes(rows: i32, d: i32): usize {
  return <usize>partsOf(d) * PART_BYTES + <usize>((rows + 3) / 4) * groupBytes<f32>(d) + 64;
}

/**
 * out[i][j] = <query i, key j> for keys 0 ... count - 1.
 *
 * @param queries - rows x d float32
 * @param strips - as packSingleKeys leaves them
 * @param stride - bytes from a row of `out` to the next
 */
export function multiplySingleKeys(
  queries: usize,
  rows: i32,
  d: i32,
  strips: usize,
  count: i32,
  out: usize,
  stride: usize,
  scratch: usize,
): void {
  const steps = roundUpToEven(d);
  const tiles = scratch;
  const groups = tiles + <usize>partsOf(d) * PART_BYTES;
  packGroups<f32, f32>(queries, rows, d, groups);
  const panel = panelKeys(d);
  for (let first = 0; first < count; first += panel, strips += <usize>(panel / STRIP) * stripBytes(d)) {
    let group = groups;
    for (let i = 0; i < rows; i += 4, group += groupBytes<f32>(d)) {
      const height = min(4, rows - i);
      let strip = strips;
      for (let j = first; j < min(count, first + panel); j += TILE, strip += (TILE / STRIP) * stripBytes(d)) {
        if (WIDE) storeWidePartTiles(group, strip, strip + stripBytes(d), steps, tiles, PART_BYTES);
        else storePartTiles(group, strip, steps, tiles, PART_BYTES);
        let to = out + <usize>i * stride + <usize>j * 4;
        for (let row: usize = 0; row < <usize>height; row++, to += stride) {
          storeSums(tiles + row * 32, groups, to, count - j);
          if (WIDE && count > j + STRIP) storeSums(tiles + TILE_BYTES + row * 32, groups, to + 32, count - j - STRIP);
        }
      }
    }
  }
}

/**
 * Adds up a row of the parts' tiles, eight numbers, and stores as many as there are.
 * @param end - where the tiles end
 */
@inline
function storeSums(from: usize, end: usize, to: usize, count: i32): void {
  let low = v128.load(from);
  let high = v128.load(from, 16);
  for (let part = from + PART_BYTES; part < end; part += PART_BYTES) {
    low = f32x4.add(low, v128.load(part));
    high = f32x4.add(high, v128.load(part, 16));
  }
  if (count >= STRIP) {
    v128.store(to, low);
    v128.store(to, high, 16);
  } else {
    v128.store(from, low);
    v128.store(from, high, 16);
    for (let at: usize = 0; at < <usize>count; at++) store<f32>(to + 4 * at, load<f32>(from + 4 * at));
  }
}

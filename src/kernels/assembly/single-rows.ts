/**
 * Rows of products into rows of exponentials, in float32, and what is summed of them in float64.
 *
 * Products are sums of parts of 32 steps, and these of eight steps at a time, as in `tile-chunked.ts`, so that a term passes through few
 * roundings; tiles have queries as rows and keys as columns. What becomes of a
 * query depends on it and the keys alone.
 */

import { roundUpToEven } from './arithmetic';
import { CONSTANT_BYTES, polynomial, storeConstants } from './exp2';
import { groupBytes, packGroups } from './pack';
import { storePartTiles } from './tile-parts';
import { storeWidePartTiles } from './wide-parts';

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

/** Numbers that are exponentiated before they are summed: they are still in the cache then. */
const AT_ONCE = 2048;

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

/**
 * The largest number of a row, but for NaN; of none -Infinity.
 * @param least - receives the least, a float32; of none Infinity
 */
export function rangeOfSingles(x: usize, count: i32, least: usize): f32 {
  let most0 = f32x4.splat(-Infinity);
  let most1 = most0;
  let least0 = f32x4.splat(Infinity);
  let least1 = least0;
  for (const end = x + (<usize>count & ~7) * 4; x < end; x += 32) {
    const low = v128.load(x);
    const high = v128.load(x, 16);
    most0 = f32x4.pmax(most0, low);
    most1 = f32x4.pmax(most1, high);
    least0 = f32x4.pmin(least0, low);
    least1 = f32x4.pmin(least1, high);
  }
  most0 = f32x4.pmax(most0, most1);
  least0 = f32x4.pmin(least0, least1);
  const a = max(f32x4.extract_lane(most0, 0), f32x4.extract_lane(most0, 1));
  const b = min(f32x4.extract_lane(least0, 0), f32x4.extract_lane(least0, 1));
  let most = max(max(f32x4.extract_lane(most0, 2), f32x4.extract_lane(most0, 3)), a);
  let smallest = min(min(f32x4.extract_lane(least0, 2), f32x4.extract_lane(least0, 3)), b);
  for (let j = count & 7; j > 0; j--, x += 4) {
    const own = load<f32>(x);
    if (own > most) most = own;
    if (own < smallest) smallest = own;
  }
  store<f32>(least, smallest);
  return most;
}

/** out[j] = x[j] - base, worked out in float64 and rounded to float32. */
export function roundDifferences(x: usize, count: i32, base: f64, out: usize): void {
  const off = f64x2.splat(base);
  for (const end = x + (<usize>count & ~3) * 8; x < end; x += 32, out += 16) {
    const low = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(x), off));
    const high = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(x, 16), off));
    v128.store(out, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
  }
  for (let j = count & 3; j > 0; j--, x += 8, out += 4) store<f32>(out, <f32>(load<f64>(x) - base));
}

/** Bytes of scratch that {@link exponentiateSingle} needs. */
export function singleExponentialScratchBytes(): usize {
  return 32 + CONSTANT_BYTES;
}

/**
 * x = 2^(x - base) of a multiple of eight numbers. Both halves of a pair side by side, and constants from memory, so that V8 can fuse them.
 * @param base - eight times the same float32
 * @param constants - as storeConstants leaves them
 */
export function storeExponentials(x: usize, count: i32, base: usize, constants: usize): void {
  const base0 = v128.load(base);
  const base1 = v128.load(base, 16);
  const least = v128.load32_splat(constants);
  const toInteger = v128.load32_splat(constants, 4);
  const p5 = v128.load32_splat(constants, 8);
  const p4 = v128.load32_splat(constants, 12);
  const p3 = v128.load32_splat(constants, 16);
  const p2 = v128.load32_splat(constants, 20);
  const p1 = v128.load32_splat(constants, 24);
  const p0 = v128.load32_splat(constants, 28);
  for (const end = x + <usize>count * 4; x < end; x += 32) {
    const y0 = polynomial(f32x4.sub(v128.load(x), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const y1 = polynomial(f32x4.sub(v128.load(x, 16), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    v128.store(x, y0);
    v128.store(x, y1, 16);
  }
}

/**
 * x = 2^(x - most), below 2^-126 counting as that; returns the sum, which is one in float64 of four that run side by side.
 * @param most - at least every x
 */
export function exponentiateSingle(x: usize, count: i32, most: f32, scratch: usize): f64 {
  const base = f32x4.splat(most);
  v128.store(scratch, base);
  v128.store(scratch, base, 16);
  storeConstants(scratch + 32);
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  let left = count & ~7;
  while (left > 0) {
    const part = min(left, AT_ONCE);
    storeExponentials(x, part, scratch, scratch + 32);
    for (const end = x + <usize>part * 4; x < end; x += 16) {
      sum0 = f64x2.add(sum0, f64x2.promote_low_f32x4(v128.load64_zero(x)));
      sum1 = f64x2.add(sum1, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)));
    }
    left -= part;
  }
  let sum = f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1);
  sum += f64x2.extract_lane(sum1, 0) + f64x2.extract_lane(sum1, 1);
  const constants = scratch + 32;
  for (let j = count & 7; j > 0; j--, x += 4) {
    const y = polynomial(
      f32x4.sub(v128.load32_splat(x), base),
      v128.load32_splat(constants),
      v128.load32_splat(constants, 4),
      v128.load32_splat(constants, 8),
      v128.load32_splat(constants, 12),
      v128.load32_splat(constants, 16),
      v128.load32_splat(constants, 20),
      v128.load32_splat(constants, 24),
      v128.load32_splat(constants, 28),
    );
    v128.store32_lane(x, y, 0);
    sum += <f64>f32x4.extract_lane(y, 0);
  }
  return sum;
}

/**
 * out[j] += factors[0] x[0][j], then factors[1] x[1][j], ..., in float64.
 * @param stride - bytes from a row to the next
 */
export function addScaledRows(x: usize, rows: i32, stride: usize, count: i32, factors: usize, out: usize): void {
  for (const end = x + (<usize>count & ~7) * 4; x < end; x += 32, out += 64) {
    let a = v128.load(out);
    let b = v128.load(out, 16);
    let c = v128.load(out, 32);
    let d = v128.load(out, 48);
    let p = x;
    for (let f = factors, last = factors + <usize>rows * 8; f < last; f += 8, p += stride) {
      const factor = v128.load64_splat(f);
      a = f64x2.add(a, f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(p))));
      b = f64x2.add(b, f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(p, 8))));
      c = f64x2.add(c, f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(p, 16))));
      d = f64x2.add(d, f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(p, 24))));
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
  for (let j = count & 7; j > 0; j--, x += 4, out += 8) {
    let sum = load<f64>(out);
    let p = x;
    for (let i = 0; i < rows; i++, p += stride) sum += load<f64>(factors + <usize>i * 8) * <f64>load<f32>(p);
    store<f64>(out, sum);
  }
}

/** Lists the places of a row that hold at least `least`, ascending, as int32; returns how many. */
export function listSingleAtLeast(x: usize, count: i32, least: f32, places: usize): i32 {
  const limit = f32x4.splat(least);
  let to = places;
  let j = 0;
  for (; j + 8 <= count; j += 8, x += 32) {
    const low = f32x4.ge(v128.load(x), limit);
    const high = f32x4.ge(v128.load(x, 16), limit);
    if (!v128.any_true(v128.or(low, high))) continue;
    for (let hits = i32x4.bitmask(low) | (i32x4.bitmask(high) << 4); hits; hits &= hits - 1, to += 4) {
      store<i32>(to, j + ctz(hits));
    }
  }
  for (; j < count; j++, x += 4) {
    if (load<f32>(x) < least) continue;
    store<i32>(to, j);
    to += 4;
  }
  return <i32>((to - places) >> 2);
}

/** Adds one number to what its leading 16 bits stand for: an int32 for how many, and a float64 for their sum. */
@inline
function addToBin(x: usize, counts: usize, sums: usize): void {
  const bin = <usize>load<u16>(x, 2);
  const counted = counts + bin * 4;
  store<i32>(counted, load<i32>(counted) + 1);
  const sum = sums + bin * 8;
  store<f64>(sum, load<f64>(sum) + <f64>load<f32>(x));
}

/** Bytes of scratch that {@link addSingleBins} needs. */
export function singleBinsScratchBytes(count: i32): usize {
  return SHUFFLE_BYTES + <usize>count * 4 + 16;
}

/** Bytes of what brings chosen lanes of four to the front: for each of 16 choices. */
const SHUFFLE_BYTES: usize = 256;

/** Puts these choices into memory. */
function storeShuffles(at: usize): void {
  for (let choice: u32 = 0; choice < 16; choice++) {
    let to = at + choice * 16;
    for (let lane: u32 = 0; lane < 4; lane++) {
      if (!((choice >> lane) & 1)) continue;
      store<u32>(to, 0x03020100 + lane * 0x04040404);
      to += 4;
    }
  }
}

/**
 * Counts and sums the numbers of a row that are at least `least`, by their leading 16 bits. They are gathered first, without a branch for each,
 * as nothing foretells which they are.
 *
 * @param x - count float32, >= 0
 * @returns how many there are
 */
export function addSingleBins(x: usize, count: i32, least: f32, counts: usize, sums: usize, scratch: usize): i32 {
  const limit = f32x4.splat(least);
  const gathered = scratch + SHUFFLE_BYTES;
  storeShuffles(scratch);
  let to = gathered;
  const end = x + <usize>count * 4;
  for (; x + 16 <= end; x += 16) {
    const own = v128.load(x);
    const choice = <usize>i32x4.bitmask(f32x4.ge(own, limit));
    v128.store(to, v128.swizzle(own, v128.load(scratch + choice * 16)));
    to += <usize>popcnt(choice) * 4;
  }
  for (; x < end; x += 4) {
    if (load<f32>(x) < least) continue;
    store<f32>(to, load<f32>(x));
    to += 4;
  }
  for (let p = gathered; p < to; p += 4) addToBin(p, counts, sums);
  return <i32>((to - gathered) >> 2);
}

/** Lists the numbers of a row with these leading 16 bits; returns how many. */
export function listSingleBin(x: usize, count: i32, bin: i32, found: usize): i32 {
  const own = i32x4.splat(bin);
  let to = found;
  const end = x + <usize>count * 4;
  for (; x + 16 <= end; x += 16) {
    const here = i32x4.eq(i32x4.shr_u(v128.load(x), 16), own);
    for (let hits = i32x4.bitmask(here); hits; hits &= hits - 1, to += 4) store<f32>(to, load<f32>(x + <usize>ctz(hits) * 4));
  }
  for (; x < end; x += 4) {
    if (<i32>load<u16>(x, 2) != bin) continue;
    store<f32>(to, load<f32>(x));
    to += 4;
  }
  return <i32>((to - found) >> 2);
}

/** The largest numbers of a row of float32: where they are, and bins by leading bits that find the k-th largest. */

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

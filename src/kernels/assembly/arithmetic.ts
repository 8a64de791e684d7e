/**
 * The arithmetic that both builds share. `levattn-simd` multiplies and adds, `levattn-fma` fuses the two where the
 * processor can; which is decided by `--enable relaxed-simd` when compiling, so no kernel asks at run time.
 */

/** a b + c of two float64. */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** c - a b of two float64, the product rounded first, in all builds. */
@inline
export function subtractProduct(a: v128, b: v128, c: v128): v128 {
  return f64x2.sub(c, f64x2.mul(a, b));
}

/** a b + c of four float32. */
@inline
export function multiplyAddSingle(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The next even number: tile kernels take two steps at a time. */
@inline
export function roundUpToEven(n: i32): i32 {
  return (n + 1) & ~1;
}

/** All bits set in the first `count` of four 32-bit lanes. */
@inline
export function firstLanes32(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** All bits set in the first `count` of two 64-bit lanes. */
@inline
export function firstLanes64(count: i32): v128 {
  return i64x2.lt_s(i64x2(0, 1), i64x2.splat(count));
}

/** Lane 1 of each of two vectors of float64. */
@inline
export function highs(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 1, 3);
}

/** Lane 0 of each of two vectors of float64. */
@inline
export function lows(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 0, 2);
}

/** Values 0 and 1 of four consecutive ones at `p`, as float64; T is their type in memory. */
@inline
export function loadFirstPair<T>(p: usize): v128 {
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(p));
  return v128.load(p);
}

/** Values 2 and 3 of four consecutive ones at `p`, as float64. */
@inline
export function loadSecondPair<T>(p: usize): v128 {
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(p, 8));
  return v128.load(p, 16);
}

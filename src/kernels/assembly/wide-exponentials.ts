/**
 * The sums of a strip's exponentials in the wide build: both halves of a row side by side, from loads to stores, so that V8 can fuse them. Where
 * it cannot fuse vectors of constants (Node 24) they stay narrow. Same sums as in `exponentials.ts`.
 */

import { exp2 } from './exp2';

/**
 * sums = the sums over rows of 2^(x - base), in float32: a tree of eight rows, then one after another.
 *
 * @param x - height x 8 float32
 * @param height - a multiple of eight
 * @param bases - 8 float32
 * @param sums - 8 float32
 */
export function sumExponentials(x: usize, height: i32, bases: usize, sums: usize): void {
  const base0 = v128.load(bases);
  const base1 = v128.load(bases, 16);
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  for (const end = x + <usize>height * 32; x < end; x += 256) {
    const a0 = exp2(f32x4.sub(v128.load(x), base0));
    const a1 = exp2(f32x4.sub(v128.load(x, 16), base1));
    const b0 = exp2(f32x4.sub(v128.load(x, 32), base0));
    const b1 = exp2(f32x4.sub(v128.load(x, 48), base1));
    const c0 = exp2(f32x4.sub(v128.load(x, 64), base0));
    const c1 = exp2(f32x4.sub(v128.load(x, 80), base1));
    const d0 = exp2(f32x4.sub(v128.load(x, 96), base0));
    const d1 = exp2(f32x4.sub(v128.load(x, 112), base1));
    const e0 = exp2(f32x4.sub(v128.load(x, 128), base0));
    const e1 = exp2(f32x4.sub(v128.load(x, 144), base1));
    const f0 = exp2(f32x4.sub(v128.load(x, 160), base0));
    const f1 = exp2(f32x4.sub(v128.load(x, 176), base1));
    const g0 = exp2(f32x4.sub(v128.load(x, 192), base0));
    const g1 = exp2(f32x4.sub(v128.load(x, 208), base1));
    const h0 = exp2(f32x4.sub(v128.load(x, 224), base0));
    const h1 = exp2(f32x4.sub(v128.load(x, 240), base1));
    sum0 = f32x4.add(sum0, f32x4.add(f32x4.add(f32x4.add(a0, b0), f32x4.add(c0, d0)), f32x4.add(f32x4.add(e0, f0), f32x4.add(g0, h0))));
    sum1 = f32x4.add(sum1, f32x4.add(f32x4.add(f32x4.add(a1, b1), f32x4.add(c1, d1)), f32x4.add(f32x4.add(e1, f1), f32x4.add(g1, h1))));
  }
  v128.store(sums, sum0);
  v128.store(sums, sum1, 16);
}

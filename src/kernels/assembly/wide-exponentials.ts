/**
 * The sums of a strip's exponentials in the wide build: both halves of a row side by side, from loads to stores, so that V8 can fuse them, and
 * constants from memory, as Node 24 does not fuse others. Same sums as in `exponentials.ts`.
 */

import { polynomial } from './exp2';

/**
 * sums = the sums over rows of 2^(x - base), in float32: a tree of eight rows, then one after another.
 *
 * @param x - height x 8 float32
 * @param height - a multiple of eight
 * @param bases - 8 float32
 * @param constants - as storeConstants leaves them
 * @param sums - 8 float32
 */
export function sumExponentials(x: usize, height: i32, bases: usize, constants: usize, sums: usize): void {
  const base0 = v128.load(bases);
  const base1 = v128.load(bases, 16);
  const least = v128.load32_splat(constants);
  const toInteger = v128.load32_splat(constants, 4);
  const p5 = v128.load32_splat(constants, 8);
  const p4 = v128.load32_splat(constants, 12);
  const p3 = v128.load32_splat(constants, 16);
  const p2 = v128.load32_splat(constants, 20);
  const p1 = v128.load32_splat(constants, 24);
  const p0 = v128.load32_splat(constants, 28);
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  for (const end = x + <usize>height * 32; x < end; x += 256) {
    const a0 = polynomial(f32x4.sub(v128.load(x), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const a1 = polynomial(f32x4.sub(v128.load(x, 16), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    const b0 = polynomial(f32x4.sub(v128.load(x, 32), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const b1 = polynomial(f32x4.sub(v128.load(x, 48), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    const c0 = polynomial(f32x4.sub(v128.load(x, 64), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const c1 = polynomial(f32x4.sub(v128.load(x, 80), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    const d0 = polynomial(f32x4.sub(v128.load(x, 96), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const d1 = polynomial(f32x4.sub(v128.load(x, 112), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    const e0 = polynomial(f32x4.sub(v128.load(x, 128), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const e1 = polynomial(f32x4.sub(v128.load(x, 144), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    const f0 = polynomial(f32x4.sub(v128.load(x, 160), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const f1 = polynomial(f32x4.sub(v128.load(x, 176), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    const g0 = polynomial(f32x4.sub(v128.load(x, 192), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const g1 = polynomial(f32x4.sub(v128.load(x, 208), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    const h0 = polynomial(f32x4.sub(v128.load(x, 224), base0), least, toInteger, p5, p4, p3, p2, p1, p0);
    const h1 = polynomial(f32x4.sub(v128.load(x, 240), base1), least, toInteger, p5, p4, p3, p2, p1, p0);
    sum0 = f32x4.add(sum0, f32x4.add(f32x4.add(f32x4.add(a0, b0), f32x4.add(c0, d0)), f32x4.add(f32x4.add(e0, f0), f32x4.add(g0, h0))));
    sum1 = f32x4.add(sum1, f32x4.add(f32x4.add(f32x4.add(a1, b1), f32x4.add(c1, d1)), f32x4.add(f32x4.add(e1, f1), f32x4.add(g1, h1))));
  }
  v128.store(sums, sum0);
  v128.store(sums, sum1, 16);
}

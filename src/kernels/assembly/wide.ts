/**
 * The entry of the wide build beside index.ts: tiles whose pairs of neighbouring 128-bit vectors V8 fuses to 256 bits.
 *
 * V8 starts from two stores 16 bytes apart and follows what they store back to loads. Hence the rules of these tiles: sums are stored and
 * nothing else is done with them; addresses of a pair differ by a constant offset; no vector goes in or out of a function;
 * and a tile is a function of its own. What is exported is not inlined, so they are exported here.
 */

// @ts-ignore: decorator
@global @inline const WIDE: bool = true;

export { storeExponentials } from './single-rows-exponentials';
export { sumExponentials } from './wide-exponentials';
export { storeWideChunkedTile, storeWidePartTiles, storeWideTileSingle } from './tiles-f32';
export { continueTile, storeTallTile, storeWideTile } from './tiles-f64';

/** The entry of the narrow builds beside index.ts: vectors of 128 bits, as WebAssembly has them. */

// @ts-ignore: decorator
@global @inline const WIDE: bool = false;

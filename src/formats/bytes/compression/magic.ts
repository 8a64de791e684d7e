/** What compressed data begin with. */

export const GZIP_MAGIC: readonly number[] = [0x1f, 0x8b];
export const ZSTD_MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];
/** Behind a byte from 0x50 to 0x5f: a frame of zstd that has no content. */
export const SKIPPABLE_END: readonly number[] = [0x2a, 0x4d, 0x18];

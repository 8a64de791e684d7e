/** What compressed data begin with. */

export const GZIP_MAGIC: readonly number[] = [0x1f, 0x8b];
export const ZSTD_MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];

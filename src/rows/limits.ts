/** Limits on what a header may promise, shared by every format. */

/**
 * The most columns a matrix may have. The state is several d x d matrices of float64, at this d of 0.5 GiB each, so a header
 * with more is wrong (a transposed matrix, damaged bytes) rather than ambitious.
 */
export const MAX_COLUMNS = 8_192;

/** Memory for rows that are held, where none is given, bytes. */
export const DEFAULT_MEMORY = 2 ** 30;

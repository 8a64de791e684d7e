/** Limits on what a header may promise, shared by every format. */

/**
 * The most columns a matrix may have. The state is of order d^2: at this d one Gram matrix already takes 32 GiB, so a
 * header with more is wrong (a transposed matrix, damaged bytes) rather than ambitious.
 */
export const MAX_COLUMNS = 65_536;

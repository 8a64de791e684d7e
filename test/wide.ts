/**
 * Lets the built library use vectors of 256 bits, as the command line does, before each file: on a Node and a processor that fuse them,
 * suites that take the backend by default exercise them.
 */

const { allowWideVectors } = await import('../dist/kernels/wide.js');
allowWideVectors();

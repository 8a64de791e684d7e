/**
 * The seed of all property tests, which `vitest.config.ts` sets up before each file: the same on every machine unless
 * LEVATTN_TEST_SEED is another whole number of 32 bits.
 */

import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.LEVATTN_TEST_SEED) });

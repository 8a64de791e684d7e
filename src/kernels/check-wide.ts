/**
 * A process of its own that runs every kernel of the wide build until V8 has optimised and fused it, and holds what it answers to the bytes of
 * the narrow build before there was any fusing: `node dist/kernels/check-wide.js`. It ends with 0 where all are the same, with 1 and the
 * kernel's name where one is not, and by a signal where V8 does not survive.
 */

import { type AnswerSize, answersOf, firstDifference } from './answers.js';
import { startFusing } from './fusing.js';
import { createWasmKernels } from './wasm.js';
import { compileKernels } from './wasm-module.js';

/** Few and many of everything: the large ones bring loops to be optimised soon, the small ones have edges. */
const SIZES: readonly AnswerSize[] = [
  { rows: 37, d: 45, width: 21 },
  { rows: 9, d: 11, width: 30 },
  { rows: 515, d: 67, width: 131 },
  { rows: 300, d: 16, width: 64 },
  { rows: 130, d: 130, width: 40 },
];

/** Optimising takes another thread some milliseconds for each function, and begins when it has run for a while: so long, and so often, at least. */
const SECONDS = 2;
const ROUNDS = 10;

function check(): string | undefined {
  const narrow = compileKernels(undefined, ['fma']);
  if (!narrow) return 'the narrow build cannot be compiled';
  const kernels = createWasmKernels(narrow);
  const expected = SIZES.map((size) => answersOf(kernels, size));
  startFusing();
  const wide = compileKernels(undefined, ['wide']);
  if (!wide) return 'the wide build cannot be compiled';
  const end = performance.now() + 1000 * SECONDS;
  for (let round = 0; round < ROUNDS || performance.now() < end; round++) {
    const fused = createWasmKernels(wide);
    for (const [i, size] of SIZES.entries()) {
      const different = firstDifference(expected[i], answersOf(fused, size));
      if (different !== undefined) return `${different} of ${size.rows} x ${size.d} gives other bytes`;
    }
  }
  return undefined;
}

const fault = check();
if (fault !== undefined) {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}

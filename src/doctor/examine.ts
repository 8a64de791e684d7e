/** The examination: every backend that this machine has, checked against the plain one and measured. */

import { LevattnError } from '../errors.js';
import { createKernels } from '../kernels/backends.js';
import type { Kernels } from '../kernels/kernels.js';
import { createPlainKernels } from '../kernels/plain.js';
import { createWasmKernels } from '../kernels/wasm.js';
import { compileKernels } from '../kernels/wasm-module.js';
import { wideKernels } from '../kernels/wide.js';
import { largestDeviation, TOLERANCE } from './check.js';
import { measure, RATES, type Rates } from './measure.js';

/** A backend as it was found. */
export interface BackendReport {
  readonly name: string;
  readonly rates: Rates;
  /** {@link largestDeviation}; JSON has null for Infinity and NaN. */
  readonly deviation: number;
  /** Whether the deviation is one of rounding. */
  readonly ok: boolean;
}

/** The backends that are there whatever the machine, slowest first; to be examined before V8 is asked to fuse vectors, which makes them faster. */
export function narrowBackends(): readonly Kernels[] {
  const wasm = (['simd', 'fma'] as const).flatMap((build) => {
    const compiled = compileKernels(undefined, [build]);
    return compiled ? [createWasmKernels(compiled)] : [];
  });
  return [createPlainKernels(), ...wasm];
}

/** Those that some machines have besides; and why BLAS cannot be used, where it cannot. */
export function furtherBackends(): { readonly backends: readonly Kernels[]; readonly blasProblem: string | null } {
  const wide = wideKernels();
  const backends = wide ? [createWasmKernels(wide)] : [];
  try {
    return { backends: [...backends, createKernels('blas')], blasProblem: null };
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return { backends, blasProblem: error.message };
  }
}

/**
 * Checks and measures backends.
 * @param seconds - time to spend on each of them, about
 */
export function examine(backends: readonly Kernels[], seconds: number): BackendReport[] {
  const each = seconds / RATES.length;
  return backends.map((kernels) => {
    const deviation = largestDeviation(kernels, createPlainKernels());
    return { name: kernels.name, rates: measure(kernels, each), deviation, ok: deviation <= TOLERANCE };
  });
}

/** The examination: every backend that this machine has, checked against the plain one and measured. */

import { LevattnError } from '../errors.js';
import { createKernels } from '../kernels/backends.js';
import type { Kernels } from '../kernels/kernels.js';
import { createPlainKernels } from '../kernels/plain.js';
import { createWasmKernels } from '../kernels/wasm.js';
import { compileKernels } from '../kernels/wasm-module.js';
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

/** The backends that can be used here, slowest first; and why BLAS cannot, where it cannot. */
export function availableBackends(): { readonly backends: readonly Kernels[]; readonly blasProblem: string | null } {
  const wasm = (['simd', 'fma'] as const).flatMap((build) => {
    const compiled = compileKernels(undefined, [build]);
    return compiled ? [createWasmKernels(compiled)] : [];
  });
  const backends = [createPlainKernels(), ...wasm];
  try {
    return { backends: [...backends, createKernels('blas')], blasProblem: null };
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return { backends, blasProblem: error.message };
  }
}

/**
 * Checks and measures backends.
 * @param seconds - time to spend on all of them, about
 */
export function examine(backends: readonly Kernels[], seconds: number): BackendReport[] {
  const each = seconds / (backends.length * RATES.length);
  return backends.map((kernels) => {
    const deviation = largestDeviation(kernels, createPlainKernels());
    return { name: kernels.name, rates: measure(kernels, each), deviation, ok: deviation <= TOLERANCE };
  });
}

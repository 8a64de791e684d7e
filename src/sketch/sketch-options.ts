/** How a sketch is set up, and what it reports of its progress. */

import type { ScoringFunction } from '../functions.js';
import type { Kernels } from '../kernels/kernels.js';
import type { ColumnNames } from '../rows/column-names.js';
import { type Certificate, type CertificateChoice, certificateFor } from './bounds/certificate-choice.js';
import type { TopOptions } from './candidates/retention.js';
import type { Route } from './factor/accumulator.js';
import type { FactorChoice } from './factor/routed.js';
import type { IntakeOptions } from './intake.js';
import type { SampleOptions } from './sample/priority-sampler.js';
import type { SketchShape } from './screen/block.js';
import { WIDE_COLUMNS } from './wide/wide-algebra.js';

/** Threshold where none is given. */
export const DEFAULT_EPS = 0.05;

/** How a sketch is set up. */
export interface SketchOptions extends IntakeOptions, TopOptions {
  /** Columns of K, >= 1. */
  readonly d: number;
  /** Threshold, in (0, 1]. */
  readonly eps: number;
  readonly kernels: Kernels;
  /** The scoring function, one with growth exponents; default x^2. */
  readonly f?: ScoringFunction | undefined;
  /** What bounds sensitivities if f is not x^2; default `auto`. */
  readonly certificate?: CertificateChoice | undefined;
  /** Default `auto`: the Gram route if it gives scores to 1e-7, decided early and checked at every block; otherwise stable. */
  readonly factor?: FactorChoice | undefined;
  /**
   * A whole number: sum only one row in this many, chosen by a hash of its index, and the candidates: U is then a superset and scores are
   * upper bounds. Default 1: all rows, exact.
   */
  readonly sampleRate?: number | undefined;
  /** If f is not x^2: how rows outside U are sampled. */
  readonly sample?: SampleOptions | undefined;
  /** Whether to draw that sample; default true. U and its bounds do not depend on it. */
  readonly samplesOutside?: boolean | undefined;
  /**
   * For x^2 and all rows summed, beside `top` and a sample of as many rows: U and the sample get this many rows together, U those whose
   * score is above the eps at which the others are best sampled. Default: U as `top` says, the sample as large as it was made for.
   */
  readonly coresetSize?: number | undefined;
  /** The names of K's columns; default: those of the first matrix, if matrices are read. */
  readonly columns?: ColumnNames | undefined;
  /** The column of row ids, if there is one. */
  readonly idColumn?: string | undefined;
  /** Rows per block; the default depends on d alone. Exact results depend on it only by rounding. */
  readonly blockRows?: number | undefined;
  /** Called with events: prunings, changes of route. */
  readonly onEvent?: ((event: SketchEvent) => void) | undefined;
}

/** How many rows got how far. */
export interface StageCounts {
  /** Rows taken in. */
  readonly rows: number;
  /** Rows whose quadratic form had to be worked out, as the cheap bound did not rule them out. */
  readonly scored: number;
  /** Rows that became candidates. */
  readonly kept: number;
}

/** Something worth a line in a log. */
export type SketchEvent =
  | { readonly kind: 'pruned'; readonly rows: number; readonly before: number; readonly after: number }
  | { readonly kind: 'route'; readonly rows: number; readonly route: Route; readonly reason: string };

/** Rows of a full block for d columns: about 2 MiB of float32, or 8 MiB where K is wide; 64 to 32,768 rows. */
export function blockRowsFor(d: number): number {
  const numbers = d < WIDE_COLUMNS ? 2 ** 19 : 2 ** 21;
  return 2 ** Math.min(15, Math.max(6, Math.floor(Math.log2(numbers / d))));
}

/** What of the options every part of a sketch must agree on. */
export function shapeFrom(options: Omit<SketchOptions, 'kernels'>): SketchShape {
  const { d, blockRows = blockRowsFor(d), sampleRate = 1 } = options;
  const { floor, decay, lewis } = certificateOf(options);
  return { d, floor, decay, blockRows, sampleRate, lewis };
}

/** The certificates that the options ask for. */
export const certificateOf = ({ f, eps, certificate, sampleRate = 1 }: Omit<SketchOptions, 'kernels'>): Certificate =>
  certificateFor(f, eps, certificate, sampleRate > 1);

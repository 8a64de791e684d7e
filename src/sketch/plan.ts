/** What a sketch will be made of, as its options say it before K is opened. */

import type { ScoringFunction } from '../functions.js';
import { type CertificateChoice, certificateFor } from './bounds/certificate-choice.js';
import { defaultSampleSize } from './sample/priority-sampler.js';
import { DEFAULT_EPS } from './sketch-options.js';

/** What decides. */
export interface PlanOptions {
  /** Default x^2. */
  readonly f?: ScoringFunction | undefined;
  /** Default 0.05. */
  readonly eps?: number | undefined;
  /** Default `auto`. */
  readonly certificate?: CertificateChoice | undefined;
  /** One row in this many is summed; default 1. */
  readonly sampleRate?: number | undefined;
  /** Rows that are to be sampled of those outside U; where not given, f decides whether and how many. */
  readonly sampleSize?: number | undefined;
}

/** A sketch that is not begun. */
export interface SketchPlan {
  /** Whether f is x^2, for which one pass finds the exact scores. */
  readonly exact: boolean;
  /** Whether a share of the rows is summed, which their global numbers tell. */
  readonly subsamples: boolean;
  /** Whether it keeps a sample of the rows outside U, which they enter by their global numbers and are weighed for by a pilot. */
  readonly keepsSample: boolean;
  /** Numbers that a universal set of d columns has beside its keys. */
  readonly numbersOfSet: (d: number) => number;
}

/**
 * Plans a sketch.
 * @throws LevattnError where f has no small universal set, or the certificate does not go with it
 */
export function planSketch({ f, eps = DEFAULT_EPS, certificate, sampleRate = 1, sampleSize }: PlanOptions): SketchPlan {
  const subsamples = sampleRate > 1;
  const { exact, lewis } = certificateFor(f, eps, certificate, subsamples);
  const keepsSample = sampleSize !== undefined || !exact;
  const matrices = 1 + (subsamples ? 1 : 0) + (lewis ? 1 : 0);
  return {
    exact,
    subsamples,
    keepsSample,
    numbersOfSet: (d) => d ** 2 * matrices + (exact ? 0 : (sampleSize ?? defaultSampleSize(d)) * (d + 2)),
  };
}

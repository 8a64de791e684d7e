/** What a sketch can be asked besides U: the spectrum of K, and how large U is at other thresholds. */

import { LevattnError } from '../errors.js';
import { createKernels } from '../kernels/backends.js';
import { type MaskedRows, maskedIn } from '../rows/masked-rows.js';
import {
  type EffectiveDimension,
  effectiveDimension,
  type SizeAt,
  sizesByEps,
  spectrumOf,
} from '../sketch/spectrum.js';
import type { UniversalSet } from '../sketch/universal-set.js';
import type { SketchContent } from './content.js';
import type { SketchHeader } from './header.js';
import { missingFrom } from './row-coverage.js';
import { sketchFrom } from './stored-sketch.js';

/** The spectrum of K; docs/library.md tells of the errors. */
export interface SpectrumReport {
  /** Singular values are in units of 2^unit, their squares and lambda in units of 4^unit; nearly always 0. */
  readonly unit: number;
  /** s_1 >= … >= s_d. */
  readonly singularValues: readonly number[];
  /** Bounds of their relative errors; 1: not told from zero. */
  readonly errors: readonly number[];
  /** How many are told from zero. */
  readonly resolved: number;
  /** s_1 / s_rank; null where s_rank is not told from zero. */
  readonly condition: number | null;
  /** The same with columns of unit length. */
  readonly scaledCondition: number | null;
  readonly stableRank: number;
  /** ||K - K_k||_F^2 for k = 0 … d. */
  readonly residuals: readonly number[];
  /** Bounds of their absolute errors. */
  readonly residualErrors: readonly number[];
  /** At lambda = 1e-1 … 1e-6 of s_1^2; none where K is zero. */
  readonly effectiveDimensions: readonly EffectiveDimension[];
}

/** The rows outside U that a sketch keeps. */
export interface SampleReport {
  /** Rows kept. */
  readonly rows: number;
  /** The most there can be. */
  readonly size: number;
  readonly seed: number;
  /** An item stands for max(weight, threshold) / weight rows. */
  readonly threshold: number;
}

/** What is in a sketch. */
export interface SketchReport {
  readonly n: number;
  readonly d: number;
  readonly rank: number;
  readonly f: string;
  readonly eps: number;
  /** Keys in U. */
  readonly candidates: number;
  readonly route: string;
  /** Bound of the relative error of any score. */
  readonly delta: number;
  readonly skipped: number;
  readonly unresolved: number;
  /** Rows of K that a mask says are padding, and the masks; left out where K was read without one. */
  readonly padding?: number;
  readonly masks?: readonly MaskedRows[];
  /** Where only one row in this many was summed: singular values are then lower bounds. */
  readonly sampleRate: number;
  readonly sample: SampleReport | null;
  /** |U| at thresholds from eps to 1. */
  readonly sizes: readonly SizeAt[];
  readonly spectrum: SpectrumReport | null;
  /** Why there is no spectrum; null where there is one. */
  readonly spectrumProblem: string | null;
}

/** What is in a sketch file. */
export interface SketchFileReport extends SketchReport {
  /** What it says of itself: options, rows covered, fingerprint of the input. */
  readonly header: SketchHeader;
  /** The rows or shards that it lacks of the whole, as far as one can tell; null where it is complete. */
  readonly missing: string | null;
}

/**
 * Describes what a sketch file holds.
 * @param name - of the file, for messages
 * @throws LevattnError where it contradicts itself
 */
export function reportSketchFile(content: SketchContent, name: string): SketchFileReport {
  const { header, sketch } = sketchFrom(content, name, { kernels: createKernels() });
  return { header, missing: missingFrom(header.coverage) ?? null, ...reportSketch(sketch.finish()) };
}

const LAMBDAS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

/** Describes the universal set that a sketch ends with. */
export function reportSketch(set: UniversalSet): SketchReport {
  const { n, d, rank, f, eps, index, route, delta, skipped, unresolved, masks, sampling, sample } = set;
  return {
    n,
    d,
    rank,
    f,
    eps,
    candidates: index.length,
    route,
    delta,
    skipped,
    unresolved,
    ...(masks && { padding: maskedIn(masks), masks }),
    sampleRate: sampling?.rate ?? 1,
    sample: sample
      ? { rows: sample.index.length, size: sample.size, seed: sample.seed, threshold: sample.threshold }
      : null,
    sizes: sizesByEps(set),
    ...reportSpectrum(set),
  };
}

function reportSpectrum(set: UniversalSet): Pick<SketchReport, 'spectrum' | 'spectrumProblem'> {
  try {
    const spectrum = spectrumOf(set);
    const { values, condition, scaledCondition, unit, resolved, stableRank } = spectrum;
    const lambdas = values[0] > 0 ? LAMBDAS.map((share) => share * values[0] ** 2) : [];
    return {
      spectrum: {
        unit,
        resolved,
        condition: condition ?? null,
        scaledCondition: scaledCondition ?? null,
        stableRank,
        singularValues: [...values],
        errors: [...spectrum.errors],
        residuals: [...spectrum.residuals],
        residualErrors: [...spectrum.residualErrors],
        effectiveDimensions: lambdas.map((lambda) => effectiveDimension(spectrum, lambda)),
      },
      spectrumProblem: null,
    };
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    return { spectrum: null, spectrumProblem: error.message };
  }
}

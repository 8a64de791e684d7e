/** A sketch as it begins: its parts, of no rows yet, and what steers them. */

import type { Kernels } from '../kernels/kernels.js';
import type { Values } from '../rows/row-block.js';
import type { Certificate } from './bounds/certificate-choice.js';
import { Certification } from './bounds/certification.js';
import { OutsideBound } from './bounds/outside-bound.js';
import { CandidateLimit } from './candidates/candidate-limit.js';
import { Candidates } from './candidates/candidates.js';
import { Pruner } from './candidates/pruner.js';
import { retentionFor } from './candidates/retention.js';
import { RoutedAccumulator } from './factor/routed.js';
import { RowIntake } from './intake.js';
import type { SketchCounts, SketchParts } from './parts.js';
import { RowSums } from './row-sums.js';
import { ReservoirSample } from './sample/reservoir-sample.js';
import { Scratch } from './scratch.js';
import type { SketchShape } from './screen/block.js';
import { positionsFrom } from './screen/positions.js';
import { certificateOf, type SketchOptions, shapeFrom } from './sketch-options.js';
import { type WideAlgebra, wideAlgebra } from './wide/wide-algebra.js';

/** What all stages of a sketch work with. */
export interface SketchBase {
  /** As they were given, with the kernels for K of this width. */
  readonly options: SketchOptions;
  readonly shape: SketchShape;
  readonly certificate: Certificate;
  /** Where K is wide. */
  readonly algebra: WideAlgebra | undefined;
  /** Whether rows are summed by all threads together, and blocks are not screened on other threads. */
  readonly sumsItself: boolean;
  readonly parts: SketchParts;
  readonly pruner: Pruner;
}

/**
 * Sets up a sketch.
 *
 * @param start - global index of the first row, a whole number
 * @throws RangeError where eps, the sample rate or the number of keys to keep is out of range
 */
export function newSketch(options: SketchOptions, start: number): SketchBase {
  const { d, eps } = options;
  if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
  const shape = shapeFrom(options);
  if (!Number.isInteger(shape.sampleRate) || shape.sampleRate < 1) {
    throw new RangeError(`the sample rate must be a whole number of at least 1, not ${shape.sampleRate}`);
  }
  const algebra = wideAlgebra(options.kernels, d);
  const known = { ...options, kernels: algebra?.kernels ?? options.kernels };
  const certificate = certificateOf(options);
  const sumsItself = algebra !== undefined && shape.sampleRate === 1 && shape.lewis === undefined;
  const limit = new CandidateLimit(certificate, d, shape.blockRows, retentionFor(options)?.capacity);
  const parts = newParts(known, shape, certificate, { start, limit, sumsItself });
  return {
    options: known,
    shape,
    certificate,
    algebra,
    sumsItself,
    parts,
    pruner: new Pruner(known, limit, shape.blockRows),
  };
}

function newParts(
  options: SketchOptions,
  shape: SketchShape,
  certificate: Certificate,
  { start, limit, sumsItself }: { start: number; limit: CandidateLimit; sumsItself: boolean },
): SketchParts {
  const { kernels, d, factor = 'auto', onEvent } = options;
  const { least: pruneAt } = limit;
  const counts: SketchCounts = { n: 0, next: start, before: 0, unresolved: 0, scored: 0, kept: 0, pruneAt, decayAt: 0 };
  const intake = new RowIntake(options);
  const { sample, samplesOutside = true } = options;
  const mayEstimate = sample !== undefined || !certificate.exact;
  const reservoir = mayEstimate && samplesOutside ? new ReservoirSample(kernels, d, sample) : undefined;
  // Bounds for other functions and samples take several looks at every key, which are quicker where keys are in memory.
  const mayStay = certificate.exact && !reservoir;
  const candidates = new Candidates(d, { expected: limit.expected, shared: sumsItself, mayStay });
  const limits = newLimits(options, certificate, kernels);
  const accumulator = new RoutedAccumulator(
    shape,
    kernels,
    factor,
    (route, reason) => onEvent?.({ kind: 'route', rows: counts.n, route, reason }),
    sumsItself ? (ingest) => recall(candidates, intake, kernels, shape.blockRows, ingest) : undefined,
    mayEstimate || limits.outsideBound !== undefined,
  );
  return {
    counts,
    accumulator,
    candidates,
    intake,
    sums: new RowSums(shape, accumulator, kernels),
    certification: certificate.exact ? undefined : new Certification(certificate, shape, kernels),
    reservoir,
    ...limits,
  };
}

/** What keeps the best keys alone, where that is asked for, with nothing dropped yet. */
export function newLimits(
  options: SketchOptions,
  { exact }: Certificate,
  kernels: Kernels,
): Pick<SketchParts, 'retention' | 'outsideBound'> {
  const retention = retentionFor(options);
  return { retention, outsideBound: exact && retention ? new OutsideBound(kernels) : undefined };
}

/** Hands over all rows so far: until something asks for a whitening, every one of them is a candidate. */
function recall(
  candidates: Candidates,
  intake: RowIntake,
  kernels: Kernels,
  blockRows: number,
  ingest: (a: Values, rows: number) => void,
): void {
  const { size, d, dtype } = candidates;
  const scratch = new Scratch(kernels);
  for (let from = 0; from < size; from += blockRows) {
    const rows = Math.min(blockRows, size - from);
    let keys = candidates.view(from, rows);
    if (!keys) {
      keys = scratch.takeAs(dtype, rows * d);
      candidates.copy(positionsFrom(from, rows), keys);
    }
    ingest(intake.scaled(keys, rows), rows);
  }
}

/**
 * The leverage sketch: reads the rows of K once, in any blocks, and ends with the universal set.
 *
 * For each block of rows: bound what its rows can score, take the block in, keep the rows that may reach eps; prune when
 * the candidates have doubled; score the rest at the end, exactly for f(x) = x^2 and by certified bounds for other
 * functions (`certification.ts`). Memory is d^2 + d^2 / eps numbers for x^2, whatever n is, and bounded for all.
 *
 * Rows are regrouped into blocks of a size that depends on d alone, so the result does not depend on how they came.
 *
 * Invariant: a row outside the candidates has a sensitivity below eps, rounding included.
 */

import type { ColumnOrder } from '../linear/reorder.js';
import { columnSquares } from '../linear/triangular.js';
import type { ColumnNames } from '../rows/column-names.js';
import type { MaskedRows } from '../rows/masked-rows.js';
import { checkBlock, type Dtype, type RowBlock, type Values } from '../rows/row-block.js';
import { putRows } from '../rows/row-stream.js';
import type { Certificate } from './bounds/certificate-choice.js';
import { Certification } from './bounds/certification.js';
import { OutsideBound } from './bounds/outside-bound.js';
import { CandidateLimit } from './candidates/candidate-limit.js';
import { Candidates } from './candidates/candidates.js';
import { type Pruned, Pruner } from './candidates/pruner.js';
import { type Retention, retentionFor } from './candidates/retention.js';
import { TopPass } from './candidates/top-pass.js';
import { RoutedAccumulator } from './factor/routed.js';
import { RowIntake } from './intake.js';
import { makeSet } from './make-set.js';
import { type InputRows, type MaskOf, MaskRecords } from './mask-records.js';
import {
  outsideBoundOf,
  reorderParts,
  rescaleParts,
  restoreParts,
  type SketchCounts,
  type SketchParts,
  saveParts,
  uniteParts,
} from './parts.js';
import { RowSums } from './row-sums.js';
import type { SampleGate } from './sample/priority-sampler.js';
import { ReservoirSample } from './sample/reservoir-sample.js';
import { floorAt, type SketchShape } from './screen/block.js';
import { BlockSlot } from './screen/block-slot.js';
import type { Filter } from './screen/filter.js';
import type { Screened } from './screen/screen.js';
import { SecondPass } from './second-pass.js';
import { certificateOf, type SketchOptions, type StageCounts, shapeFrom } from './sketch-options.js';
import type { State } from './state.js';
import type { StateReader } from './state-reader.js';
import type { UniversalSet } from './universal-set.js';
import { type WideAlgebra, wideAlgebra } from './wide/wide-algebra.js';

/** Keys of this many numbers are pruned before weights are worked out more than once. */
const MANY_NUMBERS = 2 ** 20;

/** How often weights are worked out again at the end. */
const LAST_ROUNDS = 5;

/** One pass over K. */
export class LeverageSketch {
  readonly #options: SketchOptions;
  readonly #shape: SketchShape;
  /** Where K is wide. */
  readonly #algebra: WideAlgebra | undefined;
  /** Whether rows are summed here, by all threads together, and blocks are not screened elsewhere. */
  readonly #sumsItself: boolean;
  readonly #accumulator: RoutedAccumulator;
  readonly #sums: RowSums;
  readonly #candidates: Candidates;
  readonly #intake: RowIntake;
  readonly #certificate: Certificate;
  /** Where f is not x^2. */
  readonly #certification: Certification | undefined;
  readonly #reservoir: ReservoirSample | undefined;
  /** Where the best keys alone are kept. */
  #retention: Retention | undefined;
  /** T, where f is x^2 and it is of use. */
  #topBound: OutsideBound | undefined;
  readonly #pruner: Pruner;
  /** The block that {@link add} fills. */
  #slot: BlockSlot | undefined;
  readonly #counts: SketchCounts;
  readonly #masks = new MaskRecords();
  #second: SecondPass | undefined;
  #best: TopPass | undefined;
  #readAgain = 0;
  #filter: Filter | undefined;

  /** @param start - global index of the first row, a whole number */
  constructor(options: SketchOptions, start = 0) {
    const { d, eps, factor = 'auto' } = options;
    if (!(eps > 0 && eps <= 1)) throw new RangeError(`eps must lie in (0, 1], not ${eps}`);
    const shape = shapeFrom(options);
    if (!Number.isInteger(shape.sampleRate) || shape.sampleRate < 1) {
      throw new RangeError(`the sample rate must be a whole number of at least 1, not ${shape.sampleRate}`);
    }
    this.#algebra = wideAlgebra(options.kernels, d);
    const kernels = this.#algebra?.kernels ?? options.kernels;
    this.#options = { ...options, kernels };
    this.#shape = shape;
    this.#sumsItself = this.#algebra !== undefined && shape.sampleRate === 1 && shape.lewis === undefined;
    this.#accumulator = new RoutedAccumulator(
      shape,
      kernels,
      factor,
      (route, reason) => options.onEvent?.({ kind: 'route', rows: this.#counts.n, route, reason }),
      this.#sumsItself ? (take) => this.#recall(take) : undefined,
    );
    this.#sums = new RowSums(shape, this.#accumulator, kernels);
    this.#intake = new RowIntake(this.#options);
    this.#certificate = certificateOf(options);
    this.#certification = this.#certificate.exact ? undefined : new Certification(this.#certificate, shape, kernels);
    this.#retention = retentionFor(options);
    this.#topBound = this.#certificate.exact && this.#retention ? new OutsideBound(kernels) : undefined;
    this.#reservoir =
      this.#certification || options.sample ? new ReservoirSample(kernels, d, options.sample) : undefined;
    const limit = new CandidateLimit(this.#certificate, d, shape.blockRows, this.#retention?.capacity);
    this.#pruner = new Pruner(this.#options, limit, shape.blockRows);
    this.#candidates = new Candidates(d, limit.expected);
    const pruneAt = limit.least;
    this.#counts = { n: 0, next: start, before: 0, unresolved: 0, scored: 0, kept: 0, pruneAt, decayAt: 0 };
  }

  /**
   * A sketch that goes on from what another has saved, to the last bit.
   *
   * @param options - as that one was set up; eps and f may be others, where it has kept every row that they can need
   */
  static restore(options: SketchOptions, state: StateReader): LeverageSketch {
    const sketch = new LeverageSketch(options);
    restoreParts(sketch.#parts, state, options.d);
    sketch.#masks.restore(state);
    return sketch;
  }

  /** What the columns of K are called. */
  get columns(): ColumnNames | undefined {
    return this.#options.columns;
  }

  /** Columns of K. */
  get d(): number {
    return this.#shape.d;
  }

  /** Rows taken so far, those skipped included. */
  get rows(): number {
    return this.#counts.n + (this.#slot?.rows ?? 0);
  }

  /** Global index of the next row. */
  get nextIndex(): number {
    return this.#counts.next + (this.#slot?.rows ?? 0);
  }

  /** Rows taken in of the input at hand. */
  get inputRows(): number {
    return this.#counts.n - this.#counts.before;
  }

  /** What is remembered of the masks that rows were read with. */
  get masks(): readonly MaskedRows[] {
    return this.#masks.of(this.#input);
  }

  /**
   * Gets the mask of the input at hand from where its rows come from, for the record alone: rows of padding come as zeros.
   * @param name - names the input in messages
   * @throws LevattnError where the rows so far were read with another one
   */
  followMask(maskOf: MaskOf, name = ''): void {
    this.#masks.follow(maskOf, this.#input, name);
  }

  /** Goes on with another input, whose first row is the next one. */
  beginInput(): void {
    this.#masks.endInput(this.#input);
    this.#counts.before = this.#counts.n;
    this.#intake.beginInput();
  }

  /** Tells one K from another. */
  get fingerprint(): string {
    return this.#intake.fingerprint;
  }

  /** The element type that holds all rows so far without loss. */
  get dtype(): Dtype {
    return this.#intake.dtype;
  }

  /** Rows left out because they hold NaN or infinities. */
  get skipped(): number {
    return this.#intake.skipped;
  }

  /** Bound on the relative error of any leverage score, as of the last factor; to look at it changes nothing. */
  get delta(): number {
    return this.#accumulator.delta;
  }

  /** Candidates held at the moment. */
  get candidates(): number {
    return this.#candidates.size;
  }

  /** How many rows got how far. */
  get counts(): StageCounts {
    return { rows: this.#counts.n, scored: this.#counts.scored, kept: this.#counts.kept };
  }

  /**
   * What blocks to come can be screened with, on any thread; undefined while they must be taken in as they are. Only the
   * Gram route and a sample gain by it, and a wide K is summed by all threads together instead.
   */
  get filter(): Filter | undefined {
    if (this.#sumsItself) return undefined;
    const accumulator = this.#accumulator;
    const worthwhile = this.#shape.sampleRate > 1 || accumulator.route === 'gram';
    const leverage = worthwhile && this.#intake.isIdentity ? accumulator.filter : undefined;
    const { lewis, tensor } = this.#certification ?? {};
    if (!leverage || tensor || (lewis && !lewis.filter)) return undefined;
    const least = floorAt(this.#shape, accumulator.filterRows + 1);
    const floor = this.#certificate.exact ? Math.max(least, this.#retention?.floor ?? 0) : least;
    const current = this.#filter;
    if (current?.leverage !== leverage || current.lewis !== lewis?.filter || current.floor !== floor) {
      this.#filter = { leverage, floor, lewis: lewis?.filter };
    }
    return this.#filter;
  }

  /** What tells, by the norms that a filter knows, which rows may enter the sample; undefined where any may. */
  gateFor({ leverage }: Filter): SampleGate | undefined {
    return this.#reservoir?.gateFor(leverage.weights);
  }

  /** Whether `more` further candidates have them all scored, which takes its time. */
  willPrune(more: number): boolean {
    return this.#candidates.size + more > this.#counts.pruneAt;
  }

  /** A place for a block, for callers that fill blocks themselves and hand them to {@link take}. */
  newSlot(): BlockSlot {
    const { d, blockRows, lewis } = this.#shape;
    return new BlockSlot(this.#options.kernels, d, blockRows, lewis !== undefined, !this.#sumsItself);
  }

  /**
   * Has this many threads, the caller's included, share the algebra of a wide K from now on; the result does not depend on it.
   * @returns whether blocks are still to be screened by others
   */
  employ(threads: number): boolean {
    this.#algebra?.employ(threads);
    return !this.#sumsItself;
  }

  /**
   * Takes in the next rows, in any blocks. Not to be mixed with {@link take}.
   * @throws LevattnError where a row holds NaN or an infinity and they are not to be skipped, or where the Gram route
   *   cannot resolve K
   */
  add(block: RowBlock): void {
    const { d } = this;
    if (block.d !== d) throw new RangeError(`a block of ${block.d} columns in a sketch of ${d}`);
    checkBlock(block);
    if (block.start !== this.rows) throw new RangeError(`a block at row ${block.start} where ${this.rows} is next`);
    if (block.mask) this.#masks.note(block.start - this.#counts.before, block.mask.slice(0, block.rows));
    this.#slot ??= this.newSlot();
    const slot = this.#slot;
    for (let done = 0; done < block.rows; ) {
      done += putRows(block, done, slot);
      if (slot.room === 0) this.take(slot);
    }
  }

  /**
   * Takes in a whole block, and clears its slot: every block but the last must be full.
   *
   * @param screened - what a `Screen` found in the block with an earlier {@link filter}, its sums being in the slot;
   *   undefined: the block is taken in as it is
   * @throws LevattnError as {@link add} does
   */
  take(slot: BlockSlot, screened?: Screened): void {
    const intake = this.#intake;
    const counts = this.#counts;
    const start = counts.next;
    if (counts.n === counts.before) intake.fingerprintFirst(slot);
    if (!screened?.finite) intake.clear(slot, counts.n - counts.before);
    const changes = intake.updateScale(slot, () => this.#columnSquares());
    if (changes) rescaleParts(this.#parts, changes);
    const usable = screened?.finite && intake.isIdentity;
    const survivors = usable
      ? this.#sums.merge(slot, start, screened)
      : this.#sums.absorb(intake.scaled(slot.values, slot.rows), start, slot.rows);
    const marks = this.#certification?.take(
      slot,
      survivors.rows,
      () => intake.scaled(slot.values, slot.rows),
      usable ? screened : undefined,
    );
    this.#candidates.add(start, slot, survivors.rows, marks);
    this.#outsideBound?.note(survivors.dropped);
    const block = { start, rows: slot.rows, values: slot.values };
    this.#reservoir?.take(block, this.#candidates.index, survivors.rows, {
      moderate: intake.isIdentity,
      offered: usable ? screened.offered : undefined,
    });
    counts.scored += survivors.scored;
    counts.kept += survivors.rows.length;
    counts.n += slot.rows;
    counts.next += slot.rows;
    slot.clear();
    if (this.#candidates.size > counts.pruneAt) this.#prune(1);
    if (counts.n >= counts.decayAt) this.#lowerOutsideBound();
  }

  /** What it is made of; only between whole blocks, before the pass has ended. The arrays are copies. */
  save(): State {
    return { ...saveParts(this.#parts), masks: this.#masks.save(this.#input) };
  }

  /**
   * Takes in all that another sketch knows, of other rows; that one must not be used again. U of the union is that of one pass over
   * all rows where f is x^2, and else every row that bounds of as much rigour do not rule out.
   *
   * @param other - set up in the same way
   * @throws LevattnError where the samples of both were drawn in different ways, or more keys than there is memory for cannot be
   *   ruled out
   */
  unite(other: LeverageSketch): void {
    this.#lowerOutsideBound();
    other.#lowerOutsideBound();
    this.#masks.endInput(this.#input);
    other.#masks.endInput(other.#input);
    this.#masks.unite(other.#masks);
    uniteParts(this.#parts, other.#parts);
    if (this.#candidates.size > this.#counts.pruneAt) this.#prune(1);
  }

  /**
   * Puts the columns of all rows so far in another order; only before it is united with another sketch.
   * @param order - column `order[j]` comes to place j
   */
  reorder(order: ColumnOrder): void {
    reorderParts(this.#parts, order);
  }

  /** Gives the rows other indices, in the same order; where nothing depends on them. */
  renumber(indexOf: (index: number) => number, next: number): void {
    this.#candidates.renumber(indexOf);
    this.#masks.endInput(this.#input);
    this.#masks.renumber(indexOf);
    this.#counts.next = next;
  }

  /** Ends the input, and drops what can be ruled out by now. */
  settle(): void {
    this.endInput();
    this.#prune(1);
  }

  /** Takes in the rows of the last block, which need not be full: nothing more comes, for now. */
  endInput(): void {
    if (this.#slot && this.#slot.rows > 0) this.take(this.#slot);
    this.#lowerOutsideBound();
    this.#reservoir?.end(this.#candidates.index);
  }

  /** Whether there is something to gain by a second pass: not where one says all, which is for x^2 with room for every key. */
  get gainsByReadingAgain(): boolean {
    return this.#certification !== undefined || this.#retention !== undefined;
  }

  /**
   * Ends the first pass and begins a second one: from now on {@link takeAgain} gets the rows of K once more. It lets bounds
   * be tighter where f is not x^2, and the best keys be certain where it is.
   */
  beginAgain(): void {
    this.#endFirst();
    if (!this.#certification) {
      const whitening = this.#accumulator.whitening();
      this.#candidates.retain(() => false);
      this.#retention = retentionFor(this.#options);
      this.#topBound = new OutsideBound(this.#options.kernels);
      this.#best = new TopPass(whitening, this.#candidates, this.#options.kernels);
      return;
    }
    const { whitening } = this.#prune(LAST_ROUNDS);
    const { kernels } = this.#options;
    this.#second = new SecondPass(whitening, this.#certification, this.#candidates, this.#shape, kernels);
  }

  /** Takes in a block of the second pass, and clears its slot: the rows of the first, in the same order. */
  takeAgain(slot: BlockSlot): void {
    this.#intake.clear(slot, this.#readAgain);
    const { values, rows } = slot;
    const scaled = this.#intake.scaled(values, rows);
    const start = this.#counts.next - this.#counts.n + this.#readAgain;
    this.#second?.take(scaled, start, rows);
    if (this.#best) {
      const least = Math.max(this.#options.eps, this.#retention!.floor);
      this.#topBound!.note(this.#best.take(slot, scaled, start, rows, least));
      if (this.#candidates.size > this.#counts.pruneAt) this.#prune(1);
    }
    this.#readAgain += slot.rows;
    slot.clear();
  }

  /**
   * Ends the pass: the universal set with exact scores, or with certified upper bounds where rows were sampled or f is not
   * x^2. Callers that hand over whole blocks ({@link take}) may go on with more, and ask again.
   */
  finish(): UniversalSet {
    this.#second?.finish();
    if (!this.#second && !this.#best) this.#endFirst();
    const { whitening, scores } = this.#prune(LAST_ROUNDS, this.#retention?.top);
    return makeSet(this.#parts, this.#options, this.#certificate, { whitening, scores }, this.masks);
  }

  #endFirst(): void {
    this.endInput();
    // Of very many most fall at once; the others are worth more work.
    if (this.#certification && this.#candidates.size * this.d > MANY_NUMBERS) this.#prune(1);
  }

  /** All rows so far: while nothing has asked for a whitening, every one of them is a candidate. */
  #recall(take: (a: Values, rows: number) => void): void {
    const { d, blockRows } = this.#shape;
    const { size, keys } = this.#candidates;
    for (let from = 0; from < size; from += blockRows) {
      const rows = Math.min(blockRows, size - from);
      take(this.#intake.scaled(keys.subarray(from * d), rows), rows);
    }
  }

  /** Squared norms of the columns so far, scaled. */
  #columnSquares(): Float64Array | undefined {
    return this.#counts.n === 0 ? undefined : columnSquares(this.#accumulator.root(), this.d, this.d);
  }

  get #input(): InputRows {
    return { start: this.nextIndex - this.inputRows - (this.#slot?.rows ?? 0), rows: this.inputRows };
  }

  get #parts(): SketchParts {
    return {
      counts: this.#counts,
      accumulator: this.#accumulator,
      sums: this.#sums,
      candidates: this.#candidates,
      intake: this.#intake,
      certification: this.#certification,
      reservoir: this.#reservoir,
      retention: this.#retention,
      outsideBound: this.#topBound,
    };
  }

  /** T, where it is of use. */
  get #outsideBound(): OutsideBound | undefined {
    return outsideBoundOf(this.#parts);
  }

  /** T falls with every doubling of the rows. */
  #lowerOutsideBound(): void {
    this.#counts.decayAt = 2 * this.#counts.n;
    const bound = this.#outsideBound;
    if (bound && bound.value > 0) bound.decay(this.#accumulator.root(), this.#accumulator.whitening());
  }

  #prune(rounds: number, most?: number): Pruned {
    return this.#pruner.prune(this.#parts, rounds, most);
  }
}

/**
 * The leverage sketch: reads the rows of K once, in any blocks, and ends with the universal set.
 *
 * Its life: {@link LeverageSketch.add} or {@link LeverageSketch.ingest} takes blocks (`first-pass.ts`); a second pass over the same
 * rows is optional (`second-pass.ts`); {@link LeverageSketch.finish} scores the candidates, exactly for f(x) = x^2 and by certified
 * bounds for other functions, and makes the set (`make-set.ts`). What it consists of is in `parts.ts`. Memory is d^2 + d^2 / eps
 * numbers for x^2, whatever n is, and bounded for all.
 *
 * Rows are regrouped into blocks of a size that depends on d alone, so the result does not depend on how they came.
 *
 * Invariant: a row outside the candidates has a sensitivity below eps, rounding included.
 */

import type { ColumnOrder } from '../linear/reorder.js';
import type { ColumnNames } from '../rows/column-names.js';
import type { MaskedRows } from '../rows/masked-rows.js';
import { checkBlock, type Dtype, type RowBlock } from '../rows/row-block.js';
import { putRows } from '../rows/row-stream.js';
import { LAST_ROUNDS } from './candidates/pruner.js';
import { ingestBlock, lowerOutsideBound } from './first-pass.js';
import { makeSet } from './make-set.js';
import { type InputRows, type MaskOf, MaskRecords } from './mask-records.js';
import { newSketch, type SketchBase } from './new-sketch.js';
import { mergeParts, reorderParts, restoreParts, type SketchParts, saveParts } from './parts.js';
import { certainRows } from './sample/certain-rows.js';
import type { SampleGate } from './sample/sample-filter.js';
import { BlockSlot } from './screen/block-slot.js';
import type { Filter } from './screen/filter.js';
import { FilterSource } from './screen/filter-source.js';
import type { Screened } from './screen/screen.js';
import { beginSecondPass, type SecondPass } from './second-pass.js';
import type { SketchOptions, StageCounts } from './sketch-options.js';
import type { State } from './state.js';
import type { StateReader } from './state-reader.js';
import type { UniversalSet } from './universal-set.js';

/** Keys of this many numbers are pruned before weights are worked out more than once. */
const MANY_NUMBERS = 2 ** 20;

/** What has been read of one K, or of parts of it. */
export class LeverageSketch {
  readonly #base: SketchBase;
  readonly #parts: SketchParts;
  readonly #filters: FilterSource;
  readonly #masks = new MaskRecords();
  /** The block that {@link add} fills. */
  #slot: BlockSlot | undefined;
  #second: SecondPass | undefined;
  /** Rows of the second pass so far. */
  #readAgain = 0;

  /** @param start - global index of the first row, a whole number */
  constructor(options: SketchOptions, start = 0) {
    this.#base = newSketch(options, start);
    this.#parts = this.#base.parts;
    this.#filters = new FilterSource(this.#base);
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
    return this.#base.options.columns;
  }

  /** Columns of K. */
  get d(): number {
    return this.#base.shape.d;
  }

  /** Rows taken so far, those skipped included. */
  get rows(): number {
    return this.#parts.counts.n + this.#waiting;
  }

  /** Global index of the next row. */
  get nextIndex(): number {
    return this.#parts.counts.next + this.#waiting;
  }

  /** Rows taken in of the input at hand. */
  get inputRows(): number {
    const { n, before } = this.#parts.counts;
    return n - before;
  }

  /** What is remembered of the masks that rows were read with. */
  get masks(): readonly MaskedRows[] {
    return this.#masks.of(this.#input);
  }

  /** Tells one K from another. */
  get fingerprint(): string {
    return this.#parts.intake.fingerprint;
  }

  /** The element type that holds all rows so far without loss. */
  get dtype(): Dtype {
    return this.#parts.intake.dtype;
  }

  /** Rows left out because they hold NaN or infinities. */
  get skipped(): number {
    return this.#parts.intake.skipped;
  }

  /** Bound on the relative error of any leverage score, as of the last factor; to look at it changes nothing. */
  get delta(): number {
    return this.#parts.accumulator.delta;
  }

  /** Candidates held at the moment. */
  get candidates(): number {
    return this.#parts.candidates.size;
  }

  /** How many rows got how far. */
  get counts(): StageCounts {
    const { n, scored, kept } = this.#parts.counts;
    return { rows: n, scored, kept };
  }

  /** What blocks to come can be screened with, on any thread; undefined while they must be taken in as they are. */
  get filter(): Filter | undefined {
    return this.#filters.current;
  }

  /** What tells, by the norms that a filter knows, which rows may enter the sample; undefined where any may. */
  gateFor({ leverage }: Filter): SampleGate | undefined {
    return this.#parts.reservoir?.gateFor(leverage.weights);
  }

  /** Whether `more` further candidates have them all scored, which takes its time. */
  willPrune(more: number): boolean {
    return this.candidates + more > this.#parts.counts.pruneAt;
  }

  /** A place for a block, for callers that fill blocks themselves and hand them to {@link ingest}. */
  newSlot(): BlockSlot {
    const { options, shape, sumsItself } = this.#base;
    return new BlockSlot(options.kernels, shape.d, shape.blockRows, shape.lewis !== undefined, !sumsItself);
  }

  /** Whether blocks to come may be screened before it is their turn; else only the next one need be read ahead. */
  get isScreenedAhead(): boolean {
    return !this.#base.sumsItself;
  }

  /**
   * Has this number of threads, this one included, share the algebra of a wide K from now on; the result does not depend on it.
   * @returns whether blocks are still to be screened by others
   */
  employ(threads: number): boolean {
    const { algebra, sumsItself } = this.#base;
    algebra?.employ(threads);
    // They get ready while the first rows are read.
    if (sumsItself) algebra?.start();
    return !sumsItself;
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
    const { counts, intake } = this.#parts;
    this.#masks.endInput(this.#input);
    counts.before = counts.n;
    intake.beginInput();
  }

  /**
   * Takes in the next rows, in any blocks. Not to be mixed with {@link ingest}.
   * @throws LevattnError where a row holds NaN or an infinity and they are not to be skipped, or where the Gram route
   *   cannot resolve K
   */
  add(block: RowBlock): void {
    const { d } = this;
    if (block.d !== d) throw new RangeError(`a block of ${block.d} columns in a sketch of ${d}`);
    checkBlock(block);
    if (block.start !== this.rows) throw new RangeError(`a block at row ${block.start} where ${this.rows} is next`);
    const { before } = this.#parts.counts;
    if (block.mask) this.#masks.note(block.start - before, block.mask.slice(0, block.rows));
    this.#slot ??= this.newSlot();
    const slot = this.#slot;
    for (let done = 0; done < block.rows; ) {
      done += putRows(block, done, slot);
      if (slot.room === 0) this.ingest(slot);
    }
  }

  /**
   * Takes in a whole block, and clears its slot: every block but the last must be full.
   *
   * @param screened - what a `Screen` found in the block with an earlier {@link filter}, its sums being in the slot;
   *   undefined: the block is taken in as it is
   * @throws LevattnError as {@link add} does
   */
  ingest(slot: BlockSlot, screened?: Screened): void {
    ingestBlock(this.#base, slot, screened);
  }

  /** Takes in the rows of the last block, which need not be full: nothing more comes, for now. */
  endInput(): void {
    const { reservoir, candidates } = this.#parts;
    if (this.#slot && this.#slot.rows > 0) this.ingest(this.#slot);
    lowerOutsideBound(this.#base);
    reservoir?.end(candidates.index);
  }

  /** Ends the input, and removes the candidates that can be ruled out by now. */
  prune(): void {
    this.endInput();
    this.#base.pruner.prune(this.#parts, 1);
  }

  /** Whether a second pass gains anything: not for x^2 with room for every key, where one pass is exact. */
  get gainsBySecondPass(): boolean {
    const { certification, retention } = this.#parts;
    return certification !== undefined || retention !== undefined;
  }

  /**
   * Ends the first pass and begins a second one: from now on {@link ingestAgain} gets the rows of K once more. It lets bounds
   * be tighter where f is not x^2, and the best keys be certain where it is. Of merged sketches, the indices of their rows must follow one
   * another without a gap, and the rows come in that order.
   */
  beginSecondPass(): void {
    this.#endFirst();
    this.#second = beginSecondPass(this.#base);
  }

  /** Takes in a block of the second pass, and clears its slot: the rows of the first, in the same order. */
  ingestAgain(slot: BlockSlot): void {
    const { intake, counts } = this.#parts;
    intake.clear(slot, this.#readAgain);
    this.#second!.ingest(slot, intake.scaled(slot.values, slot.rows), counts.next - counts.n + this.#readAgain);
    this.#readAgain += slot.rows;
    slot.clear();
  }

  /**
   * Ends the pass: the universal set with exact scores, or with certified upper bounds where rows were sampled or f is not
   * x^2. Callers that hand over whole blocks ({@link ingest}) may go on with more, and ask again.
   */
  finish(): UniversalSet {
    const { options, certificate, pruner } = this.#base;
    if (this.#second) this.#second.finish();
    else this.#endFirst();
    let pruned = pruner.prune(this.#parts, LAST_ROUNDS, this.#parts.retention?.top);
    if (options.coresetSize !== undefined) {
      pruned = pruner.prune(this.#parts, 1, certainRows(pruned.scores, pruned.whitening.rank, options.coresetSize));
    }
    return makeSet(this.#parts, options, certificate, pruned, this.masks);
  }

  /** Lets go of files that keys are still in, of a sketch that is given up. */
  release(): void {
    this.#parts.candidates.release();
  }

  /** What it is made of; only between whole blocks, before the pass has ended. The arrays are copies. */
  save(): State {
    return { ...saveParts(this.#parts), masks: this.#masks.save(this.#input) };
  }

  /**
   * Takes in all that another sketch knows, of other rows; that one must not be used again. U of both is that of one pass over
   * all rows where f is x^2, and else every row that bounds of as much rigour do not rule out.
   *
   * @param other - set up in the same way
   * @throws LevattnError where the samples of both were drawn in different ways, or more keys than there is memory for cannot be
   *   ruled out
   */
  merge(other: LeverageSketch): void {
    lowerOutsideBound(this.#base);
    lowerOutsideBound(other.#base);
    this.#masks.endInput(this.#input);
    other.#masks.endInput(other.#input);
    this.#masks.merge(other.#masks);
    mergeParts(this.#parts, other.#parts);
    if (this.willPrune(0)) this.#base.pruner.prune(this.#parts, 1);
  }

  /** Rows sampled outside U, where parts with pilots that differed have left fewer than were asked for; else undefined. */
  get sampledRowsLeft(): number | undefined {
    return this.#parts.reservoir?.rowsLeft;
  }

  /**
   * Puts the columns of all rows so far in another order; only before it is merged with another sketch.
   * @param order - column `order[j]` comes to place j
   */
  reorder(order: ColumnOrder): void {
    reorderParts(this.#parts, order);
  }

  /** Gives the rows other indices, in the same order; where nothing depends on them. */
  renumber(indexOf: (index: number) => number, next: number): void {
    const { candidates, counts, reservoir } = this.#parts;
    candidates.renumber(indexOf);
    reservoir?.renumber(indexOf);
    this.#masks.endInput(this.#input);
    this.#masks.renumber(indexOf);
    counts.next = next;
  }

  /** @deprecated Until 0.1 the name of {@link ingest}. */
  take(slot: BlockSlot, screened?: Screened): void {
    this.ingest(slot, screened);
  }

  /** @deprecated Until 0.1 the name of {@link merge}. */
  unite(other: LeverageSketch): void {
    this.merge(other);
  }

  /** @deprecated Until 0.1 the name of {@link prune}. */
  settle(): void {
    this.prune();
  }

  /** @deprecated Until 0.1 the name of {@link gainsBySecondPass}. */
  get gainsByReadingAgain(): boolean {
    return this.gainsBySecondPass;
  }

  /** @deprecated Until 0.1 the name of {@link beginSecondPass}. */
  beginAgain(): void {
    this.beginSecondPass();
  }

  /** @deprecated Until 0.1 the name of {@link ingestAgain}. */
  takeAgain(slot: BlockSlot): void {
    this.ingestAgain(slot);
  }

  #endFirst(): void {
    this.endInput();
    const { certification, candidates } = this.#parts;
    // Of very many most fall at once; the others are worth more work.
    if (certification && candidates.size * this.d > MANY_NUMBERS) this.#base.pruner.prune(this.#parts, 1);
  }

  /** Rows that {@link add} has put into the slot. */
  get #waiting(): number {
    return this.#slot?.rows ?? 0;
  }

  get #input(): InputRows {
    return { start: this.nextIndex - this.inputRows - this.#waiting, rows: this.inputRows };
  }
}

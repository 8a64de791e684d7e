/**
 * Bounds of the candidates' sensitivities where f is not x^2, and what is remembered of the rows that they rule out.
 *
 * Every bound holds for ever, as rows to come only lower sensitivities: a candidate carries the smallest it ever had.
 */

import type { Kernels } from '../../kernels/kernels.js';
import type { ColumnOrder } from '../../linear/reorder.js';
import type { Values } from '../../rows/row-block.js';
import type { Candidates, Marks } from '../candidates/candidates.js';
import { Scratch } from '../scratch.js';
import type { SketchShape } from '../screen/block.js';
import type { BlockSlot } from '../screen/block-slot.js';
import { numbersAt } from '../screen/positions.js';
import type { Screened } from '../screen/screen.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { Certificate } from './certificate-choice.js';
import { lower, lowerByLeverage } from './leverage-bounds.js';
import { LewisAccumulator } from './lewis/accumulator.js';
import { OutsideBound } from './outside-bound.js';
import { TensorAccumulator } from './tensor.js';

/** What bounds the candidates at some point of the pass. */
export interface CertifyOptions {
  /** Upper bounds of their leverage scores, 0 … 1. */
  readonly leverage: Float64Array;
  /** Some of their keys, scaled: `rows` from candidate `from` on. */
  readonly keys: (from: number, rows: number) => Values;
  /** Rows of K so far. */
  readonly n: number;
  /** How often weights are worked out again, >= 1. */
  readonly rounds: number;
  /** Whether bounds may be a little larger than they must, in less time. */
  readonly roughly: boolean;
}

/** Bounds candidates; owns the Lewis sums. */
export class Certification {
  #lewis: LewisAccumulator | undefined;
  readonly tensor: TensorAccumulator | undefined;
  /** T. */
  readonly outsideBound: OutsideBound;
  readonly #certificate: Certificate;
  readonly #blockRows: number;
  readonly #squares: Scratch;
  /** The largest bound of the |x|^b sensitivity of a row that was ruled out as a candidate. */
  #largestPower = 0;

  constructor(certificate: Certificate, shape: SketchShape, kernels: Kernels) {
    this.#certificate = certificate;
    this.#blockRows = shape.blockRows;
    this.#squares = new Scratch(kernels);
    this.#lewis = certificate.lewis && new LewisAccumulator(shape, certificate.lewis, kernels);
    this.tensor = certificate.tensor ? new TensorAccumulator(shape.d, certificate.powerFloor, kernels) : undefined;
    this.outsideBound = new OutsideBound(kernels);
  }

  /** Where Lewis weights are summed. */
  get lewis(): LewisAccumulator | undefined {
    return this.#lewis;
  }

  /** Goes on with sums of a second pass, and T as it found it. */
  startOver(lewis: LewisAccumulator | undefined, dropped: number): void {
    this.#lewis = lewis;
    this.outsideBound.restart(dropped);
  }

  /** Every key whose |x|^b sensitivity is at least this is a candidate, if those of late were ruled out by their bounds alone. */
  get floor(): number {
    const { powerFloor } = this.#certificate;
    return this.#largestPower < powerFloor ? powerFloor : Math.min(1, this.#largestPower * (1 + 1e-12));
  }

  /**
   * Takes in a block.
   *
   * @param rows - its rows, scaled
   * @param screened - what a {@link Screen} found in the block, where its weights are used
   * @param survivors - positions in the block of the rows that become candidates
   * @returns what is known of them
   */
  ingest(
    slot: BlockSlot,
    survivors: Int32Array,
    rows: () => Values,
    screened: Screened | undefined,
  ): Marks | undefined {
    this.tensor?.absorb(rows(), slot.rows);
    const lewis = this.#lewis;
    if (!lewis) return undefined;
    const found = screened?.lewis;
    if (found && lewis.addScreened(slot.weighted, slot.rows, found.sums)) return found;
    const weights = lewis.absorb(rows(), slot.rows);
    return { weights: numbersAt(weights, survivors), bounds: found?.bounds };
  }

  /** Lowers the candidates' bounds to what is known now. */
  certify(candidates: Candidates, options: CertifyOptions): void {
    const { growth, leverage } = this.#certificate;
    const { power, bound, size } = candidates;
    if (leverage) {
      lowerByLeverage({ power, f: bound }, options.leverage, this.outsideBound.value, options.n, growth);
    }
    if (this.lewis) {
      for (let round = 0; round < options.rounds; round++) this.#weigh(this.lewis, candidates, options);
    }
    if (this.tensor) lower(power, this.#tensorBounds(this.tensor, size, options));
    lowerByPower(bound, power, growth.a / growth.b);
  }

  /** Remembers a row that is ruled out by its bound. */
  ruleOut(leverage: number, power: number): void {
    this.outsideBound.note(leverage);
    this.#largestPower = Math.max(this.#largestPower, power);
  }

  /** Multiplies the columns taken in so far by `changes`, as the column scales have grown. */
  rescale(changes: Float64Array): void {
    this.lewis?.rescale(changes);
    this.tensor?.rescale(changes);
    this.outsideBound.rescale(changes);
  }

  /** Puts the columns taken in so far in another order. */
  reorder(order: ColumnOrder): void {
    this.lewis?.reorder(order);
    this.tensor?.reorder(order);
    this.outsideBound.reorder(order);
  }

  /** What it is made of. */
  save(): State {
    return {
      lewis: this.lewis?.save(),
      tensor: this.tensor?.save(),
      dropped: this.outsideBound.save(),
      largestPower: this.#largestPower,
    };
  }

  /** Goes on from what another has saved; this one is fresh. */
  restore(state: StateReader, d: number): void {
    this.lewis?.restore(state.part('lewis'));
    this.tensor?.restore(state.part('tensor'));
    this.outsideBound.restore(state.part('dropped'), d);
    this.#largestPower = state.number('largestPower');
  }

  /** Takes in the sums of another, in the same scales, and what it knows of rows that it ruled out, but for T. */
  merge(other: Certification): void {
    if (other.lewis) this.lewis?.merge(other.lewis);
    if (other.tensor) this.tensor?.merge(other.tensor);
    this.#largestPower = Math.max(this.#largestPower, other.#largestPower);
  }

  /** Bounds by Lewis weights; then weighs again, for those to come. */
  #weigh(lewis: LewisAccumulator, candidates: Candidates, { keys, roughly }: CertifyOptions): void {
    const { power, weight, size } = candidates;
    const squares = this.#squares.take(size + this.#blockRows + 4);
    for (const [from, rows] of this.#chunks(size)) {
      lewis.score(keys(from, rows), rows, weight.subarray(from, from + rows), squares.subarray(from), roughly);
    }
    lewis.lowerBounds(squares, power);
    for (const [from, rows] of this.#chunks(size)) {
      lewis.reweigh(keys(from, rows), rows, weight.subarray(from, from + rows), squares.subarray(from));
    }
  }

  #tensorBounds(tensor: TensorAccumulator, size: number, { keys }: CertifyOptions): Float64Array {
    const bounds = new Float64Array(size);
    for (const [from, rows] of this.#chunks(size)) tensor.bound(keys(from, rows), rows, bounds.subarray(from));
    return bounds;
  }

  *#chunks(size: number): Generator<[from: number, rows: number]> {
    for (let from = 0; from < size; from += this.#blockRows) yield [from, Math.min(this.#blockRows, size - from)];
  }
}

/** Lowers bounds to others to some power. */
function lowerByPower(bounds: Float64Array, others: Float64Array, exponent: number): void {
  for (let i = 0; i < bounds.length; i++) {
    bounds[i] = Math.min(bounds[i], exponent === 1 ? others[i] : others[i] ** exponent);
  }
}

/**
 * Checkpoints of a command that takes one matrix in, or several one after another: all sketches as they are between two blocks, in a
 * file that is whole at any moment.
 */

import { comparePlaces } from '../rows/heads/head-index.js';
import type { Placed } from '../rows/heads/placed.js';
import type { LeverageSketch } from '../sketch/leverage-sketch.js';
import type { Filter } from '../sketch/screen/filter.js';
import { writeSketch } from './content.js';
import { joinSketches, type PlacedSketch, type Sketches } from './several.js';
import { contentOf, keptContentOf, type SketchToStore } from './stored-sketch.js';

/** How often checkpoints are written: after a number of bytes of rows, or of seconds. */
export type Every = { readonly bytes: number } | { readonly seconds: number };

/** What stays the same for all checkpoints of a pass. */
export type CheckpointFacts = Pick<SketchToStore, 'setup' | 'f'> & {
  readonly coverageOf: (sketch: LeverageSketch) => SketchToStore['coverage'];
};

/** A pass that checkpoints are written of. */
interface WatchedPass {
  readonly placed: Placed;
  readonly sketch: LeverageSketch;
  readonly facts: CheckpointFacts;
  /** What the blocks on their way are screened with. */
  filters: readonly (Filter | undefined)[];
  /** Rows when a block was last looked at. */
  rows: number;
}

/** Writes checkpoints of passes over the matrices of a command. */
export class Checkpointer {
  readonly #path: string;
  readonly #every: Every;
  readonly #shape: Sketches['shape'];
  /** Sketches of places that are no longer, or not yet again, being worked on. */
  #kept: PlacedSketch[];
  readonly #passes = new Set<WatchedPass>();
  #writing = false;
  /** Since the last checkpoint: bytes of rows, and when it was. */
  #bytes = 0;
  #time = performance.now();

  /**
   * @param shape - of all places there may be; without axes: of a single matrix
   * @param kept - what an earlier checkpoint holds, which stays in those to come until its place is begun
   */
  constructor(path: string, every: Every, shape: Sketches['shape'], kept: readonly PlacedSketch[] = []) {
    this.#path = path;
    this.#every = every;
    this.#shape = shape;
    this.#kept = [...kept];
  }

  /**
   * Watches a pass over the matrix of a place.
   * @param filters - what its first blocks are screened with, where it goes on from another
   */
  begin(
    placed: Placed,
    sketch: LeverageSketch,
    facts: CheckpointFacts,
    filters: WatchedPass['filters'] = [],
  ): PassWatch {
    const pass: WatchedPass = { placed, sketch, facts, filters, rows: sketch.rows };
    this.#passes.add(pass);
    this.#kept = this.#kept.filter((other) => comparePlaces(other.place, placed.place) !== 0);
    return {
      afterBlock: (next) => this.#afterBlock(pass, next),
      end: () => {
        this.#passes.delete(pass);
        // Of a single matrix nothing is done after its pass that a checkpoint would save; others still follow here.
        if (this.#shape.axes.length === 0) return;
        // Candidates that can be ruled out are not kept for as long as others take; whose bounds depend on how many there are stay.
        if (!sketch.gainsBySecondPass) sketch.prune();
        this.#kept.push(snapshotOf({ ...pass, filters: [] }, keptContentOf));
      },
    };
  }

  /** Writes a checkpoint of all as it is; nothing where no row has been taken in. */
  async write(): Promise<void> {
    const begun = [...this.#passes]
      .filter(({ sketch }) => sketch.inputRows > 0)
      .map((pass) => snapshotOf(pass, contentOf));
    const sketches = [...this.#kept, ...begun].sort((one, other) => comparePlaces(one.place, other.place));
    if (sketches.length === 0) return;
    this.#writing = true;
    try {
      await writeSketch(this.#path, joinSketches({ shape: this.#shape, sketches }));
    } finally {
      this.#writing = false;
    }
    this.#bytes = 0;
    this.#time = performance.now();
  }

  /** Writes a checkpoint where it is time, and no other pass has it written right now. */
  async #afterBlock(pass: WatchedPass, filters: WatchedPass['filters']): Promise<void> {
    const { rows, d, dtype } = pass.sketch;
    this.#bytes += (rows - pass.rows) * d * (dtype === 'float32' ? 4 : 8);
    pass.rows = rows;
    pass.filters = filters;
    if (!this.#writing && this.#isDue()) await this.write();
  }

  #isDue(): boolean {
    if ('seconds' in this.#every) return performance.now() - this.#time >= 1000 * this.#every.seconds;
    return this.#bytes >= this.#every.bytes;
  }
}

/** Tells of a pass that is watched. */
export interface PassWatch {
  /** To be called after every block; writes a checkpoint where it is time. */
  afterBlock(filters: readonly (Filter | undefined)[]): Promise<void>;
  /** The pass is over: its sketch may change in other ways. */
  end(): void;
}

/** The sketch of a pass as it is: rows that it takes in from now on do not change it. */
function snapshotOf({ placed, sketch, facts, filters }: WatchedPass, contentOfIt: typeof contentOf): PlacedSketch {
  const { setup, f, coverageOf } = facts;
  return { ...placed, content: contentOfIt('checkpoint', { setup, f, sketch, coverage: coverageOf(sketch), filters }) };
}

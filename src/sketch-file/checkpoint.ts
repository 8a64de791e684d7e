/** Checkpoints of a pass: the sketch as it is between two blocks, in a file that is whole at any moment. */

import type { LeverageSketch } from '../sketch/leverage-sketch.js';
import type { Filter } from '../sketch/screen/filter.js';
import { type SketchToStore, storeSketch } from './stored-sketch.js';

/** How often checkpoints are written: after a number of bytes of rows, or of seconds. */
export type Every = { readonly bytes: number } | { readonly seconds: number };

/** What stays the same for all checkpoints of a pass. */
export type CheckpointFacts = Pick<SketchToStore, 'setup' | 'f'> & {
  readonly coverageOf: (sketch: LeverageSketch) => SketchToStore['coverage'];
};

/** Writes checkpoints of one pass. */
export class Checkpointer {
  readonly #path: string;
  readonly #every: Every;
  #sketch: LeverageSketch | undefined;
  #facts: CheckpointFacts | undefined;
  #filters: readonly (Filter | undefined)[] = [];
  #lastRows = 0;
  #lastTime = performance.now();

  constructor(path: string, every: Every) {
    this.#path = path;
    this.#every = every;
  }

  /**
   * Watches a pass.
   * @param filters - what its first blocks are screened with, where it goes on from another
   */
  begin(sketch: LeverageSketch, facts: CheckpointFacts, filters: readonly (Filter | undefined)[] = []): void {
    this.#sketch = sketch;
    this.#facts = facts;
    this.#filters = filters;
    this.#lastRows = sketch.rows;
    this.#lastTime = performance.now();
  }

  /** To be called after every block; writes a checkpoint where it is time. */
  async afterBlock(filters: readonly (Filter | undefined)[]): Promise<void> {
    this.#filters = filters;
    if (this.#isDue()) await this.write();
  }

  /** Writes a checkpoint of the pass as it is; nothing before it has begun, or where no row has been taken in. */
  async write(): Promise<void> {
    const sketch = this.#sketch;
    const facts = this.#facts;
    if (!sketch || !facts || sketch.inputRows === 0) return;
    const { setup, f, coverageOf } = facts;
    const filters = this.#filters;
    await storeSketch(this.#path, 'checkpoint', { setup, f, sketch, coverage: coverageOf(sketch), filters });
    this.#lastRows = sketch.rows;
    this.#lastTime = performance.now();
  }

  /** The pass is over, and no checkpoint is to be written of it any more. */
  end(): void {
    this.#sketch = undefined;
  }

  #isDue(): boolean {
    if ('seconds' in this.#every) return performance.now() - this.#lastTime >= 1000 * this.#every.seconds;
    const { rows, d, dtype } = this.#sketch!;
    return (rows - this.#lastRows) * d * (dtype === 'float32' ? 4 : 8) >= this.#every.bytes;
  }
}

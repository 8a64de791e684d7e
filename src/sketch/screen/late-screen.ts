/**
 * Screens blocks whose rows may still be in their files. They are read part by part, each just before it is summed, while it is in the
 * processor's cache.
 *
 * Of most blocks nobody looks at a row after that. So rows are read to a place of this thread's own, which stays in its cache, and come to the
 * slot only if somebody will look at them.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { type LateRead, LateReader } from '../../rows/late-reads.js';
import type { SketchShape } from './block.js';
import type { Filter } from './filter.js';
import { Screen, type Screened, type ScreenTask } from './screen.js';

/** What was found of a block, and whether its rows are in their slot. */
export interface LateScreened {
  readonly screened: Screened;
  /** False where they are still in their file alone. */
  readonly stored: boolean;
}

/** Screens blocks on one thread. */
export class LateScreen {
  readonly #kernels: Kernels;
  readonly #shape: SketchShape;
  readonly #screen: Screen;
  #own: Float32Array | undefined;

  constructor(kernels: Kernels, shape: SketchShape) {
    this.#kernels = kernels;
    this.#shape = shape;
    this.#screen = new Screen(kernels, shape);
  }

  /**
   * @param task - its values are the slot's
   * @param late - what of them is to be read
   * @throws LateReadError where it cannot be read
   */
  run(filter: Filter, task: ScreenTask, late: readonly LateRead[]): LateScreened {
    if (late.length === 0) return { screened: this.#screen.run(filter, task), stored: true };
    const { d, blockRows } = this.#shape;
    const { rows, values: slot } = task;
    const size = rows * d;
    const away = slot instanceof Float32Array && late.length === 1 && late[0].byteLength === 4 * size;
    if (away) this.#own ??= this.#kernels.allocate('float32', blockRows * d);
    const values = away ? this.#own! : slot;
    const reads = away ? [{ ...late[0], byteOffset: values.byteOffset }] : late;
    const reader = new LateReader(values.buffer, reads);
    const arrive = (count: number): void => reader.upTo(values.byteOffset + count * d * values.BYTES_PER_ELEMENT);
    const screened = this.#screen.run(filter, { ...task, values, arrive });
    const looked = !screened.finite || screened.rows.length > 0 || (screened.offered?.length ?? 0) > 0;
    if (away && looked) slot.set(values.subarray(0, size));
    return { screened, stored: !away || looked };
  }
}

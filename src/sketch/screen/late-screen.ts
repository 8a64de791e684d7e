/**
 * Screens blocks whose rows may still be in their files. They are read part by part, each just before it is summed, while it is in the
 * processor's cache.
 *
 * Of most blocks nobody looks at more than a few rows after that. So rows are read to a place of this thread's own, which stays in its cache,
 * and those that somebody will look at come to the slot.
 */

import type { Kernels } from '../../kernels/kernels.js';
import { type LateRead, LateReader } from '../../rows/late-reads.js';
import type { Values } from '../../rows/row-block.js';
import type { SketchShape } from './block.js';
import type { Filter } from './filter.js';
import { allPositions } from './positions.js';
import { Screen, type Screened, type ScreenTask } from './screen.js';

/** What was found of a block, and which of its rows are in their slot. */
export interface LateScreened {
  readonly screened: Screened;
  /** `chosen`: the candidates and those that may enter the sample; the others are still in their file alone. */
  readonly stored: 'all' | 'chosen' | 'none';
}

/** With a larger share of the rows than this, all of them are copied: it takes less time than one after another. */
const MOST_CHOSEN = 1 / 4;

const NO_ROWS = allPositions(0);

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
    if (late.length === 0) return { screened: this.#screen.run(filter, task), stored: 'all' };
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
    return { screened, stored: away ? this.#store(screened, values.subarray(0, size), slot) : 'all' };
  }

  /** Puts into the slot what somebody will look at. */
  #store({ finite, rows, offered = NO_ROWS }: Screened, values: Values, slot: Values): LateScreened['stored'] {
    const { d } = this.#shape;
    const count = rows.length + offered.length;
    if (!finite || count * d > MOST_CHOSEN * values.length) {
      slot.set(values);
      return 'all';
    }
    for (const chosen of [rows, offered]) {
      for (const i of chosen) slot.set(values.subarray(i * d, (i + 1) * d), i * d);
    }
    return count > 0 ? 'chosen' : 'none';
  }
}

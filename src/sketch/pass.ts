/**
 * One pass of rows through a sketch: the next block is being read while earlier ones are screened, on worker threads where
 * there are any, and taken in one after another, in order.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { dataError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { LateReadError, lateError } from '../rows/late-reads.js';
import { fillWhole, type RowSource } from '../rows/row-stream.js';
import type { LeverageSketch } from './leverage-sketch.js';
import type { SketchShape } from './screen/block.js';
import type { BlockSlot } from './screen/block-slot.js';
import type { Filter } from './screen/filter.js';
import { LateScreen } from './screen/late-screen.js';
import type { Screened } from './screen/screen.js';
import { isDecoding, isLarge, type ScreenPool } from './screen/screen-pool.js';

/**
 * How many blocks may be screened ahead of the one that is taken in next. It depends on d alone and not on the threads: a
 * block is screened with what was known exactly that many blocks before, so that the result is the same for any number.
 */
const depthFor = (d: number): number => Math.min(8, Math.max(2, Math.floor(2 ** 23 / (d * d))));

/**
 * The same in the first blocks, while most rows are candidates as their mean score d/n is above half the floor: what is known sooner rules more of
 * the next ones out. Threads beyond two have nothing to do meanwhile, so it ends after some blocks. It never begins again: a pass that goes on
 * from a file has as many blocks on their way as the one that wrote it.
 */
const EARLY_DEPTH = 2;
const EARLY_BLOCKS = 24;
const isEarly = ({ d, floor, blockRows }: SketchShape, n: number): boolean =>
  n * floor < 2 * d && n < EARLY_BLOCKS * blockRows;

/** Blocks that are taken in before threads are started, where nobody knows how many there are: it takes longer to start them than to screen these. */
const BLOCKS_BEFORE_POOL = 4;

/** A block on its way, with what it is to be screened with. */
interface Pending {
  readonly slot: BlockSlot;
  readonly filter: Filter | undefined;
  screened: Promise<Screened> | Screened | undefined;
}

/** Seconds that a pass spent where it can be held up; what threads do meanwhile is not in them. */
export interface PassTimes {
  /** Waiting for rows; those of files are read by whoever screens them, and so counted there. */
  reading: number;
  /** Screening blocks on this thread, and waiting for those on others. */
  screening: number;
  /** Merging what was screened, renewing factors, scoring candidates. */
  merging: number;
}

/**
 * Screens the block in a slot on this thread.
 * @throws LevattnError where its rows cannot be read
 */
function screenHere(screen: LateScreen, filter: Filter, slot: BlockSlot): Screened {
  const { start, rows, memory: values, gram, squares, weighted, gate, late } = slot;
  try {
    const { screened, stored } = screen.run(filter, { start, rows, values, gram, squares, weighted, gate }, late.reads);
    slot.noteStored(stored);
    return screened;
  } catch (error) {
    throw error instanceof LateReadError ? lateError(error.failure) : error;
  }
}

/** Takes every row of a source into a sketch. */
export async function runPass(
  sketch: LeverageSketch,
  source: RowSource,
  { kernels, shape, startPool, onProgress, filters = [], afterBlock }: SketchPassOptions,
): Promise<PassTimes> {
  const times: PassTimes = { reading: 0, screening: 0, merging: 0 };
  let clock = performance.now();
  const lap = (stage: keyof PassTimes): void => {
    const now = performance.now();
    times[stage] += (now - clock) / 1000;
    clock = now;
  };
  const depth = sketch.isScreenedAhead ? depthFor(shape.d) : 1;
  const slots = Array.from({ length: depth + 1 }, () => sketch.newSlot());
  for (const slot of slots) slot.askOrigins();
  const free = [...slots];
  const queue: Pending[] = [];
  let screen: LateScreen | undefined;
  let pool = isLarge(source.expected, shape.d, source.decodedAhead) ? startPool?.() : undefined;
  const start = sketch.nextIndex;
  const remembered = [...filters];
  let read = 0;
  let filling: Promise<boolean> = Promise.resolve(true);

  /** Gives waiting blocks to threads that have room for them; those that are left. */
  const handOut = (meanwhile = false): Pending[] => {
    const waiting = queue.filter(({ filter, screened }) => filter && !screened);
    for (const pending of waiting) pending.screened = pool?.screen(pending.slot, pending.filter!, meanwhile);
    return waiting.filter(({ screened }) => !screened);
  };

  /** Has blocks screened, one of them on this thread if not all are handed out. */
  const screenWaiting = (): void => {
    const [left] = handOut();
    if (!left) return;
    screen ??= new LateScreen(kernels, shape);
    left.screened = screenHere(screen, left.filter!, left.slot);
  };

  /** How many blocks may be on their way. The first block is taken in at once, as there is nothing to screen others with before. */
  const most = (): number => {
    if (sketch.rows === 0) return 1;
    return isEarly(shape, sketch.rows) ? Math.min(EARLY_DEPTH, depth) : depth;
  };

  const takeOldest = async (): Promise<void> => {
    screenWaiting();
    const { slot, screened } = queue.shift()!;
    const answer = await screened;
    lap('screening');
    // Candidates are scored on this thread.
    if (sketch.willPrune(answer?.rows.length ?? slot.rows)) handOut(true);
    sketch.ingest(slot, answer);
    lap('merging');
    await afterBlock?.(queue.map(({ filter }) => filter));
    // Signals and timers get their turn after every block, whoever the rows come from.
    await turn();
    free.push(slot);
    onProgress?.(sketch);
  };

  const takeAll = async (): Promise<void> => {
    for (let more = true; more; ) {
      const slot = free.pop()!;
      slot.start = start + read;
      filling = fillWhole(source, slot, pool !== undefined && sketch.filter !== undefined);
      // Whoever waits below is told of a failure; until then it must not count as unhandled.
      filling.catch(() => {});
      if (queue.length >= most()) await takeOldest();
      try {
        more = await filling;
        lap('reading');
      } catch (error) {
        // What is wrong with earlier rows comes first, however far the reading was ahead.
        while (queue.length > 0) await takeOldest();
        throw error;
      }
      if (slot.rows === 0) break;
      read += slot.rows;
      if (read === BLOCKS_BEFORE_POOL * shape.blockRows && !isDecoding(shape.d, source.decodedAhead))
        pool ??= startPool?.();
      const filter = remembered.length > 0 ? remembered.shift() : sketch.filter;
      slot.gate = filter && sketch.gateFor(filter);
      queue.push({ slot, filter, screened: undefined });
    }
    while (queue.length > 0) await takeOldest();
  };

  try {
    await takeAll();
    return times;
  } catch (error) {
    // Not waited for: rows that are being read may be long in coming.
    const close = async (): Promise<void> => {
      for (const { late } of slots) late.origins?.forget();
      await source.close();
    };
    void filling.then(close, close).catch(() => {});
    throw error;
  }
}

/** What a pass works with. */
export interface SketchPassOptions {
  readonly kernels: Kernels;
  readonly shape: SketchShape;
  /** Starts threads to screen blocks on; called once, when there turns out to be enough to do. */
  readonly startPool?: (() => ScreenPool) | undefined;
  readonly onProgress?: ((sketch: LeverageSketch) => void) | undefined;
  /** What the next blocks are screened with, where the pass resumes another. */
  readonly filters?: readonly (Filter | undefined)[] | undefined;
  /**
   * Called after every block that was taken in, when the sketch can be saved, and waited for.
   * @param filters - what blocks that are on their way are screened with: the same for a pass that goes on from here
   */
  readonly afterBlock?: ((filters: readonly (Filter | undefined)[]) => Promise<void> | undefined) | undefined;
}

/**
 * Takes every row of a source into a sketch once more.
 * @param onProgress - told after every block of the rows so far
 * @throws LevattnError where they are not as many as before
 */
export async function runSecondPass(
  sketch: LeverageSketch,
  source: RowSource,
  onProgress?: (rows: number) => void,
): Promise<void> {
  sketch.beginSecondPass();
  const slot = sketch.newSlot();
  let rows = 0;
  try {
    for (let more = true; more; ) {
      more = await fillWhole(source, slot);
      rows += slot.rows;
      if (slot.rows > 0) sketch.ingestAgain(slot);
      onProgress?.(rows);
      await turn();
    }
  } finally {
    await source.close();
  }
  if (rows !== sketch.rows) {
    throw dataError(
      `K had ${sketch.rows} rows in the first pass and ${rows} in the second; K must not change during the run`,
    );
  }
}

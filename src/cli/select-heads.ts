/** Universal sets of the heads of an array, in one pass. */

import { dataError } from '../errors.js';
import type { HeadShape } from '../input/heads/layout.js';
import { headGroups } from '../input/heads/open-heads.js';
import type { HeadPlace } from '../input/heads/place.js';
import { maskKeys } from '../input/key-mask.js';
import { only } from '../input/open.js';
import type { MatrixReader } from '../matrix/row-block.js';
import type { HeadSet, HeadSets } from '../sketch/head-sets.js';
import { type HeadTurn, turnsOf } from './heads.js';
import { type Logger, labelled } from './log.js';
import { wantsProgress } from './progress.js';
import { selectFrom } from './selection.js';
import type { SelectionOptions } from './selection-options.js';

/**
 * The universal set of every head at some places, the array being read once.
 *
 * Heads that follow one another are selected from one after another; those that lie side by side, all at once, on this thread. So
 * are small ones, as threads are started for each head.
 *
 * @param settings - what is asked of a head
 */
export async function selectHeads(
  array: MatrixReader,
  shape: HeadShape,
  places: readonly HeadPlace[],
  eps: number,
  settings: (turn: HeadTurn) => SelectionOptions,
  log: Logger,
): Promise<HeadSets> {
  if (places.length === 0) throw dataError(`${array.name}: an array without matrices; there is nothing to select from`);
  const turns = turnsOf(shape, places);
  const sets: HeadSet[] = [];
  for await (const group of headGroups(array, shape, places)) {
    const alone = group.length === 1;
    const selected = group.map(async ({ place, reader }, i): Promise<HeadSet> => {
      const turn = turns.find((candidate) => candidate.place === place)!;
      const { label, target } = turn;
      const asked = { ...settings(turn), label, target };
      // One line of progress will do for all of them.
      const progress = i === 0 && wantsProgress(asked);
      const own = { ...asked, progress, ...((!alone || isSmall(shape)) && { threads: 1 }) };
      const keys = await maskKeys(reader, own);
      return { place, set: await selectFrom(only(keys), eps, own, labelled(log, label)) };
    });
    sets.push(...(await Promise.all(selected)));
  }
  return { shape, sets };
}

/** Numbers of a head that is done before threads have started. */
const SMALL = 2 ** 24;

const isSmall = ({ n, d }: HeadShape): boolean => n !== undefined && n * d <= SMALL;

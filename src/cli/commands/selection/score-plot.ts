/** The plot of `select-keys --plot`, on stderr: text everywhere, coloured on a terminal that has colours. */

import { SQUARE } from '../../../functions.js';
import { histogramLines } from '../../../report/histogram.js';
import { readable } from '../../../report/numbers.js';
import { count } from '../../../text.js';
import type { HeadSets } from '../../../universal-set/head-sets.js';

/** Where the width is not known, which some terminals call 0. */
const WIDTH = 80;

const CYAN = '\u001b[36m';
const PLAIN = '\u001b[39m';

/** Shows how the scores of U are spread, those of all heads together. */
export function plotScores({ sets }: HeadSets): void {
  const { stderr } = process;
  const [{ set }] = sets;
  const score = Float64Array.from(sets.flatMap(({ set }) => [...set.score]));
  if (score.length === 0) {
    stderr.write('U is empty: there are no scores to plot\n');
    return;
  }
  // hasColors knows of NO_COLOR.
  const coloured = stderr.isTTY === true && stderr.hasColors();
  const lines = histogramLines(score, {
    width: stderr.columns || WIDTH,
    paint: (bar) => (coloured ? `${CYAN}${bar}${PLAIN}` : bar),
  });
  const what = set.sampling || set.f !== SQUARE.name ? 'bounds of scores' : 'leverage scores';
  const keys = score.length === 1 ? '1 key' : `${count(score.length)} keys`;
  const heads = sets.length === 1 ? '' : ` of ${count(sets.length)} heads`;
  stderr.write([`${what} of the ${keys} in U${heads}, eps ${readable(set.eps)}`, ...lines, ''].join('\n'));
}

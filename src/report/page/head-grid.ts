/** All heads beside one another: their sorted scores on the same axes, to choose one by; and a table of them. */

import type { Table } from '../figures/figure.js';
import { sortedPoints, sortedScales, topOf } from '../figures/sorted.js';
import type { HeadReport } from '../model.js';
import { readable, whole } from '../numbers.js';
import { drawLine, type Point } from '../svg/marks.js';
import { element, textElement } from '../svg/markup.js';
import { drawTable } from './tables.js';

const WIDTH = 150;
const HEIGHT = 90;

/**
 * The choice of a head, as radio buttons, which every browser lets choose by keyboard.
 * @param ids - of the sections, one a head
 */
export function headGrid(heads: readonly HeadReport[], ids: readonly string[]): string {
  return element(
    'section',
    { 'aria-labelledby': 'heads-title' },
    textElement('h2', { id: 'heads-title' }, `${whole(heads.length)} heads`),
    textElement(
      'p',
      { class: 'soft' },
      'Sorted leverage scores of every head on the same logarithmic axes; the dashed line is eps. Choose a head to see all of it.',
    ),
    element(
      'fieldset',
      { class: 'heads' },
      textElement('legend', {}, 'Head'),
      ...heads.map((head, at) => headChoice(head, heads, ids[at], at === 0)),
    ),
    drawTable(headTable(heads), 'all heads'),
  );
}

function headChoice(head: HeadReport, heads: readonly HeadReport[], id: string, checked: boolean): string {
  const input = { type: 'radio', name: 'head', value: id, checked: checked ? '' : undefined };
  return element(
    'label',
    {},
    element('input', input),
    textElement('strong', {}, head.label),
    textElement('span', { class: 'soft' }, `  |U| ${whole(head.universal)}`),
    thumbnail(head, heads),
  );
}

/** The curve alone: the label says which head it is, and the table has the numbers. */
function thumbnail(head: HeadReport, heads: readonly HeadReport[]): string {
  const { x, y } = sortedScales(heads, [4, WIDTH - 4], [HEIGHT - 4, 4], topOf(heads));
  const level = [x.from, x.to].map((at): Point => [at, head.eps]);
  return element(
    'svg',
    { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-hidden': 'true' },
    element('path', { class: 'axis', d: `M4 4V${HEIGHT - 4}H${WIDTH - 4}` }),
    drawLine(level, x, y, { class: 'line s1', 'stroke-dasharray': '4 3' }),
    drawLine(sortedPoints(head), x, y, { class: 'line s0' }),
  );
}

function headTable(heads: readonly HeadReport[]): Table {
  const functions = heads[0].queries?.maps.map(({ f }) => f) ?? [];
  const atU = (head: HeadReport, at: number): number => {
    const rows = head.coverage?.functions[at]?.coverage ?? [];
    return rows.find(({ selection, k }) => selection === 'leverage' && k === head.universal)?.mass ?? Number.NaN;
  };
  return {
    columns: [
      'head',
      'n',
      'd',
      'rank',
      '|U|',
      'bound',
      'largest score',
      'largest / average',
      'condition',
      ...functions.flatMap((f) => [`heavy entries, ${f}`, `attention on U (%), ${f}`]),
    ],
    rows: heads.map((head) => [
      head.label,
      head.n,
      head.d,
      head.rank,
      head.universal,
      Math.floor(Math.min(head.n, head.rank / head.eps)),
      head.ranks[0].score,
      head.rank === 0 ? '–' : readable((head.ranks[0].score * head.counted) / head.rank, 3),
      head.spectrum?.condition ?? Number.NaN,
      ...functions.flatMap((_, at) => [head.queries?.maps[at].count ?? Number.NaN, 100 * atU(head, at)]),
    ]),
  };
}

/** The map of heads for a choice. */

import { capitalised, nameOf } from '../place.js';
import { gridOf } from './grid.js';
import type { HeatMap } from './heat-map.js';
import { type Choice, type Choices, type ComparedHead, spellValue, titleOf } from './measures.js';
import { extremes } from './summary.js';

/** What is drawn. */
export function heatMapOf(heads: readonly ComparedHead[], choice: Choice, choices: Choices, id: string): HeatMap {
  const measure = choices.measures.find((one) => one.id === choice.measure)!;
  const title = titleOf(measure, choice, choices);
  return {
    id,
    title: isSymbol(title) ? title : capitalised(title),
    description: extremes(heads, measure, choice),
    grid: gridOf(heads),
    values: heads.map((head) => measure.numberOf(head, choice)),
    spell: (value) => spellValue(measure, value),
    names: heads.map(nameOf),
  };
}

/** Such as k, which has no capital. */
const isSymbol = (title: string): boolean => title.startsWith('k ');

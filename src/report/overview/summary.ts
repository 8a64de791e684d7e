/** What is true of all heads together, in sentences with numbers. */

import { percent, whole } from '../numbers.js';
import { nameOf } from '../place.js';
import { BEST, type Choice, type ComparedHead, type Measure, spellValue } from './measures.js';

/** The heads with the smallest number and the largest. */
export function extremes(heads: readonly ComparedHead[], measure: Measure, choice: Choice): string {
  const told = heads
    .map((head) => ({ name: nameOf(head), value: measure.numberOf(head, choice) }))
    .filter(({ value }) => !Number.isNaN(value))
    .sort((a, b) => a.value - b.value);
  const [least, most] = [told[0], told.at(-1)];
  if (!least || !most) return 'No head has this number.';
  const median = told[(told.length - 1) >> 1].value;
  const spelled = (value: number): string => `${spellValue(measure, value)}${measure.unit === '%' ? ' %' : ''}`;
  return `Smallest: ${spelled(least.value)} (${least.name}). Median: ${spelled(median)}. Largest: ${spelled(most.value)} (${most.name}).`;
}

/** How many of all keys keep 90 % of the attention of every head; empty where it is not known of all. */
export function keysOfAll(heads: readonly ComparedHead[], f: string): string {
  const ofHeads = heads.map(({ counted, coverage }) => ({
    counted,
    k: coverage?.functions.find((own) => own.f === f)?.needed?.find(({ selection }) => selection === BEST)?.k,
  }));
  if (ofHeads.length === 0 || ofHeads.some(({ k }) => k === undefined)) return '';
  const [k, all] = [sum(ofHeads.map((own) => own.k!)), sum(ofHeads.map(({ counted }) => counted))];
  return `To keep 90 % of the ${f} attention of every head takes at least ${whole(k)} of the ${whole(all)} keys of all heads (${percent(k / all)}), chosen knowing the queries.`;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Several heads in few words: `layer 1, batch 0, heads 0,2-3; layers 2-3, batch 0, heads 0-7`. */

import { spellNumbers } from '../../../sketch-file/row-coverage.js';

/** What an axis is called where several of its numbers follow. */
const PLURALS: Readonly<Record<string, string>> = { layer: 'layers', batch: 'batches', head: 'heads' };

/**
 * Spells places, runs of numbers shortened; places that are alike but for the first axis are spelled once.
 * @param axes - names of the axes, outermost first
 * @param places - one number for each axis, in ascending order, no two the same
 */
export const spellHeads = (axes: readonly string[], places: readonly (readonly number[])[]): string =>
  partsOf(axes, places).join('; ');

function partsOf([axis, ...rest]: readonly string[], places: readonly (readonly number[])[]): string[] {
  if (axis === undefined) return [''];
  const behind = new Map<number, (readonly number[])[]>();
  for (const [first, ...others] of places) {
    behind.set(first!, [...(behind.get(first!) ?? []), others]);
  }
  const alike = new Map<string, { readonly numbers: number[]; readonly parts: string[] }>();
  for (const [number, others] of behind) {
    const parts = partsOf(rest, others);
    const group = alike.get(parts.join('; '));
    if (group) group.numbers.push(number);
    else alike.set(parts.join('; '), { numbers: [number], parts });
  }
  return [...alike.values()].flatMap(({ numbers, parts }) => {
    const name = numbers.length > 1 ? (PLURALS[axis] ?? axis) : axis;
    return parts.map((part) => `${name} ${spellNumbers(numbers)}${part === '' ? '' : `, ${part}`}`);
  });
}

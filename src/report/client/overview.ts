/** The map and the table of all heads: what they show is chosen, cells are walked by arrow keys, columns sort rows. */

import type { HeadReport } from '../model.js';
import { type Choice, choicesOf, usualChoice } from '../overview/measures.js';
import { mapFigure, tableOfHeads } from '../page/overview.js';
import { sortable } from './sorting.js';
import { walkable } from './walking.js';

/**
 * Makes them work.
 * @returns marks the head that is shown
 */
export function compareHeads(heads: readonly HeadReport[]): (head: number) => void {
  const choices = choicesOf(heads);
  const usual = usualChoice(choices, heads);
  let shown: number | undefined;
  const form = document.querySelector<HTMLFormElement>('#heads-choice')!;
  const map = document.querySelector<HTMLElement>('#heads-map')!;
  const table = document.querySelector<HTMLElement>('#heads-table')!;
  const sort = sortable(table);
  const walk = walkable(map, heads);
  const mark = (): void => {
    for (const node of document.querySelectorAll('[data-head]')) {
      const own = shown !== undefined && node.getAttribute('data-head') === String(shown);
      if (own) node.setAttribute('aria-current', 'true');
      else node.removeAttribute('aria-current');
    }
  };
  const draw = (): void => {
    const choice = chosen(form, usual);
    map.innerHTML = mapFigure(heads, choice, choices);
    table.innerHTML = tableOfHeads(heads, choice, choices);
    finish();
  };
  const finish = (): void => {
    walk();
    sort();
    mark();
  };
  form.addEventListener('change', draw);
  form.addEventListener('submit', (event) => event.preventDefault());
  // A browser that goes back to a page remembers what was chosen.
  if (sameChoice(chosen(form, usual), usual)) finish();
  else draw();
  return (head) => {
    shown = head;
    mark();
  };
}

const sameChoice = (one: Choice, other: Choice): boolean =>
  (['measure', 'f', 'selection', 'k'] as const).every((part) => one[part] === other[part]);

/** What the form says; where it has no field there is nothing to choose. */
function chosen(form: HTMLFormElement, { measure, f, selection, k }: Choice): Choice {
  const data = new FormData(form);
  const field = (name: string, otherwise: string): string => String(data.get(name) ?? otherwise);
  return {
    measure: field('measure', measure),
    f: field('f', f),
    selection: field('selection', selection),
    k: Number(field('k', String(k))),
  };
}

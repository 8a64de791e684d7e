/** The map and the table of all heads: what they show is chosen, cells are walked by arrow keys, columns sort rows. */

import { type Choice, type Choices, type ComparedHead, choicesOf, usualChoice } from '../overview/measures.js';
import { mapFigure, tableOfHeads } from '../page/overview.js';
import type { PlacedHead } from '../place.js';
import { sortable } from './sorting.js';
import { walkable } from './walking.js';

/**
 * Makes them work. What heads are compared by is read when a choice is made first.
 * @returns marks the head that is shown
 */
export function compareHeads(
  places: readonly PlacedHead[],
  read: () => readonly ComparedHead[],
): (head: number) => void {
  let compared: Compared | undefined;
  let shown: number | undefined;
  const form = document.querySelector<HTMLFormElement>('#heads-choice')!;
  const map = document.querySelector<HTMLElement>('#heads-map')!;
  const table = document.querySelector<HTMLElement>('#heads-table')!;
  const sort = sortable(table);
  const walk = walkable(map, places);
  const mark = (): void => {
    for (const node of document.querySelectorAll('[data-head]')) {
      const own = shown !== undefined && node.getAttribute('data-head') === String(shown);
      if (own) node.setAttribute('aria-current', 'true');
      else node.removeAttribute('aria-current');
    }
  };
  const finish = (): void => {
    walk();
    sort();
    mark();
  };
  const draw = (): void => {
    compared ??= comparison(read());
    const { heads, choices, usual } = compared;
    const choice = chosen(form, usual);
    map.innerHTML = mapFigure(heads, choice, choices);
    table.innerHTML = tableOfHeads(heads, choice, choices);
    finish();
  };
  form.addEventListener('change', draw);
  form.addEventListener('submit', (event) => event.preventDefault());
  // A browser that goes back to a page remembers what was chosen.
  if ([...form.querySelectorAll('option')].every((option) => option.selected === option.defaultSelected)) finish();
  else draw();
  return (head) => {
    shown = head;
    mark();
  };
}

/** What there is to choose from. */
interface Compared {
  readonly heads: readonly ComparedHead[];
  readonly choices: Choices;
  readonly usual: Choice;
}

function comparison(heads: readonly ComparedHead[]): Compared {
  const choices = choicesOf(heads);
  return { heads, choices, usual: usualChoice(choices, heads) };
}

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

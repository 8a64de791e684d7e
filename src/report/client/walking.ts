/** A map of heads whose cells are walked by arrow keys: one of them is reached by Tab, the others from there. */

import { gridOf } from '../overview/grid.js';
import type { PlacedHead } from '../place.js';

/** Steps to the right and down. */
const STEPS: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [Number.NEGATIVE_INFINITY, 0],
  End: [Number.POSITIVE_INFINITY, 0],
  PageUp: [0, Number.NEGATIVE_INFINITY],
  PageDown: [0, Number.POSITIVE_INFINITY],
};

/**
 * Makes cells of a map be walked.
 * @returns to be called when the map was drawn anew
 */
export function walkable(map: HTMLElement, heads: readonly PlacedHead[]): () => void {
  const { cells } = gridOf(heads);
  let current = 0;
  const cellOf = (head: number): SVGAElement => map.querySelector<SVGAElement>(`[data-head="${head}"]`)!;
  const stop = (head: number): void => {
    cellOf(current).tabIndex = -1;
    current = head;
    cellOf(current).tabIndex = 0;
  };
  map.addEventListener('keydown', (event) => {
    const step = event.ctrlKey || event.metaKey || event.altKey ? undefined : STEPS[event.key];
    if (!step || !map.contains(document.activeElement)) return;
    event.preventDefault();
    stop(headAfter(cells, current, step));
    cellOf(current).focus();
  });
  map.addEventListener('focusin', (event) => {
    const cell = (event.target as Element).closest('[data-head]');
    if (cell) stop(Number(cell.getAttribute('data-head')));
  });
  return () => {
    for (const cell of map.querySelectorAll<SVGAElement>('[data-head]')) cell.tabIndex = -1;
    stop(current);
  };
}

/** The nearest head in a direction, or the last; the same one where there is none. */
function headAfter(
  cells: readonly (readonly (number | undefined)[])[],
  from: number,
  [right, down]: readonly [number, number],
): number {
  const row = cells.findIndex((line) => line.includes(from));
  const column = cells[row].indexOf(from);
  const line = down === 0 ? cells[row] : cells.map((one) => one[column]);
  const at = down === 0 ? column : row;
  const step = right + down;
  const ahead = step > 0 ? line.slice(at + 1) : line.slice(0, at).reverse();
  const found = ahead.filter((head) => head !== undefined);
  return (Number.isFinite(step) ? found[0] : found.at(-1)) ?? from;
}

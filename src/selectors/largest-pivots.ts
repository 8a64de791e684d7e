/** Greedy pivots of the softmax kernel: the key with the largest residual, one after another, of equal ones the first. */

import type { PivotPanel, PivotPanels } from './pivot-panels.js';

/** The key of a panel with the largest known residual of h, as a logarithm. */
interface Best {
  size: number;
  /** In the panel. */
  at: number;
}

/** Chooses pivots until there are `most`, or all residuals are 0. Only panels that may hold the next one are brought up to date. */
export function chooseLargest(all: PivotPanels, most: number): void {
  const best = all.panels.map((panel) => bestOf(panel));
  while (all.count < most) {
    let next = first(all.panels, best);
    while (best[next].size > Number.NEGATIVE_INFINITY && !all.isCurrent(all.panels[next])) {
      all.update(all.panels[next]);
      best[next] = bestOf(all.panels[next]);
      next = first(all.panels, best);
    }
    if (best[next].size === Number.NEGATIVE_INFINITY) return;
    all.choose(all.panels[next], best[next].at);
    best[next] = bestOf(all.panels[next]);
  }
}

function bestOf({ places, square, residual }: PivotPanel): Best {
  const best = { size: Number.NEGATIVE_INFINITY, at: 0 };
  for (let i = 0; i < places.length; i++) {
    const size = Math.log(residual[i]) + square[i];
    if (size > best.size || (size === best.size && places[i] < places[best.at])) [best.size, best.at] = [size, i];
  }
  return best;
}

/** The panel whose best is the largest, of equal ones that with the first key. */
function first(panels: readonly PivotPanel[], best: readonly Best[]): number {
  const placeOf = (p: number): number => panels[p].places[best[p].at];
  let next = 0;
  for (let p = 1; p < panels.length; p++) {
    const [own, most] = [best[p].size, best[next].size];
    if (own > most || (own === most && placeOf(p) < placeOf(next))) next = p;
  }
  return next;
}

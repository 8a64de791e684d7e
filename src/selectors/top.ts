/** The k keys of largest score, as scores come: memory for twice as many. */

import type { Scores } from './scores.js';

/** Keys that were taken, the first one first. */
export interface TopKeys {
  /** Places. */
  readonly place: Float64Array;
  readonly score: Float64Array;
}

/** @param k - >= 1; where there are fewer keys, all are taken */
export async function topOf(scores: Scores, k: number): Promise<TopKeys> {
  let held: { readonly place: number; readonly score: number }[] = [];
  let least = Number.NEGATIVE_INFINITY;
  const cut = (): void => {
    held = held.sort((a, b) => (a.score === b.score ? a.place - b.place : b.score - a.score)).slice(0, k);
    if (held.length === k) least = held[k - 1].score;
  };
  for await (const { start, rows, score } of scores) {
    for (let i = 0; i < rows; i++) {
      const own = Number.isNaN(score[i]) ? Number.NEGATIVE_INFINITY : score[i];
      // Of equal scores the first, which is there already.
      if (own <= least && held.length >= k) continue;
      held.push({ place: start + i, score: own });
      if (held.length >= 2 * k + 1024) cut();
    }
  }
  cut();
  return {
    place: Float64Array.from(held, ({ place }) => place),
    score: Float64Array.from(held, ({ score }) => score),
  };
}

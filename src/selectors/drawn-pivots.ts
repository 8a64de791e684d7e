/**
 * Random pivots of the softmax kernel: draw t takes the first key at which the running sum of residuals, in order, reaches hash(t, seed)
 * times their total. Panels that hold next to nothing of the total are not brought up to date: their residuals lie between 0 and what is
 * known of them, which mostly decides the draw; where it does not, more of them are.
 */

import { hashUnit } from '../sketch/sample/priority-sampler.js';
import type { PivotPanel, PivotPanels } from './pivot-panels.js';

/** A panel that held no more than this part of the total is left until it matters. */
const LITTLE = 1e-5;

/** Running sums are good to this part of the total. */
const ROUNDING = 1e-10;

/** Where the total has become as small as this, residuals are taken relative to a smaller one. */
const SMALL = 1e-150;

/** Chooses pivots until there are `most`, or all residuals are 0. */
export function chooseDrawn(all: PivotPanels, most: number, seed: number): void {
  if (all.panels.length === 0) return;
  const residuals = new DrawnResiduals(all);
  while (all.count < most && residuals.draw(hashUnit(all.count, seed)));
}

/** A panel and the residuals of h of its keys, relative to e^reference, as they were when it was brought up to date. */
interface Drawn {
  readonly panel: PivotPanel;
  readonly weight: Float64Array;
  /** e^(||y||^2 - reference). */
  factor: Float64Array;
  sum: number;
}

/** Keys of panels that are up to date, in order. */
interface Current {
  /** Panel, and place in it, of each. */
  readonly panel: Int32Array;
  readonly at: Int32Array;
  /** What the others may have in front of each, and in all. */
  readonly before: Float64Array;
  readonly rest: number;
}

class DrawnResiduals {
  readonly #all: PivotPanels;
  readonly #panels: readonly Drawn[];
  /** Panel, and place in it, of every key in order. */
  readonly #panelOf: Int32Array;
  readonly #atOf: Int32Array;
  #current: Current | undefined;
  /** Which panels those are. */
  #isCurrent: Uint8Array;

  constructor(all: PivotPanels) {
    this.#all = all;
    this.#panels = all.panels.map((panel) => ({
      panel,
      weight: new Float64Array(panel.places.length),
      factor: new Float64Array(0),
      sum: 0,
    }));
    const n = all.panels.reduce((sum, { places }) => sum + places.length, 0);
    this.#panelOf = new Int32Array(n);
    this.#atOf = new Int32Array(n);
    for (const [p, { places }] of all.panels.entries()) {
      for (const [i, place] of places.entries()) [this.#panelOf[place], this.#atOf[place]] = [p, i];
    }
    this.#isCurrent = new Uint8Array(all.panels.length);
    this.#rebase();
  }

  /** @returns whether there was a key to draw */
  draw(u: number): boolean {
    this.#updateWhatMatters();
    let rebased = false;
    for (;;) {
      const { panel, at, before, rest } = this.#currentKeys();
      let total = 0;
      for (let i = 0; i < panel.length; i++) total += this.#panels[panel[i]].weight[at[i]];
      // Keys may be so long that their products are no numbers.
      const isSmall = !(total >= SMALL);
      if (rest === 0 && isSmall) {
        if (rebased || !this.#rebase()) return false;
        rebased = true;
        continue;
      }
      const found = isSmall ? -1 : settled(this.#panels, { panel, at, before, rest }, u, total);
      if (found >= 0) {
        const drawn = this.#panels[panel[found]];
        this.#all.choose(drawn.panel, at[found]);
        this.#weigh(drawn);
        return true;
      }
      this.#updateLargest();
    }
  }

  /** Brings the panels up to date that held more than a little of all. */
  #updateWhatMatters(): void {
    const total = this.#panels.reduce((sum, one) => sum + one.sum, 0);
    const matters = Uint8Array.from(this.#panels, ({ sum }) => (sum > LITTLE * total ? 1 : 0));
    for (const [p, drawn] of this.#panels.entries()) if (matters[p] === 1) this.#update(drawn);
    if (matters.some((one, p) => one !== this.#isCurrent[p])) {
      this.#isCurrent = matters;
      this.#current = undefined;
    }
  }

  /** Brings the panel up to date that may hold the most of those that are not. */
  #updateLargest(): void {
    let next = -1;
    for (const [p, { sum }] of this.#panels.entries()) {
      if (this.#isCurrent[p] === 0 && (next < 0 || sum > this.#panels[next].sum)) next = p;
    }
    this.#update(this.#panels[next]);
    this.#isCurrent[next] = 1;
    this.#current = undefined;
  }

  #update(drawn: Drawn): void {
    this.#all.update(drawn.panel);
    this.#weigh(drawn);
  }

  #weigh(drawn: Drawn): void {
    const { panel, weight, factor } = drawn;
    drawn.sum = 0;
    for (let i = 0; i < weight.length; i++) {
      // A key that is used up may be far longer than those that are left.
      weight[i] = panel.residual[i] === 0 ? 0 : panel.residual[i] * factor[i];
      drawn.sum += weight[i];
    }
  }

  #currentKeys(): Current {
    if (this.#current) return this.#current;
    const [panels, ats, befores]: [number[], number[], number[]] = [[], [], []];
    let rest = 0;
    for (let j = 0; j < this.#panelOf.length; j++) {
      const [p, at] = [this.#panelOf[j], this.#atOf[j]];
      if (this.#isCurrent[p] === 0) rest += this.#panels[p].weight[at];
      else {
        panels.push(p);
        ats.push(at);
        befores.push(rest);
      }
    }
    // A panel whose residuals were too small to count may hold some yet.
    const isWhole = this.#isCurrent.every((one) => one === 1);
    this.#current = {
      panel: Int32Array.from(panels),
      at: Int32Array.from(ats),
      before: Float64Array.from(befores),
      rest: isWhole ? 0 : Math.max(rest, Number.MIN_VALUE),
    };
    return this.#current;
  }

  /**
   * Takes residuals relative to the largest there is now.
   * @returns whether there is any
   */
  #rebase(): boolean {
    let largest = Number.NEGATIVE_INFINITY;
    for (const { panel } of this.#panels) {
      for (let i = 0; i < panel.square.length; i++) {
        largest = Math.max(largest, Math.log(panel.residual[i]) + panel.square[i]);
      }
    }
    if (!(largest > Number.NEGATIVE_INFINITY)) return false;
    for (const drawn of this.#panels) {
      drawn.factor = drawn.panel.square.map((one) => Math.exp(one - largest));
      this.#weigh(drawn);
    }
    return true;
  }
}

/** The key that is drawn, if what the others may have does not matter; -1 where it does. */
function settled(panels: readonly Drawn[], { panel, at, before, rest }: Current, u: number, total: number): number {
  const [least, most] = rest === 0 ? [u * total, u * total] : [u * total * (1 - ROUNDING), u * (total + rest)];
  const margin = rest === 0 ? 0 : ROUNDING * total;
  let [sum, last] = [0, -1];
  for (let i = 0; i < panel.length; i++) {
    const weight = panels[panel[i]].weight[at[i]];
    if (weight === 0) continue;
    const reached = sum + weight;
    last = i;
    if (reached >= most + margin) return rest === 0 || sum + before[i] < least ? i : -1;
    sum = reached;
  }
  // Behind all of them where the last sum falls short of the total by rounding.
  return rest === 0 ? last : -1;
}

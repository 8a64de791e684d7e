/**
 * Random pivots of the softmax kernel: draw t takes the first key at which the running sum of residuals, in order, reaches hash(t, seed)
 * times their total. Panels that hold next to nothing of the total are not brought up to date: their residuals lie between 0 and what is
 * known of them, which mostly decides the draw; where it does not, more of them are.
 */

import { hashUnit } from '../sketch/sample/sample-filter.js';
import type { PivotPanel, PivotPanels } from './pivot-panels.js';

/** A panel that held no more than this part of the total is left until it matters. */
const LITTLE = 1e-5;

/** Running sums are good to this part of the total. */
const ROUNDING = 1e-10;

/** Where the total has become as small as this, residuals are taken relative to a smaller one. */
const SMALL = 1e-150;

/** Running sums are noted after each of this number of keys; a search begins at a note. */
const NOTED = 256;

/** Chooses pivots until there are `most`, or all residuals are 0. */
export function chooseDrawn(all: PivotPanels, most: number, seed: number): void {
  if (all.panels.length === 0) return;
  const residuals = new DrawnResiduals(all);
  while (all.count < most && residuals.draw(hashUnit(all.count, seed)));
}

/** A panel, and what the residuals of h of its keys come to, relative to e^reference, as they were when it was brought up to date. */
interface Drawn {
  readonly panel: PivotPanel;
  /** e^(||y||^2 - reference). */
  factor: Float64Array;
  sum: number;
}

/** Keys of panels that are up to date, in order. */
interface Current {
  readonly places: Int32Array;
  /** What the others may have in front of each, and in all. */
  readonly before: Float64Array;
  readonly rest: number;
}

/** Running sums over the keys of {@link Current}: in front of each {@link NOTED}th one, and of all. */
interface RunningSums {
  readonly notes: Float64Array;
  readonly total: number;
}

class DrawnResiduals {
  readonly #all: PivotPanels;
  readonly #panels: readonly Drawn[];
  /** Residuals of h of all keys, relative to e^reference. */
  readonly #weight: Float64Array;
  /** Panel, and place in it, of every key in order. */
  readonly #panelOf: Int32Array;
  readonly #atOf: Int32Array;
  #current: Current | undefined;
  /** Room for it. */
  readonly #places: Int32Array;
  readonly #before: Float64Array;
  /** Which panels those are. */
  #isCurrent: Uint8Array;

  constructor(all: PivotPanels) {
    this.#all = all;
    this.#panels = all.panels.map((panel) => ({ panel, factor: new Float64Array(0), sum: 0 }));
    const n = all.panels.reduce((sum, { places }) => sum + places.length, 0);
    this.#weight = new Float64Array(n);
    this.#panelOf = new Int32Array(n);
    this.#atOf = new Int32Array(n);
    this.#places = new Int32Array(n);
    this.#before = new Float64Array(n);
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
      const current = this.#currentKeys();
      const sums = runningSums(this.#weight, current);
      // Keys may be so long that their products are no numbers.
      const isSmall = !(sums.total >= SMALL);
      if (current.rest === 0 && isSmall) {
        if (rebased || !this.#rebase()) return false;
        rebased = true;
        continue;
      }
      const place = isSmall ? -1 : settled(this.#weight, current, sums, u);
      if (place >= 0) {
        const drawn = this.#panels[this.#panelOf[place]];
        this.#all.choose(drawn.panel, this.#atOf[place]);
        this.#weigh(drawn);
        return true;
      }
      this.#updateLargest();
    }
  }

  /** Brings the panels up to date that held more than a little of all. */
  #updateWhatMatters(): void {
    let total = 0;
    for (let p = 0; p < this.#panels.length; p++) total += this.#panels[p].sum;
    const mattering: Drawn[] = [];
    for (let p = 0; p < this.#panels.length; p++) {
      const matters = this.#panels[p].sum > LITTLE * total ? 1 : 0;
      if (matters === 1) mattering.push(this.#panels[p]);
      if (matters === this.#isCurrent[p]) continue;
      this.#isCurrent[p] = matters;
      this.#current = undefined;
    }
    this.#all.updateAll(mattering.map(({ panel }) => panel));
    for (const drawn of mattering) this.#weigh(drawn);
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
    const { panel, factor } = drawn;
    const { places, residual } = panel;
    const weight = this.#weight;
    let sum = 0;
    for (let i = 0; i < places.length; i++) {
      // A key that is used up may be far longer than those that are left.
      const own = residual[i] === 0 ? 0 : residual[i] * factor[i];
      weight[places[i]] = own;
      sum += own;
    }
    drawn.sum = sum;
  }

  #currentKeys(): Current {
    if (this.#current) return this.#current;
    const n = this.#weight.length;
    const [places, before] = [this.#places, this.#before];
    let [count, rest] = [0, 0];
    for (let place = 0; place < n; place++) {
      if (this.#isCurrent[this.#panelOf[place]] === 0) rest += this.#weight[place];
      else {
        places[count] = place;
        before[count++] = rest;
      }
    }
    // A panel whose residuals were too small to count may hold some yet.
    const isWhole = this.#isCurrent.every((one) => one === 1);
    this.#current = {
      places: places.subarray(0, count),
      before: before.subarray(0, count),
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

function runningSums(weight: Float64Array, { places }: Current): RunningSums {
  const notes = new Float64Array(Math.ceil(places.length / NOTED));
  let total = 0;
  for (let note = 0; note < notes.length; note++) {
    notes[note] = total;
    const end = Math.min(places.length, (note + 1) * NOTED);
    for (let i = note * NOTED; i < end; i++) total += weight[places[i]];
  }
  return { notes, total };
}

/** The place of the key that is drawn, if what the others may have does not matter; -1 where it does. */
function settled(weight: Float64Array, current: Current, { notes, total }: RunningSums, u: number): number {
  const { places, before, rest } = current;
  const [least, most] = rest === 0 ? [u * total, u * total] : [u * total * (1 - ROUNDING), u * (total + rest)];
  const reach = most + (rest === 0 ? 0 : ROUNDING * total);
  // No key before the last note below it reaches that far.
  let note = notes.length - 1;
  while (note > 0 && notes[note] >= reach) note--;
  let sum = notes[note];
  for (let i = note * NOTED; i < places.length; i++) {
    const own = weight[places[i]];
    if (own === 0) continue;
    const reached = sum + own;
    if (reached >= reach) return rest === 0 || sum + before[i] < least ? places[i] : -1;
    sum = reached;
  }
  if (rest > 0) return -1;
  // Behind all of them where the last sum falls short of the total by rounding.
  let last = places.length - 1;
  while (last >= 0 && weight[places[last]] === 0) last--;
  return last < 0 ? -1 : places[last];
}

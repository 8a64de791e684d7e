/** The selections that a report of coverage is about: what selectors choose, and lists of one's own. */

import { dataError } from '../../errors.js';
import { orderBy } from '../../selectors/choose.js';
import { heldKeys } from '../../selectors/key-source.js';
import { type KeptKeys, keepFirst, withRest } from '../../selectors/order.js';
import type { ChosenSelector, SelectorContext } from '../../selectors/selector.js';
import type { DenseKeys } from '../dense/packed-keys.js';
import { type Selection, WINDOW } from './selections.js';

/** Pivots are not looked for beyond this: their time grows with the square of their number. */
const MOST_PIVOTS = 2048;

/** Keys that somebody chose. */
export interface KeyList {
  /** What the selection is called. */
  readonly name: string;
  /** Rows of K in the order in which they are taken, each once. */
  readonly rows: ArrayLike<number>;
}

/** What is chosen, and how. */
export interface SelectionSettings {
  readonly by: readonly ChosenSelector[];
  readonly lists?: readonly KeyList[] | undefined;
  /** Lists of which something is said only of all their rows together, whatever is kept. */
  readonly whole?: readonly KeyList[] | undefined;
  /** Keys that every selection takes first. */
  readonly keep?: KeptKeys | undefined;
  /** Random choices that are averaged. */
  readonly draws: number;
  /** The most keys that are asked for. */
  readonly most: number;
}

/**
 * Orders the keys, once for each selection.
 * @throws LevattnError where a selector needs what is not there, or a list names rows that do not count
 */
export async function chooseSelections(
  keys: DenseKeys,
  context: SelectorContext,
  { by, lists = [], whole = [], keep, draws, most }: SelectionSettings,
): Promise<Selection[]> {
  const n = keys.index.length;
  const source = {
    ...heldKeys(keys),
    n,
    get values() {
      return keys.values instanceof Float64Array ? keys.values : Float64Array.from(keys.values);
    },
  };
  const selections: Selection[] = [];
  for (const chosen of by) {
    const { selector, name } = chosen;
    const count = selector.kind === 'places' && selector.drawn ? draws : 1;
    const orders: Int32Array[] = [];
    for (let draw = 0; draw < count; draw++) {
      orders.push(
        await orderBy(chosen, source, Math.min(n, most, MOST_PIVOTS), { ...context, seed: context.seed + draw }),
      );
    }
    selections.push(selectionOf(name, orders, n, keep));
  }
  for (const { name, rows } of lists) selections.push(selectionOf(name, [placesOf(rows, keys, name)], n, keep));
  for (const { name, rows } of whole) {
    const orders = [withRest(placesOf(rows, keys, name), n)];
    selections.push({ name, orders, length: rows.length, whole: true });
  }
  return selections;
}

function selectionOf(name: string, found: readonly Int32Array[], n: number, keep: KeptKeys | undefined): Selection {
  const [{ length }] = found;
  const whole = found.map((order) => (order.length < n ? withRest(order, n) : order));
  // First and last keys are what first+last keeps anyway.
  const orders = keep && name !== WINDOW ? whole.map((order) => keepFirst(order, keep)) : whole;
  return length < n ? { name, orders, length } : { name, orders };
}

/**
 * Where rows of K are among the keys that count.
 * @throws LevattnError where one is not
 */
export function placesOf(rows: ArrayLike<number>, { index }: DenseKeys, name: string): Int32Array {
  const places = new Map<number, number>();
  for (const [place, row] of index.entries()) places.set(row, place);
  return Int32Array.from(rows, (row) => {
    const place = places.get(row);
    if (place === undefined) {
      throw dataError(`${name}: names row ${row}, which K has not, or which does not count; leave it out`);
    }
    return place;
  });
}

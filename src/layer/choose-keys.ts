/**
 * Which keys a head attends to: those of largest leverage score, as LevAttention has it, or the controls that a claim about it
 * needs beside it. Every choice is by a score, so that all take the same path.
 */

import { dataError, usageError } from '../errors.js';
import { createKernels } from '../kernels/backends.js';
import type { ChosenKeys, HeadRows } from '../kernels/head-rows.js';
import { headOffset } from '../kernels/head-rows.js';
import type { Kernels } from '../kernels/kernels.js';
import { hashUnit } from '../sketch/sample/sample-filter.js';

/**
 * How keys are chosen, head by head:
 * - `leverage`: the k of largest leverage score, or all with a score >= eps, which are at most d / eps;
 * - `norm`: the k longest;
 * - `random`: k that the seed draws, others for each head; the same seed draws the same keys;
 * - `all`: full attention.
 *
 * Of equal scores the first keys are taken; where k >= n, all.
 */
export type KeyChoice =
  | { readonly by: 'leverage'; readonly k: number }
  | { readonly by: 'leverage'; readonly eps: number }
  | { readonly by: 'norm'; readonly k: number }
  | { readonly by: 'random'; readonly k: number; readonly seed: number }
  | { readonly by: 'all' };

/**
 * Chooses keys. The choice is constant for gradients.
 *
 * @param keys - n rows of each head
 * @throws LevattnError where k, eps or the seed is out of range, or scores are asked for of keys that are not finite
 */
export function chooseKeys(keys: HeadRows, choice: KeyChoice, kernels: Kernels = createKernels()): ChosenKeys {
  checkChoice(choice);
  const { rows: n, d } = keys;
  const all = keys.batch * keys.heads;
  if (choice.by === 'all' || ('k' in choice && choice.k >= n)) {
    return gatherChoices(all, n, (_, take) => {
      for (let i = 0; i < n; i++) take(i);
    });
  }
  const scores = scoreKeys(keys, choice, kernels);
  if ('eps' in choice) {
    const { eps } = choice;
    // Scores add up to at most d, but for rounding.
    return gatherChoices(all, Math.min(n, Math.floor((d * (1 + 1e-6)) / eps) + 1), (head, take) => {
      for (let i = 0; i < n; i++) if (scores[head * n + i] >= eps) take(i);
    });
  }
  const { k } = choice;
  const scratch = new Float64Array(n);
  return gatherChoices(all, k, (head, take) => {
    const own = scores.subarray(head * n, (head + 1) * n);
    scratch.set(own);
    const least = kthLargest(scratch, k);
    let ties = k;
    for (let i = 0; i < n; i++) if (own[i] > least) ties--;
    for (let i = 0; i < n; i++) if (own[i] > least || (own[i] === least && ties-- > 0)) take(i);
  });
}

function checkChoice(choice: KeyChoice): void {
  if ('k' in choice && !(Number.isSafeInteger(choice.k) && choice.k >= 1)) {
    throw usageError(`k must be a whole number >= 1, not ${choice.k}`);
  }
  if ('eps' in choice && !(choice.eps > 0 && choice.eps <= 1)) {
    throw usageError(`eps must be above 0 and at most 1, not ${choice.eps}`);
  }
  if (choice.by === 'random' && !(Number.isSafeInteger(choice.seed) && choice.seed >= 0)) {
    throw usageError(`the seed must be a whole number >= 0, not ${choice.seed}`);
  }
}

/** batch heads n: what keys are chosen by. */
function scoreKeys(keys: HeadRows, choice: Exclude<KeyChoice, { by: 'all' }>, kernels: Kernels): Float64Array {
  const { batch, heads, rows: n } = keys;
  const scores = new Float64Array(batch * heads * n);
  if (choice.by === 'random') return scores.map((_, at) => hashUnit(at, choice.seed));
  if (choice.by === 'leverage') kernels.headScores(keys, scores);
  else squareNorms(keys, scores);
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad < 0) return scores;
  const head = Math.floor(bad / n);
  throw dataError(
    `batch element ${Math.floor(head / heads)}, head ${head % heads}: its keys have NaN or infinities; has training diverged?`,
  );
}

function squareNorms(keys: HeadRows, scores: Float64Array): void {
  const { batch, heads, rows: n, d, values, strides } = keys;
  for (let head = 0, to = 0; head < batch * heads; head++) {
    for (let i = 0, row = headOffset(keys, head); i < n; i++, to++, row += strides[2]) {
      let sum = 0;
      for (let j = row; j < row + d; j++) sum += values[j] * values[j];
      scores[to] = sum;
    }
  }
}

/** Collects what is taken for each head. */
function gatherChoices(
  all: number,
  most: number,
  choose: (head: number, take: (key: number) => void) => void,
): ChosenKeys {
  const count = new Int32Array(all);
  const index = new Int32Array(all * most);
  for (let head = 0; head < all; head++) {
    choose(head, (key) => {
      index[head * most + count[head]++] = key;
    });
  }
  return { most, count, index };
}

/** The k-th largest of some numbers, which are left in another order (Hoare's selection). */
function kthLargest(values: Float64Array, k: number): number {
  let first = 0;
  let last = values.length - 1;
  const at = k - 1;
  while (first < last) {
    const pivot = values[(first + last) >> 1];
    let i = first;
    let j = last;
    while (i <= j) {
      while (values[i] > pivot) i++;
      while (values[j] < pivot) j--;
      if (i > j) break;
      const swapped = values[i];
      values[i++] = values[j];
      values[j--] = swapped;
    }
    if (at <= j) last = j;
    else if (at >= i) first = i;
    else return values[at];
  }
  return values[at];
}

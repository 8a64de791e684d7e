/** All selectors by name, and how they are asked for. To add one: CONTRIBUTING, "To add a selector". */

import { usageError } from '../errors.js';
import { cur } from './cur.js';
import { expected, expectedNormalised, meanQuery, qFilter } from './expected.js';
import { firstAndLastKeys, random } from './fixed.js';
import { keydiff } from './keydiff.js';
import { centredNorm, keyNorm, smallKeyNorm } from './lengths.js';
import { centredLeverage, leverage, lewis } from './leverage.js';
import { observed, observedLargest, snapkv, tova } from './observed.js';
import { kernelPivots, rpCholesky } from './pivots.js';
import type { ChosenSelector, Selector, SelectorOption } from './selector.js';

/** Every selector. */
export const SELECTORS: readonly Selector[] = [
  leverage,
  centredLeverage,
  lewis,
  keyNorm,
  smallKeyNorm,
  centredNorm,
  keydiff,
  observed,
  observedLargest,
  snapkv,
  tova,
  expected,
  expectedNormalised,
  meanQuery,
  qFilter,
  kernelPivots,
  rpCholesky,
  cur,
  firstAndLastKeys,
  random,
];

/** What coverage measures where nothing is asked for; `observed` where there are observed queries. */
export const USUAL_SELECTORS = ['observed', 'centred-norm', 'leverage', 'first+last', 'random'] as const;

/**
 * Selectors as `--by` names them: names separated by commas, each with its options behind colons, such as `lewis:p=4`.
 * @throws LevattnError where there is no such selector or option, or one is named twice
 */
export function parseSelectors(text: string): ChosenSelector[] {
  return refuseTwice(text.split(',').map((part) => parseSelector(part)));
}

/** @throws LevattnError where one is named twice */
export function refuseTwice(chosen: ChosenSelector[]): ChosenSelector[] {
  const again = chosen.find(({ name }, at) => chosen.findIndex((other) => other.name === name) < at);
  if (again) throw usageError(`'${again.name}' is named twice; leave one out`);
  return chosen;
}

/** One of them. */
export function parseSelector(text: string): ChosenSelector {
  // Blanks for hyphens, as these names were spelled before there were options.
  const name = text.trim().replaceAll(' p=', ':p=').replaceAll(' ', '-');
  const [wanted, ...said] = name.split(':');
  const selector = SELECTORS.find((one) => one.name === wanted);
  if (!selector) {
    throw usageError(`unknown selection '${wanted}'; there are ${SELECTORS.map((one) => one.name).join(', ')}`);
  }
  const { options = [] } = selector;
  const values = Object.fromEntries(options.map((option) => [option.name, option.standard]));
  for (const one of said) {
    const [key, value] = one.split(/=(.*)/s);
    const option = options.find((known) => known.name === key);
    if (!option) throw usageError(`'${wanted}' has no option '${key}'; ${spellOptions(options)}`);
    const number = value === undefined && option.flag ? 1 : Number(value?.trim() ? value : Number.NaN);
    if (!option.allows(number)) {
      throw usageError(
        `'${name}': ${key} must be ${option.range}, such as ${wanted}:${key}=${option.flag ? 1 : option.standard}`,
      );
    }
    values[key] = number;
  }
  return { name, selector, options: values };
}

const spellOptions = (options: readonly SelectorOption[]): string =>
  options.length === 0 ? 'it has none' : `it has ${options.map(({ name, about }) => `${name} (${about})`).join(', ')}`;

/** Whether any of them must have seen queries. */
export const needsQueries = (chosen: readonly ChosenSelector[]): boolean =>
  chosen.some(({ selector }) => selector.needs?.includes('queries'));

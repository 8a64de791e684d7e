/**
 * Names that stand for several inputs: `{layer}`, `{batch}` and `{head}` in them are whole numbers, and every match is an input with
 * that place.
 */

import { type LevattnError, usageError } from '../../errors.js';
import type { HeadAxis } from '../../rows/row-block.js';

/** What a name says of a place: numbers along some axes. */
export type NamedPlace = Readonly<Partial<Record<HeadAxis, number>>>;

/** A name that matches, and where it is. */
export interface PlacedName {
  readonly name: string;
  readonly place: NamedPlace;
}

const PLACEHOLDER = /\{(layer|batch|head)\}/;

/** Digits of a number: every number of this many is exact. */
const MOST_DIGITS = 15;

/** Whether a name has placeholders; other braces are characters like any other. */
export const hasPlaceholders = (name: string): boolean => PLACEHOLDER.test(name);

/** Text and axes in turn, text first and last. */
type Tokens = readonly string[];

/**
 * The parts of a pattern.
 * @throws LevattnError where two placeholders follow one another, whose numbers nothing tells apart
 */
function tokensOf(pattern: string): Tokens {
  const tokens = pattern.split(new RegExp(PLACEHOLDER, 'g'));
  const adjacent = tokens.findIndex((text, i) => text === '' && i % 2 === 0 && i > 0 && i < tokens.length - 1);
  if (adjacent > 0) {
    throw usageError(
      `${pattern}: {${tokens[adjacent - 1]}} and {${tokens[adjacent + 1]}} follow one another, and nothing tells their numbers apart; put something between them`,
    );
  }
  return tokens;
}

/** All that a name may say of a place: usually one, or none where it does not match. */
function readingsOf(name: string, tokens: Tokens, place: NamedPlace): NamedPlace[] {
  const [text = '', axis, ...rest] = tokens;
  if (axis === undefined) return name === text ? [place] : [];
  if (!name.startsWith(text)) return [];
  const [digits = ''] = /^\d*/.exec(name.slice(text.length))!;
  const readings: NamedPlace[] = [];
  for (let length = 1; length <= Math.min(digits.length, MOST_DIGITS); length++) {
    const number = Number(digits.slice(0, length));
    const known = place[axis as HeadAxis];
    if (known !== undefined && known !== number) continue;
    readings.push(...readingsOf(name.slice(text.length + length), rest, { ...place, [axis]: number }));
  }
  return readings;
}

/**
 * The names that match a pattern, in their own order.
 *
 * @param known - what is known of the place already: placeholders of these axes match that number alone
 * @param where - what has the names, in messages
 * @throws LevattnError where a name may mean several places
 */
export function matchesOf(pattern: string, names: readonly string[], known: NamedPlace = {}, where = ''): PlacedName[] {
  const tokens = tokensOf(pattern);
  return names.flatMap((name) => {
    const readings = readingsOf(name, tokens, known);
    if (readings.length > 1) throw ambiguous(pattern, `${where}${name}`, readings);
    return readings.map((place) => ({ name, place }));
  });
}

const ambiguous = (pattern: string, name: string, [one, two]: readonly NamedPlace[]): LevattnError =>
  usageError(
    `${pattern}: ${name} may be ${spellNamed(one!)}, or ${spellNamed(two!)}; put something other than digits between the placeholders`,
  );

/** `layer 3, head 5`. */
export const spellNamed = (place: NamedPlace): string =>
  (['layer', 'batch', 'head'] as const)
    .flatMap((axis) => (place[axis] === undefined ? [] : [`${axis} ${place[axis]}`]))
    .join(', ');

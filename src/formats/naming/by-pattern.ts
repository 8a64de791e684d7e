/** Many names as few patterns: `layers.0.k`, `layers.1.k`, … are `layers.{layer}.k`. */

import type { HeadAxis } from '../../rows/row-block.js';

/** Names that differ in numbers alone. */
export interface NamePattern<T> {
  /** With placeholders where they differ; of one name, the name. */
  readonly pattern: string;
  readonly members: readonly T[];
}

/**
 * Names by pattern, in the order in which they come first.
 * @param keyOf - only members of the same key are of one pattern
 */
export function namesByPattern<T extends { readonly name: string }>(
  items: readonly T[],
  keyOf: (item: T) => string = () => '',
): NamePattern<T>[] {
  return groupsOf(items, (item) => `${partsOf(item.name).text.join('\0')}\0\0${keyOf(item)}`).flatMap(patternsOf);
}

/** Patterns, those that begin as a name does before others. */
export const alikeFirst = <T extends { readonly pattern: string }>(patterns: readonly T[], name: string): T[] =>
  patterns
    .map((one) => ({ one, alike: commonLength(one.pattern, name) }))
    .sort((a, b) => b.alike - a.alike)
    .map(({ one }) => one);

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

/** The text between the numbers of a name, and the numbers. */
function partsOf(name: string): { readonly text: readonly string[]; readonly numbers: readonly string[] } {
  const parts = name.split(/(\d+)/);
  return { text: parts.filter((_, i) => i % 2 === 0), numbers: parts.filter((_, i) => i % 2 === 1) };
}

function groupsOf<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

/** The patterns of names with the same text between their numbers. */
function patternsOf<T extends { readonly name: string }>(items: readonly T[]): NamePattern<T>[] {
  const parts = items.map(({ name }) => partsOf(name));
  const { text } = parts[0]!;
  const numbersAt = text.slice(1).map((_, at) => parts.map(({ numbers }) => numbers[at]!));
  const axes = axesOf(text, numbersAt);
  const fixed = ({ name }: T): string =>
    partsOf(name)
      .numbers.filter((_, at) => axes[at] === undefined)
      .join('\0');
  return groupsOf(items, fixed).map((members) => {
    if (members.length === 1) return { pattern: members[0]!.name, members };
    const { numbers } = partsOf(members[0]!.name);
    const filled = numbers.map((number, at) => (axes[at] === undefined ? number : `{${axes[at]}}`));
    return { pattern: text.map((part, at) => `${part}${filled[at] ?? ''}`).join(''), members };
  });
}

/** What the words before a number say that it counts. */
const WORDS: readonly (readonly [HeadAxis, RegExp])[] = [
  ['head', /(heads?|(^|[^\p{L}])h)[^\p{L}]*$/iu],
  ['batch', /((batch|example|sample)(es|s)?|(^|[^\p{L}])b)[^\p{L}]*$/iu],
  ['layer', /((layer|block)s?|(^|[^\p{L}])l)[^\p{L}]*$/iu],
];

/** The axis that each number of a name counts along; undefined where the number is a part of the name. */
function axesOf(text: readonly string[], numbersAt: readonly (readonly string[])[]): (HeadAxis | undefined)[] {
  const columns = numbersAt.map((numbers) => numbers.map(Number).join());
  // A number that is the same in all names is a part of them; one that goes with another is of its axis.
  const sizes = numbersAt.map((numbers) => new Set(numbers).size);
  const varying = columns.flatMap((column, at) => (sizes[at]! > 1 && columns.indexOf(column) === at ? [at] : []));
  const axes = new Map<number, HeadAxis>();
  const take = (at: number, axis: HeadAxis | undefined): void => {
    if (axis !== undefined && ![...axes.values()].includes(axis)) axes.set(at, axis);
  };
  for (const at of varying) take(at, WORDS.find(([, word]) => word.test(text[at]!))?.[0]);
  for (const at of varying) {
    if (axes.has(at)) continue;
    const free = (['layer', 'head'] as const).find((axis) => ![...axes.values()].includes(axis));
    // Two of a kind behind the layers are keys and values rather than heads.
    if (free !== 'head' || sizes[at]! > 2) take(at, free);
  }
  return columns.map((column) => axes.get(columns.indexOf(column)));
}

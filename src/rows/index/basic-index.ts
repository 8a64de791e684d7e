/** NumPy's basic indexing: `[0, :, 5:70]`. Whole numbers drop an axis, ranges cut it, `...` stands for all axes that are not said. */

import { dataError } from '../../errors.js';

/** What is taken along an axis: one place, or those from … to - 1; negative ones count from the end, as in Python. */
export type IndexItem = number | { readonly from: number | undefined; readonly to: number | undefined };

/** An index as it was written. */
export interface BasicIndex {
  /** As written, with its brackets. */
  readonly text: string;
  /** Of the first axes. */
  readonly first: readonly IndexItem[];
  /** Of the last axes, behind `...`. */
  readonly last: readonly IndexItem[];
}

/** What is taken of an axis of a known length. */
export interface AxisRange {
  readonly from: number;
  readonly to: number;
  /** Whether the axis is left, which a whole number drops. */
  readonly kept: boolean;
  /** Of the axis. */
  readonly length: number;
}

/** Whole numbers of at most 15 digits: all of them are exact. */
const ITEM = /^(?:(-?\d{1,15})|(-?\d{1,15})?\s*:\s*(-?\d{1,15})?(?:\s*:\s*(-?\d{1,15})?)?)$/;

const numberIn = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/**
 * Parses an index in brackets.
 * @param name - what it is of, in messages
 * @returns undefined where it is none: a name may end with brackets
 * @throws LevattnError where it is one with a step other than 1, or more than one `...`
 */
export function parseBasicIndex(text: string, name = `index ${text}`): BasicIndex | undefined {
  const [, inner] = /^\[([^[\]]*)\]$/.exec(text) ?? [];
  if (inner === undefined || inner.trim() === '') return undefined;
  const parts = inner.split(',').map((part) => part.trim());
  // Python allows a comma at the end.
  if (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const sides: IndexItem[][] = [[]];
  for (const part of parts) {
    if (part === '...') {
      sides.push([]);
      continue;
    }
    const match = ITEM.exec(part);
    if (!match) return undefined;
    const [, at, from, to, step] = match;
    if (step !== undefined && step !== '1') {
      throw dataError(`${name}: the step of ${part} is ${step}; only ranges a:b without a step are read`);
    }
    sides.at(-1)!.push(at === undefined ? { from: numberIn(from), to: numberIn(to) } : Number(at));
  }
  if (sides.length > 2)
    throw dataError(`${name}: the index has several ...; one stands for all axes that are not said`);
  return { text, first: sides[0]!, last: sides[1] ?? [] };
}

/**
 * What an index takes of an array, axis by axis; ranges that reach beyond an axis end with it, as in NumPy.
 * @param name - of the array, in messages
 * @throws LevattnError where the array has fewer axes, or no such place
 */
export function rangesOf({ text, first, last }: BasicIndex, shape: readonly number[], name: string): AxisRange[] {
  const said = first.length + last.length;
  const spelled = `shape (${shape.join(', ')})`;
  if (said > shape.length) {
    throw dataError(`${name}: ${spelled}, and ${text} says what to take of ${said} axes; leave some out`);
  }
  return shape.map((length, axis) => {
    const fromEnd = axis - (shape.length - last.length);
    const item = fromEnd >= 0 ? last[fromEnd]! : first[axis];
    if (item === undefined) return { from: 0, to: length, kept: true, length };
    if (typeof item === 'number') {
      const at = item < 0 ? item + length : item;
      if (at < 0 || at >= length) {
        throw dataError(`${name}: ${spelled}, and ${text} takes ${item} of axis ${axis}, which has 0 to ${length - 1}`);
      }
      return { from: at, to: at + 1, kept: false, length };
    }
    const bound = (value: number): number => Math.min(length, Math.max(0, value < 0 ? value + length : value));
    const from = bound(item.from ?? 0);
    return { from, to: Math.max(from, bound(item.to ?? length)), kept: true, length };
  });
}

/** The lengths of the axes that are left. */
export const shapeOf = (ranges: readonly AxisRange[]): number[] =>
  ranges.filter(({ kept }) => kept).map(({ from, to }) => to - from);

/** Places that follow one another. */
export interface Run {
  readonly start: number;
  readonly count: number;
}

/** The places that ranges take of an array in C order, in that order, those that follow one another together. */
export function* runsOf(ranges: readonly AxisRange[]): Generator<Run, void, undefined> {
  const last = ranges.at(-1);
  if (!last) {
    yield { start: 0, count: 1 };
    return;
  }
  if (ranges.some(({ from, to }) => from === to)) return;
  // Whole axes at the end make one run with the axis before them.
  let inner = ranges.length - 1;
  while (inner > 0 && isWhole(ranges[inner]!)) inner--;
  const unit = ranges.slice(inner + 1).reduce((all, { length }) => all * length, 1);
  const { from, to, length } = ranges[inner]!;
  const places = ranges.slice(0, inner).map((range) => range.from);
  for (;;) {
    const before = places.reduce((at, place, axis) => at * ranges[axis]!.length + place, 0);
    yield { start: (before * length + from) * unit, count: (to - from) * unit };
    let axis = inner - 1;
    while (axis >= 0 && places[axis] === ranges[axis]!.to - 1) {
      places[axis] = ranges[axis]!.from;
      axis--;
    }
    if (axis < 0) return;
    places[axis]!++;
  }
}

const isWhole = ({ from, to, length }: AxisRange): boolean => from === 0 && to === length;

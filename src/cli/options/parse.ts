/** What values of options may be. */

import { InvalidArgumentError } from 'commander';
import { LevattnError } from '../../errors.js';
import { formatNamed } from '../../formats/open.js';
import { parseFunction, type ScoringFunction } from '../../functions.js';
import type { InputRole } from '../../input/options.js';
import { type IndexRange, parseIndexRanges } from '../../rows/heads/head-index.js';
import { LAYOUTS, type Layout } from '../../rows/heads/layout.js';

/** A threshold, in (0, 1]. */
export function parseEps(text: string): number {
  const eps = Number(text);
  if (text.trim() === '' || !(eps > 0 && eps <= 1)) {
    throw new InvalidArgumentError('It must be a number greater than 0 and at most 1.');
  }
  return eps;
}

/** One character, or the word `tab`. */
export function parseDelimiter(text: string): string {
  const delimiter = text === 'tab' || text === '\\t' ? '\t' : text;
  if ([...delimiter].length !== 1) throw new InvalidArgumentError("It must be one character, or 'tab'.");
  return delimiter;
}

/** Numbers and ranges of them, separated by commas. */
export function parseRanges(text: string): IndexRange[] {
  const ranges = parseIndexRanges(text);
  if (!ranges) throw new InvalidArgumentError('It must be numbers or ranges, such as 3,5 or 0:8.');
  return ranges;
}

/** One value for all inputs, or one for each role. */
export type ByRole<T> = { readonly [role in InputRole | 'all']?: T };

/** A value for all inputs, or one for some of them: `K=2,Q=8`. V goes as K does, unless it is named. */
export function parseByRole<T>(text: string, parse: (text: string) => T): ByRole<T> {
  if (!text.includes('=')) return { all: parse(text) };
  const values: { [role in InputRole]?: T } = {};
  for (const part of text.split(',')) {
    const [, role, value] = /^\s*([KQV])\s*=\s*(\S+)\s*$/.exec(part) ?? [];
    if (role === undefined || value === undefined) {
      throw new InvalidArgumentError('It must be one for all inputs, or K=…,Q=…,V=… for those that are named.');
    }
    values[role as InputRole] = parse(value);
  }
  return { ...(values.K !== undefined && { V: values.K }), ...values };
}

/** An order of axes. */
export function parseLayout(text: string): Layout {
  const layout = LAYOUTS.find((known) => known === text);
  if (!layout) throw new InvalidArgumentError(`Allowed choices are ${LAYOUTS.join(', ')}.`);
  return layout;
}

/** What is written up to a comma or the end; commas do not count in double quotes that begin and end a name, or an end of a range. */
const ENTRY = /\s*((?:(?<=(?:^|[,:])\s*)"(?:[^"]|"")*"(?=\s*(?:[:,]|$))|[^,])*?)\s*(?:,|$)/y;

/** A name, or an end of a range, in double quotes, in which two stand for one. */
const QUOTED = /(^|:)\s*"((?:[^"]|"")*)"\s*(?=:|$)/g;

/** Column names, ranges and globs, separated by commas; names that have commas themselves in double quotes. */
export const parseColumns = (text: string): string[] => {
  const columns: string[] = [];
  for (let at = 0; at <= text.length; ) {
    ENTRY.lastIndex = at;
    const [found, entry] = ENTRY.exec(text)!;
    columns.push(entry!.replace(QUOTED, (_, before: string, name: string) => before + name.replaceAll('""', '"')));
    at = found.endsWith(',') ? ENTRY.lastIndex : text.length + 1;
  }
  if (columns.some((name) => name === '')) {
    throw new InvalidArgumentError(
      'It must be names separated by commas; one with commas in it stands in double quotes.',
    );
  }
  return columns;
};

/** The name of an input format. */
export function parseFormatName(text: string): string {
  try {
    formatNamed(text);
    return text;
  } catch (error) {
    if (error instanceof LevattnError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}

/** A function, as an error of the command line where there is none of that name. */
export function parseFunctionOption(text: string): ScoringFunction {
  try {
    return parseFunction(text);
  } catch (error) {
    if (error instanceof LevattnError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}

/** A factor, > 0. */
export function parseScale(text: string): number {
  const scale = Number(text);
  if (text.trim() === '' || !(scale > 0 && scale < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError('It must be a number greater than 0.');
  }
  return scale;
}

/** What follows a number of bytes. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** A number of bytes. */
export function parseBytes(text: string): number {
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const size = Number(number) * (UNITS[unit.toUpperCase()] ?? Number.NaN);
  if (number === '' || !(size >= 1)) {
    throw new InvalidArgumentError('It must be a size, such as 512MiB or 2GB.');
  }
  return Math.floor(size);
}

/** A whole number, maybe negative. */
export function parseWhole(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return value;
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  const value = parseWhole(text);
  if (value < 1) throw new InvalidArgumentError('It must be at least 1.');
  return value;
}

/** A whole number of rows, 1 to 2^30. */
export function parseRate(text: string): number {
  const rate = Number(text);
  if (!/^\d+$/.test(text) || !(rate >= 1 && rate <= 2 ** 30)) {
    throw new InvalidArgumentError('It must be a whole number of at least 1; 16 sums one row in 16.');
  }
  return rate;
}

/** A whole number of threads, 1 to 256. */
export function parseThreads(text: string): number {
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 256.');
  }
  return threads;
}

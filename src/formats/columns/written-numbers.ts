/** Numbers that are written as text in a table whose columns have types: not read, but reported where a column of them is left out. */

import { meaningOf } from '../csv/meant.js';
import { isMissing, numberFromText } from '../csv/number.js';

/** Values of a column that are looked at. */
export const LOOKED_AT = 100;

/**
 * Why a column of text may be meant as numbers; undefined where nothing suggests it.
 * @param texts - of its first rows
 */
export function meaningOfText(texts: readonly string[]): string | undefined {
  const filled = texts.filter((text) => !isMissing(text));
  if (filled.length === 0) return undefined;
  if (filled.every((text) => numberFromText(text) !== undefined)) return 'text of numbers';
  if (filled.every(isList)) return 'text of lists of numbers';
  return meaningOf(filled);
}

function isList(text: string): boolean {
  if (!text.trimStart().startsWith('[')) return false;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.length > 0 && list.every((entry) => typeof entry === 'number');
  } catch {
    return false;
  }
}

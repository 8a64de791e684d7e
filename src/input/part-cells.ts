/** How one part of a table is read for its chosen rows: columns that are written as text are numbers there, or text, or both. */

import { unitOf } from '../rows/column-units.js';
import type { ColumnOfTable } from '../rows/row-block.js';
import { PLAIN, UNKNOWN } from '../rows/units.js';
import type { PartedColumn } from './columns-of-parts.js';
import { numberText } from './whole-columns.js';

/** Kinds of columns that are read as numbers. */
export const NUMBERS: ReadonlySet<string> = new Set(['floating', 'boolean', 'integer', 'time']);

/** Types of columns that are read as words; in CSV everything is. */
const WORDS = /^(?:Dictionary<)?(?:Large)?Utf8(?:View)?>?$|^Text$/;

/** What JSON holds besides numbers and text; it is written as JSON. */
const OF_JSON = /^(?:Mixed|Object|List|List<(?:Integer|Number)>)$/;

/** Numbers of CSV and JSON, as which a column is recognised by its first rows: words may follow. */
export const BY_SAMPLE = /^(?:floating|integer|boolean|Number|Integer|Boolean|)$/;

/** Types of Arrow and Parquet whose digits can be read as text. */
const WITH_DIGITS = /^(?:(?:Ui|I)nt\d+$|Decimal)/;

/** In CSV a column of text is one of which it is not known what it is; in JSON dates are text, and so is all that is no number. */
export const isWords = ({ kind, type }: ColumnOfTable): boolean =>
  kind === 'unsure' || ((kind === 'other' || kind === 'time') && WORDS.test(type)) || OF_JSON.test(type);

/** Whether a column counts days in one part, and seconds or anything else in another; what is no number or date counts nothing. */
export function isOfSeveralUnits({ parts }: PartedColumn): boolean {
  const units = new Set(parts.flatMap((part) => (part ? [unitOf(part).replace(UNKNOWN, PLAIN)] : [])));
  return units.size > 1;
}

/** Whether a file itself says that a column holds numbers: its cells are no text then. */
const isOfNumbers = (column: ColumnOfTable): boolean => NUMBERS.has(column.kind) && !BY_SAMPLE.test(column.type);

/** How a part is read. */
export interface PartCells {
  /** Names of the columns that are read as numbers. */
  readonly numbers: readonly string[];
  /** Names of those whose cells are read as text. */
  readonly texts: readonly string[];
  /** The text of a cell that the number says better: one that is missing, or of a type without digits of its own. */
  spelled(name: string, value: number): string | undefined;
}

/**
 * How part `part` is read.
 * @param numeric - columns that are written as numbers
 * @param beside - columns whose cells are needed as text
 */
export function cellsOfPart(
  part: number,
  numeric: readonly PartedColumn[],
  beside: readonly PartedColumn[],
): PartCells {
  const numbers = new Set(numeric.filter(({ parts }) => parts[part]).map(({ name }) => name));
  const texts: string[] = [];
  const typed = new Map<string, ColumnOfTable>();
  for (const { name, parts } of beside) {
    const column = parts[part];
    if (!column) continue;
    const isNumber = isOfNumbers(column) && !isWords(column);
    if (isNumber) {
      typed.set(name, column);
      numbers.add(name);
    }
    if (!isNumber || WITH_DIGITS.test(column.type)) texts.push(name);
  }
  return {
    numbers: [...numbers],
    texts,
    spelled(name, value) {
      const column = typed.get(name);
      const isSaid = column && (Number.isNaN(value) || !WITH_DIGITS.test(column.type));
      return isSaid ? numberText(column, value) : undefined;
    },
  };
}

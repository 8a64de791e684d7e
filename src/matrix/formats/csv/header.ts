/** Whether a CSV file's first row names its columns: as told by the user, or recognised from the sampled rows. */

import { dataError } from '../../../errors.js';
import { isInteger, numberFromText } from './number.js';

/** What names the columns. */
export interface Header {
  /** Names by column, space around them gone; undefined where there is no header. */
  readonly names: readonly string[] | undefined;
  /** Whether the first row holds them, so that the data begin with the second. */
  readonly inFirstRow: boolean;
}

type Fields = readonly string[];

/** What {@link chooseHeader} goes by. */
export interface HeaderClues {
  /** The file's name, for messages. */
  readonly name: string;
  /** The sampled rows, the first of the file first. */
  readonly rows: readonly Fields[];
  /** The fields of a comment on the first line. */
  readonly comment: Fields | undefined;
  /** Whether there is a header, where the user says so. */
  readonly given: boolean | undefined;
}

const NONE: Header = { names: undefined, inFirstRow: false };

/**
 * The header as the user says, or else as the sample has it. A comment on the first line is the header where it has as
 * many fields as the first row and that row is none itself.
 * @throws LevattnError where the first row may as well be pandas' default names 0, 1, 2, … as data
 */
export function chooseHeader({ name, rows, comment, given }: HeaderClues): Header {
  const [first = [], ...rest] = rows;
  if (given === false || rows.length === 0) return NONE;
  const inFirstRow: Header = { names: trimmed(first), inFirstRow: true };
  const inComment: Header | undefined =
    comment?.length === first.length ? { names: trimmed(comment), inFirstRow: false } : undefined;
  const guess = recogniseHeader(first, rest);
  if (guess === true) return inFirstRow;
  if (inComment) return inComment;
  if (given === true) return inFirstRow;
  if (guess === false) return NONE;
  throw dataError(
    `${name}: the first row (0, 1, 2, …) may be a header or data, as all values are whole numbers; ` +
      'say which: --header or --no-header',
  );
}

const trimmed = (fields: Fields): string[] => fields.map((field) => field.trim());

const isNumber = (field: string | undefined): boolean => field !== undefined && numberFromText(field) !== undefined;

const isEmpty = (field: string | undefined): boolean => field === undefined || field.trim() === '';

const isFloating = (field: string | undefined): boolean => isNumber(field) && !isInteger(field!);

/**
 * A first row without a number is a header. So is one that counts 0, 1, 2, … (pandas' default names), alone or after one
 * field without a number, the index's name; where nothing but whole numbers follows, it may as well be data.
 */
function recogniseHeader(first: Fields, rest: readonly Fields[]): boolean | 'unclear' {
  if (!first.some(isNumber)) return !first.every(isEmpty);
  const labelled = !isNumber(first[0]);
  const tail = labelled ? first.slice(1) : first;
  if (!tail.every(isInteger)) return false;
  const labels = tail.map((field) => field.trim());
  if (labelled && isEmpty(first[0])) return isUnnamedIndex(labels, rest);
  if (!labels.every((label, i) => label === String(i))) return false;
  if (rest.some((row) => row.slice(first.length - tail.length).some(isFloating))) return true;
  return labelled && rest.length > 0 && rest.every((row) => isNumber(row[0])) ? true : 'unclear';
}

/** An empty field before whole numbers that differ, above an index without gaps: a data row would miss a value. */
function isUnnamedIndex(labels: readonly string[], rest: readonly Fields[]): boolean {
  return new Set(labels).size === labels.length && !rest.some((row) => isEmpty(row[0]));
}

/** What the first row of a CSV file is: names of the columns, data, or a count of what follows; as told, or as the rows show. */

import { dataError } from '../../errors.js';
import { listed, shownText } from '../../text.js';
import type { Dialect } from './dialect.js';
import { isInteger, isMissing, numberFromText } from './number.js';
import { mayBeNames } from './number-names.js';
import type { Fields } from './sample.js';

/** What names the columns. */
export interface Header {
  /** Names by column, space around them gone; undefined where there is no header. */
  readonly names: readonly string[] | undefined;
  /** Whether the first row is no row of data, so that they begin with the second. */
  readonly inFirstRow: boolean;
  /** Fields of every row of data. */
  readonly width: number;
  /** Whether the first column has the rows' names, as R writes them: the header says nothing of it. */
  readonly rowNames?: boolean | undefined;
  /** The rows that the first line promises, as word2vec writes it. */
  readonly rows?: number | undefined;
}

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
  readonly dialect: Dialect;
}

/** The most fields of a first row that a message repeats. */
const LISTED = 4;

/**
 * The header as the user says, or else as the sample has it. A comment on the first line is the header where it has as
 * many fields as the first row, does not begin with a number, and that row is none itself.
 * @throws LevattnError where the first row may as well name the columns as be data
 */
export function chooseHeader(clues: HeaderClues): Header {
  const { name, rows, comment, given, dialect } = clues;
  const [first = [], ...rest] = rows;
  const width = first.length;
  const none: Header = { names: undefined, inFirstRow: false, width };
  if (rows.length === 0) return none;
  const other = headerOfOtherWidth(clues, first, rest);
  if (other) return other;
  if (given === false) return none;
  const inFirstRow: Header = { names: trimmed(first), inFirstRow: true, width };
  // A row that somebody has taken out begins with a number.
  const namesInComment =
    comment?.length === width && (given === true || numberFromText(comment[0]!, dialect.decimal) === undefined);
  const inComment: Header | undefined = namesInComment
    ? { names: trimmed(comment), inFirstRow: false, width }
    : undefined;
  const guess = recogniseHeader(first, rest, dialect);
  if (guess === true) return inFirstRow;
  if (inComment) return inComment;
  if (given === true) return inFirstRow;
  if (guess === false) return none;
  const shown = listed(
    first.map((field) => shownText(field).slice(1, -1)),
    LISTED,
  );
  throw dataError(
    guess === 'mixed'
      ? `${name}: the first row (${shown}) may be a header or data, as it has words over columns of numbers, and numbers; say which: --header or --no-header`
      : guess === 'counts'
        ? `${name}: the first row (0, 1, 2, …) may be a header or data, as all values are whole numbers; say which: --header or --no-header`
        : `${name}: the first row (${shown}) may be a header of numbers or data; say which: --header or --no-header`,
  );
}

const trimmed = (fields: Fields): string[] => fields.map((field) => field.trim());

const isEmpty = (field: string | undefined): boolean => field === undefined || field.trim() === '';

/**
 * A first row that has other fields than all others: R's header, which lacks the name of the rows' names; a header without the
 * delimiter that ends every row, or with one more; the numbers of rows and columns.
 */
function headerOfOtherWidth(clues: HeaderClues, first: Fields, rest: readonly Fields[]): Header | undefined {
  const { name, given, dialect } = clues;
  const width = rest[0]?.length ?? first.length;
  if (width === first.length || rest.some((row) => row.length !== width)) return undefined;
  const isCount = (field: string): boolean => /^[1-9]\d*$/.test(field.trim());
  if (first.length === 2 && given !== true && first.every(isCount)) {
    const columns = Number(first[1]);
    const counts = columns === width || columns === width - 1;
    return counts ? { names: undefined, inFirstRow: true, width, rows: Number(first[0]) } : undefined;
  }
  const isNumber = (field: string): boolean => numberFromText(field, dialect.decimal) !== undefined;
  if (
    given === false ||
    (given === undefined && first.some((field) => isNumber(field) || (isMissing(field) && !isEmpty(field))))
  ) {
    return undefined;
  }
  const names = trimmed(first);
  if (first.length === width + 1 && isEmpty(first.at(-1))) {
    return { names: names.slice(0, -1), inFirstRow: true, width };
  }
  if (first.length !== width - 1) return undefined;
  if (rest.every((row) => isEmpty(row.at(-1)))) return { names: [...names, ''], inFirstRow: true, width };
  if (
    dialect.delimiter === ',' &&
    width === 2 &&
    rest.every((row) => isInteger(row[0]!) && /^\d+$/.test(row[1]!.trim()))
  ) {
    throw dataError(
      `${name}: the first row has one field and the others two, such as ${rest[0]!.map((field) => field.trim()).join()}: numbers with ` +
        'decimal commas, or names of rows before them; if the former, say --decimal ,',
    );
  }
  return areRowNames(
    rest.map((row) => row[0]!),
    isNumber,
  )
    ? { names: ['', ...names], inFirstRow: true, width, rowNames: true }
    : undefined;
}

/** Texts, or whole numbers that count. */
function areRowNames(fields: Fields, isNumber: (field: string) => boolean): boolean {
  if (!fields.every(isInteger)) return !fields.every(isNumber);
  return fields.every((field, i) => Number(field) === Number(fields[0]) + i);
}

/**
 * A first row without a number is a header, unless it is a row of missing values. So is one that counts 0, 1, 2, … (pandas' default
 * names), alone or after one field without a number, the index's name; where nothing but whole numbers follows, it may as well be
 * data, as any other may whose numbers are like names, or that has words over numbers.
 */
function recogniseHeader(
  first: Fields,
  rest: readonly Fields[],
  { decimal }: Dialect,
): boolean | 'counts' | 'numbers' | 'mixed' {
  const isNumber = (field: string | undefined): boolean =>
    field !== undefined && numberFromText(field, decimal) !== undefined;
  const numeric = first.map((_, position) => rest.some((row) => isNumber(row[position]) && !isMissing(row[position]!)));
  if (!first.some((field) => isNumber(field) && !isMissing(field))) {
    const overNumbers = numeric.includes(true) ? first.filter((_, position) => numeric[position]) : first;
    return !overNumbers.every(isMissing);
  }
  const labelled = !isNumber(first[0]) && (isEmpty(first[0]) || !isMissing(first[0]!));
  const tail = labelled ? first.slice(1) : first;
  const labels = tail.map((field) => field.trim());
  const allIntegers = tail.every(isInteger);
  const counts = labels.every((label, i) => label === String(i));
  const isFloating = (field: string): boolean => isNumber(field) && !isInteger(field);
  if (allIntegers && labelled && isEmpty(first[0])) {
    if (!isUnnamedIndex(labels, rest)) return false;
    return counts || !rest.some((row) => isFloating(row[0]!)) ? true : 'numbers';
  }
  if (counts) {
    if (rest.some((row) => row.slice(first.length - tail.length).some(isFloating))) return true;
    return labelled && rest.length > 0 && rest.every((row) => isNumber(row[0])) ? true : 'counts';
  }
  if (mayBeNames(first, rest, numeric, decimal)) return 'numbers';
  // A row of data has no words there.
  const isOverNumbers = (position: number): boolean =>
    numeric[position]! && rest.every((row) => isNumber(row[position]) || isMissing(row[position] ?? ''));
  return first.some((field, i) => !isNumber(field) && !isMissing(field) && isOverNumbers(i)) ? 'mixed' : false;
}

/** An empty field before whole numbers that differ, above an index without gaps: a data row would miss a value. */
function isUnnamedIndex(labels: readonly string[], rest: readonly Fields[]): boolean {
  return new Set(labels).size === labels.length && !rest.some((row) => isEmpty(row[0]));
}

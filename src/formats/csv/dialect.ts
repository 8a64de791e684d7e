/** How the text of one file is cut into rows, fields and numbers. */

import type { Decimal } from './number.js';

/** What a file's text is read by. */
export interface Dialect {
  /** One ASCII character; the space stands for runs of spaces and tabs. */
  readonly delimiter: string;
  /** Whether quotes enclose fields; else they are characters like any other. */
  readonly quotes: boolean;
  /** The decimal sign. */
  readonly decimal: Decimal;
  /** Which lines that begin with `#` are rows; where not given, all of them are comments. */
  readonly hashRows?: HashRows | undefined;
  /** Whether a blank line between rows is a row: in a table of one column, where its field is empty. */
  readonly blankRows?: boolean | undefined;
}

/** Lines that begin with `#` are rows where they have a row's fields and the rows have begun. */
export interface HashRows {
  /** Fields of a row. */
  readonly width: number;
  /** The first physical line, 1-based, that can be one. */
  readonly from: number;
}

/** A dialect of decimal points and quotes, in which all lines that begin with `#` are comments. */
export const dialectOf = (delimiter: string): Dialect => ({ delimiter, quotes: true, decimal: '.' });

/** Whether runs of spaces and tabs set fields apart. */
export const hasBlanks = ({ delimiter }: Dialect): boolean => delimiter === ' ';

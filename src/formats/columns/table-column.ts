/** What a table's column is to the choice of a matrix, whatever the file's format. */

import { shownColumn } from '../../text.js';
import type { TimeUnit } from '../csv/times.js';

/**
 * What a column holds.
 *
 * `floating`, `boolean`, `integer`: numbers. `list-floating`, `list-integer`: a row's numbers each. `unsure`: no numbers as far as was
 * looked, which are read where somebody names the column. `time`: dates and times, which are numbers where somebody asks for them. `other`: no
 * numbers.
 */
export type ColumnKind =
  | 'floating'
  | 'boolean'
  | 'integer'
  | 'list-floating'
  | 'list-integer'
  | 'unsure'
  | 'time'
  | 'other';

/** A column of a table. */
export interface TableColumn {
  /** Its name; undefined where the file has no names. */
  readonly name: string | undefined;
  readonly kind: ColumnKind;
  /** Its type as messages spell it, such as `Int64`; empty where the format has no types. */
  readonly type: string;
  /** Why it may be meant as numbers though it is not read as such: `numbers with a percent sign`. */
  readonly meant?: string | undefined;
  /** Of dates and times as text: what they are read as, where somebody asks for them. */
  readonly unit?: TimeUnit | undefined;
  /** Whether it is the index of a data frame, which is no part of the matrix unless it is named. */
  readonly index?: boolean | undefined;
}

/** How messages name the column at a 0-based position: by its name, else by the position. */
export const labelOf = (columns: readonly TableColumn[], position: number): string => {
  const name = columns[position]?.name;
  return name ? shownColumn(name) : `${position}`;
};

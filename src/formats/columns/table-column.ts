/** What a table's column is to the choice of a matrix, whatever the file's format. */

import { shownText } from '../csv/number.js';

/**
 * What a column holds.
 *
 * `floating`, `boolean`, `integer`: numbers. `list-floating`, `list-integer`: a row's numbers each. `unsure`: no numbers as far as was
 * looked, which are read where somebody names the column. `other`: no numbers.
 */
export type ColumnKind = 'floating' | 'boolean' | 'integer' | 'list-floating' | 'list-integer' | 'unsure' | 'other';

/** A column of a table. */
export interface TableColumn {
  /** Its name; undefined where the file has no names. */
  readonly name: string | undefined;
  readonly kind: ColumnKind;
  /** Its type as messages spell it, such as `Int64`; empty where the format has no types. */
  readonly type: string;
  /** Why it may be meant as numbers though it is not read as such: `numbers with a percent sign`. */
  readonly meant?: string | undefined;
  /** Whether it is the index of a data frame, which is no part of the matrix unless it is named. */
  readonly index?: boolean | undefined;
}

/** The most characters of a name that a message repeats: enough to copy it for `--columns`. */
const SHOWN_NAME = 60;

/** A name as messages show it: in one line, and not too long. */
export const shownColumn = (name: string): string => shownText(name, SHOWN_NAME).slice(1, -1);

/** How messages name the column at a 0-based position: by its name, else by the position. */
export const labelOf = (columns: readonly TableColumn[], position: number): string => {
  const name = columns[position]?.name;
  return name ? shownColumn(name) : `${position}`;
};

/** A list in a message that names at most `most` items. */
export function listed(items: readonly string[], most: number): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join(', ')} and ${more} more` : items.join(', ');
}

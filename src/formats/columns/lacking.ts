/** What a table has, where it lacks what is asked for. */

import { dataError, type LevattnError } from '../../errors.js';
import { listed, shownColumn } from '../../text.js';
import { isPartition } from '../partitions.js';
import { labelOf, type TableColumn } from './table-column.js';

/** The most columns and characters that a message lists. */
const LISTED = 40;
const LISTED_CHARACTERS = 800;

/** The error for a column that a table does not have; what it has is listed. */
export function lacksColumn(columns: readonly TableColumn[], name: string, source: string): LevattnError {
  const there = columns.some((column) => column.name !== undefined)
    ? `there are ${describeColumns(columns, columns.keys()) || 'none'}`
    : `without a header, columns go by 0-based position, 0 to ${columns.length - 1}`;
  const where = isPartition(source, name) ? ', which is in the names of its folders alone' : '';
  return dataError(`${source}: no column ${shownColumn(name)}${where}; ${there}`);
}

/** Columns as messages list them, with their types. */
export function describeColumns(columns: readonly TableColumn[], positions: Iterable<number>): string {
  const texts = [...positions].map((position) => {
    const { type, index } = columns[position]!;
    return `${labelOf(columns, position)}${type ? `: ${type}` : ''}${index ? ' (index)' : ''}`;
  });
  const text = listed(texts, LISTED);
  return text.length > LISTED_CHARACTERS ? `${text.slice(0, LISTED_CHARACTERS)}…` : text;
}

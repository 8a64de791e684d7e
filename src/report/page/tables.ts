/** Tables of numbers, for readers and for screen readers. */

import type { Table } from '../figures/figure.js';
import { readable } from '../numbers.js';
import { element, textElement } from '../svg/markup.js';

/** Digits of a number that is not whole. */
const DIGITS = 6;

/**
 * A table that scrolls where it is long, within a disclosure.
 * @param title - what it is of
 */
export function drawTable(table: Table, title: string): string {
  const rows = table.rows.length === 1 ? '1 row' : `${readable(table.rows.length)} rows`;
  const label = `Numbers of ${title}`;
  return element(
    'details',
    {},
    textElement('summary', {}, `Numbers (${rows})`),
    element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, tableElement(table, label)),
  );
}

/** The table itself. */
export function tableElement({ columns, rows, note }: Table, title: string): string {
  const isText = columns.map((_, column) => rows.some((row) => typeof row[column] === 'string'));
  const kind = (column: number): string | undefined => (isText[column] ? 'text' : undefined);
  return element(
    'table',
    {},
    textElement('caption', {}, note === undefined ? title : `${title}. ${note}`),
    element(
      'thead',
      {},
      element('tr', {}, ...columns.map((name, at) => textElement('th', { scope: 'col', class: kind(at) }, name))),
    ),
    element('tbody', {}, tableRows(rows)),
  );
}

/** Rows of a table; the first cell heads its row. */
export const tableRows = (rows: Table['rows']): string =>
  rows
    .map((row) =>
      element(
        'tr',
        {},
        ...row.map((cell, at) => {
          const text = typeof cell === 'string' ? cell : readable(cell, DIGITS);
          const kind = typeof cell === 'string' ? 'text' : undefined;
          return at === 0
            ? textElement('th', { scope: 'row', class: kind }, text)
            : textElement('td', { class: kind }, text);
        }),
      ),
    )
    .join('');

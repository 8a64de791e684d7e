/** A table of all heads: the numbers that they are compared by, a row a head. */

import type { Table } from '../figures/figure.js';
import { readable } from '../numbers.js';
import { nameOf } from '../place.js';
import { type Choice, type Choices, type ComparedHead, type Measure, spellValue } from './measures.js';

/** A column. */
interface Column {
  readonly title: string;
  numberOf(head: ComparedHead, at: number): number;
  spell(value: number): string;
}

/** The table, its rows in the order of the heads, and the numbers that its cells are sorted by. */
export interface HeadTable extends Table {
  readonly rows: readonly (readonly string[])[];
  readonly sortedBy: readonly (readonly number[])[];
}

/** The table for a choice. */
export function headTable(heads: readonly ComparedHead[], choice: Choice, choices: Choices): HeadTable {
  const columns = columnsFor(choice, choices);
  const sortedBy = heads.map((head, at) => columns.map((column) => column.numberOf(head, at)));
  const { f, selection } = choice;
  return {
    note: f === '' ? undefined : `Attention: ${f}; keys selected by ${selection}`,
    columns: columns.map(({ title }) => title),
    rows: sortedBy.map((values, at) => [
      nameOf(heads[at]),
      ...values.slice(1).map((value, i) => columns[i + 1].spell(value)),
    ]),
    sortedBy,
  };
}

const number = (title: string, numberOf: (head: ComparedHead) => number): Column => ({
  title,
  numberOf,
  spell: (value) => readable(value, 3),
});

function columnsFor(choice: Choice, choices: Choices): Column[] {
  const compared = (measure: Measure): Column => ({
    title: measure.shortFor(choice),
    numberOf: (head) => measure.numberOf(head, choice),
    spell: (value) => spellValue(measure, value),
  });
  const [queries, keys] = [true, false].map((needsQueries) =>
    choices.measures.filter(({ parts }) => parts.length > 0 === needsQueries).map(compared),
  );
  return [
    { title: 'head', numberOf: (_, at) => at, spell: String },
    number('keys', ({ counted }) => counted),
    ...queries,
    ...keys,
    number('rank', ({ rank }) => rank),
    number('condition', ({ spectrum }) => spectrum?.condition ?? Number.NaN),
    ...choices.functions.map((f) =>
      number(`heavy entries, ${f}`, ({ queries }) => queries?.maps.find((map) => map.f === f)?.count ?? Number.NaN),
    ),
  ];
}

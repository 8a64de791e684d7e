/** Coverage as tables: a long one for machines, and short ones for people with a column for each number of keys. */

import type { AttentionCoverage, CoverageReport, KeyCoverage } from '../../../attention/coverage/measure-coverage.js';
import { verdictOf } from '../../../attention/coverage/verdict.js';
import type { Cells, ColumnSpec, TableBatch, TableSchema } from '../../../output/table.js';
import { count } from '../../../text.js';

/** A table, whole. */
interface Table {
  readonly schema: TableSchema;
  readonly batch: TableBatch<Cells>;
}

const TEXT = { type: 'id', of: 'utf8' } as const;

/** A row for each function, selection and k: shares of entries, of their mass, and of all attention. */
export function attentionTable({ functions }: CoverageReport): Table {
  const rows = functions.flatMap(({ f, coverage }) => coverage.map((row) => ({ f, ...row })));
  return tableOf(
    [
      { name: 'f', ...TEXT },
      { name: 'selection', ...TEXT },
      { name: 'k', type: 'uint64' },
      { name: 'entries', type: 'float64' },
      { name: 'entry_mass', type: 'float64' },
      { name: 'mass', type: 'float64' },
    ],
    rows.length,
    [
      rows.map(({ f }) => f),
      rows.map(({ selection }) => selection),
      Float64Array.from(rows, ({ k }) => k),
      Float64Array.from(rows, ({ entries }) => entries),
      Float64Array.from(rows, ({ entryMass }) => entryMass),
      Float64Array.from(rows, ({ mass }) => mass),
    ],
  );
}

/** A row for each selection and k: without queries. */
export function keyTable({ keys }: CoverageReport): Table {
  return tableOf(
    [
      { name: 'selection', ...TEXT },
      { name: 'k', type: 'uint64' },
      { name: 'leverage', type: 'float64' },
      { name: 'missed', type: 'float64' },
      { name: 'universal', type: 'float64' },
    ],
    keys.length,
    [
      keys.map(({ selection }) => selection),
      Float64Array.from(keys, ({ k }) => k),
      Float64Array.from(keys, ({ leverage }) => leverage),
      Float64Array.from(keys, ({ missed }) => missed),
      Float64Array.from(keys, ({ universal }) => universal),
    ],
  );
}

const tableOf = (columns: readonly ColumnSpec[], rows: number, cells: readonly Cells[]): Table => ({
  schema: { columns },
  batch: { rows, columns: cells },
});

/** The report for people: a table for each measure, then what they show. */
export function coverageText(report: CoverageReport): string {
  const { n, d, rank, eps, universal, queries, padding, sizes, functions } = report;
  const facts =
    `${count(n)} keys x ${d} columns, rank ${rank}` +
    `${functions.length > 0 ? `; ${count(queries)} queries${padding > 0 ? ` (and ${count(padding)} of padding)` : ''}` : ''}; U at eps ${eps}: ${count(universal)} keys\n`;
  const tables = functions.length > 0 ? attentionTexts(report) : keyTexts(report);
  const mark = universal > 0 && sizes.includes(universal) ? `k = ${universal} is |U|.\n` : '';
  return [facts, ...tables, `${mark}${verdictOf(report).join('\n')}\n`].join('\n');
}

function attentionTexts({ functions, eps, sizes }: CoverageReport): string[] {
  return functions.flatMap(({ f, entries, coverage }) => {
    const mass = pivot(`${f}: % of all attention`, coverage, sizes, ({ mass }) => percent(mass));
    if (entries === 0) return [mass, `${f}: no entry reaches ${eps}\n`];
    const title = `${f}: % of the ${count(entries)} entries >= ${eps}`;
    return [
      mass,
      pivot(title, coverage, sizes, (row: AttentionCoverage) => percent(row.entries)),
      pivot(`${f}: % of what these entries sum to`, coverage, sizes, (row: AttentionCoverage) =>
        percent(row.entryMass),
      ),
    ];
  });
}

function keyTexts({ keys, sizes, universal }: CoverageReport): string[] {
  const tables = [
    pivot('% of all leverage', keys, sizes, (row: KeyCoverage) => percent(row.leverage)),
    pivot('largest x^2 score of a key left out', keys, sizes, (row: KeyCoverage) => row.missed.toPrecision(3)),
  ];
  return universal > 0
    ? [...tables, pivot('% of U', keys, sizes, (row: KeyCoverage) => percent(row.universal))]
    : tables;
}

const percent = (share: number): string => (100 * share).toFixed(1);

/** A line for each selection, a column for each k. */
function pivot<Row extends { readonly selection: string; readonly k: number }>(
  title: string,
  rows: readonly Row[],
  sizes: readonly number[],
  cell: (row: Row) => string,
): string {
  const selections = [...new Set(rows.map(({ selection }) => selection))];
  const lines = [
    ['k', ...sizes.map(String)],
    ...selections.map((name) => [name, ...rows.filter(({ selection }) => selection === name).map(cell)]),
  ];
  const widths = lines[0].map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  const spelled = lines.map((line) =>
    line.map((text, at) => (at === 0 ? text.padEnd(widths[at]) : text.padStart(widths[at]))).join('  '),
  );
  return [title, ...spelled].map((line) => `${line}\n`).join('');
}

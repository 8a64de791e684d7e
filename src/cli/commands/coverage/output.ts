/** Coverage as tables: a long one for machines, and short ones for people with a column for each number of keys. */

import type { AttentionCoverage, CoverageReport, KeyCoverage } from '../../../attention/coverage/measure-coverage.js';
import { PER_QUERY } from '../../../attention/coverage/names.js';
import { type NeededKeys, SHARES } from '../../../attention/coverage/needed.js';
import { verdictOf } from '../../../attention/coverage/verdict.js';
import type { Cells, ColumnSpec, TableBatch, TableSchema } from '../../../output/table.js';
import type { KeptKeys } from '../../../selectors/order.js';
import { count } from '../../../text.js';

/** A table, whole. */
interface Table {
  readonly schema: TableSchema;
  readonly batch: TableBatch<Cells>;
}

/** A report, with where observed queries are from: such as `random:128`, of Q, or a file; null where there are none. */
export interface CoverageOfHead extends CoverageReport {
  readonly observedFrom: string | null;
  /** Keys that every selection but first+last takes first. */
  readonly keep: KeptKeys | null;
}

const TEXT = { type: 'id', of: 'utf8' } as const;

/**
 * A row for each function, selection and k: shares of all attention, of heavy entries and of what these sum to, and with V output
 * errors; beside them |U|, which k is where the row is of U, how many keys of the selection keep 90, 95 and 99 % of the attention, what each
 * query's own best k have, and how many queries were observed.
 */
export function attentionTable({ n, queries, observed, eps, universal, functions }: CoverageReport): Table {
  const rows = functions.flatMap(({ f, coverage, needed, perQuery }) =>
    coverage.map((row) => ({
      f,
      ...row,
      needed: needed.find(({ selection }) => selection === row.selection)!.k,
      perQuery: perQuery.find(({ k }) => k === row.k)?.mass ?? Number.NaN,
    })),
  );
  type Row = (typeof rows)[number];
  const whole = (name: string, value: (row: Row) => number) => column(name, 'uint64', rows, value);
  const real = (name: string, value: (row: Row) => number) => column(name, 'float64', rows, value);
  const errors = rows.some(({ error }) => error !== undefined);
  return tableOf(rows.length, [
    { spec: { name: 'f', ...TEXT }, cells: rows.map(({ f }) => f) },
    whole('n', () => n),
    whole('queries', () => queries),
    real('eps', () => eps),
    whole('universal', () => universal),
    { spec: { name: 'selection', ...TEXT }, cells: rows.map(({ selection }) => selection) },
    whole('k', ({ k }) => k),
    real('mass', ({ mass }) => mass),
    real('heavy_share', ({ heavyShare }) => heavyShare),
    real('heavy_mass_share', ({ heavyMassShare }) => heavyMassShare),
    ...(errors
      ? [
          real('error_median', ({ error }) => error?.median ?? Number.NaN),
          real('error_mean', ({ error }) => error?.mean ?? Number.NaN),
          real('error_p90', ({ error }) => error?.p90 ?? Number.NaN),
        ]
      : []),
    ...(rows.some(({ normaliser }) => normaliser)
      ? [
          real('normaliser_median', ({ normaliser }) => normaliser?.median ?? Number.NaN),
          real('normaliser_mean', ({ normaliser }) => normaliser?.mean ?? Number.NaN),
          real('normaliser_p90', ({ normaliser }) => normaliser?.p90 ?? Number.NaN),
        ]
      : []),
    ...SHARES.map((share, at) => whole(`k${100 * share}`, ({ needed }) => needed[at])),
    real('per_query', ({ perQuery }) => perQuery),
    whole('observed', () => observed),
  ]);
}

/** A row for each selection and k: without queries. */
export function keyTable({ n, eps, universal, keys }: CoverageReport): Table {
  const whole = (name: string, value: (row: KeyCoverage) => number) => column(name, 'uint64', keys, value);
  const real = (name: string, value: (row: KeyCoverage) => number) => column(name, 'float64', keys, value);
  return tableOf(keys.length, [
    whole('n', () => n),
    real('eps', () => eps),
    whole('universal', () => universal),
    { spec: { name: 'selection', ...TEXT }, cells: keys.map(({ selection }) => selection) },
    whole('k', ({ k }) => k),
    real('leverage', ({ leverage }) => leverage),
    real('missed', ({ missed }) => missed),
    real('universal_share', ({ universal: share }) => share),
  ]);
}

/** A column and what is in it. */
interface Column {
  readonly spec: ColumnSpec;
  readonly cells: Cells;
}

const column = <Row>(
  name: string,
  type: 'uint64' | 'float64',
  rows: readonly Row[],
  value: (row: Row) => number,
): Column => ({
  spec: { name, type },
  cells: Float64Array.from(rows, value),
});

const tableOf = (rows: number, columns: readonly Column[]): Table => ({
  schema: { columns: columns.map(({ spec }) => spec) },
  batch: { rows, columns: columns.map(({ cells }) => cells) },
});

/** The report for people: a table for each measure, then what they show. */
export function coverageText(report: CoverageOfHead): string {
  const { n, d, rank, eps, universal, queries, padding, sizes, functions, observed, observedFrom, keep } = report;
  const facts =
    `${count(n)} keys x ${d} columns, rank ${rank}` +
    `${functions.length > 0 ? `; ${count(queries)} queries${padding > 0 ? ` (and ${count(padding)} of padding)` : ''}` : ''}; U at eps ${eps}: ${count(universal)} keys\n`;
  const tables = functions.length > 0 ? attentionTexts(report) : keyTexts(report);
  const mark = universal > 0 && sizes.includes(universal) ? `k = ${universal} is |U|.\n` : '';
  const seen =
    observedFrom === null ? '' : `${count(observed)} queries observed beforehand, not measured: ${observedFrom}\n`;
  const kept = keep
    ? `every selection but first+last keeps the first ${keep.first} and the last ${keep.last} keys\n`
    : '';
  return [facts + seen + kept, ...tables, `${mark}${verdictOf(report).join('\n')}\n`].join('\n');
}

function attentionTexts(report: CoverageOfHead): string[] {
  const { functions, eps, sizes } = report;
  return functions.flatMap(({ f, entries, coverage, needed, perQuery }) => {
    const own = perQuery.map((row) => ({ selection: PER_QUERY, ...row }));
    const tables = [
      pivot<Pick<AttentionCoverage, 'selection' | 'k' | 'mass'>>(
        `${f}: % of all attention`,
        [...coverage, ...own],
        sizes,
        ({ mass }) => percent(mass),
      ),
      neededText(`${f}: keys that keep`, needed),
      ...(coverage.some(({ error }) => error)
        ? [
            pivot(`${f}: median relative error of the output`, coverage, sizes, ({ error }) =>
              spellError(error!.median),
            ),
          ]
        : []),
    ];
    const weighted = coverage.filter(({ normaliser }) => normaliser);
    if (weighted.length > 0) {
      const of = sizes.filter((size) => weighted.some(({ k }) => k === size));
      const title = `${f}: median relative error of the denominator`;
      tables.push(pivot(title, weighted, of, ({ normaliser }) => spellError(normaliser!.median)));
    }
    if (entries === 0) return [...tables, `${f}: no entry reaches ${eps}\n`];
    const title = `${f}: % of the ${count(entries)} entries >= ${eps}`;
    return [
      ...tables,
      pivot<Pick<AttentionCoverage, 'selection' | 'k' | 'heavyShare'>>(title, [...coverage, ...own], sizes, (row) =>
        percent(row.heavyShare),
      ),
      pivot(`${f}: % of what these entries sum to`, coverage, sizes, (row: AttentionCoverage) =>
        percent(row.heavyMassShare),
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

/** A line for each selection, a column for each share. */
function neededText(title: string, needed: readonly NeededKeys[]): string {
  const rows = needed.flatMap(({ selection, k }) => k.map((keys, at) => ({ selection, k: SHARES[at], keys })));
  return pivot(
    title,
    rows,
    SHARES,
    ({ keys }) => spellNeeded(keys),
    (share) => `${100 * share} %`,
  );
}

/** How many keys are needed; none where there is no attention to keep. */
export const spellNeeded = (keys: number): string => (keys === 0 ? 'none' : count(keys));

/** An output error with three digits; a dash where it was not measured. */
export const spellError = (error: number): string => (Number.isNaN(error) ? '-' : error.toPrecision(3));

export const percent = (share: number): string => (100 * share).toFixed(1);

/** A line for each selection, a column for each k; a dash where it orders fewer. */
function pivot<Row extends { readonly selection: string; readonly k: number }>(
  title: string,
  rows: readonly Row[],
  sizes: readonly number[],
  cell: (row: Row) => string,
  head: (size: number) => string = String,
): string {
  const selections = [...new Set(rows.map(({ selection }) => selection))];
  const lines = [
    [head === String ? 'k' : '', ...sizes.map(head)],
    ...selections.map((name) => [
      name,
      ...sizes.map((size) => {
        const row = rows.find(({ selection, k }) => selection === name && k === size);
        return row ? cell(row) : '-';
      }),
    ]),
  ];
  return `${title}\n${aligned(lines)}`;
}

/** Lines of cells in columns, the first to the left and the others to the right. */
export function aligned(lines: readonly (readonly string[])[], left = 1): string {
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines
    .map((line) =>
      line.map((text, at) => (at < left ? text.padEnd(widths[at]!) : text.padStart(widths[at]!))).join('  '),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** `levattn coreset K… --size m`: a coreset from K itself, its rows with all their columns. */

import { usageError } from '../../../errors.js';
import type { ByteReader } from '../../../formats/bytes/reader.js';
import { recogniseFormat } from '../../../formats/open.js';
import { SQUARE } from '../../../functions.js';
import { labelsAt, type PartedColumn, partedColumns, tablesOf } from '../../../input/columns-of-parts.js';
import { type DecimalColumn, decimalShape, decimalsOfNumbers } from '../../../input/decimal-columns.js';
import { keysInput } from '../../../input/keys-input.js';
import { withMeans } from '../../../input/means.js';
import { canReadAgain, openInput } from '../../../input/open.js';
import type { InputOptions } from '../../../input/options.js';
import { NUMBERS } from '../../../input/part-cells.js';
import { type SpoolOptions, spooled, spoolOne } from '../../../input/spool.js';
import { mayBeRounded, numbersColumn, type RowsColumn } from '../../../input/whole-columns.js';
import { type KnownColumn, wholeRows } from '../../../input/whole-rows.js';
import { coresetBatch, coresetSchema, coresetTable, type ListOfRows } from '../../../output/coreset.js';
import { allocate, type ColumnOfTable } from '../../../rows/row-block.js';
import { type Coreset, coresetOf } from '../../../sketch/sample/coreset.js';
import { count, things } from '../../../text.js';
import type { OutputOptions } from '../../options/options.js';
import type { SelectionOptions } from '../../options/selection-options.js';
import type { Logger } from '../../terminal/log.js';
import { type Output, openOutput } from '../../terminal/results.js';
import { tell } from '../../terminal/tell.js';
import { selectFrom } from '../selection/select-pass.js';

/** How a coreset is made of K. */
export interface RowsOptions extends SelectionOptions, OutputOptions, SpoolOptions {
  readonly size?: number;
}

/** Rows that are taken where nobody says how many. */
export const DEFAULT_SIZE = 2000;

/** No row is left out for a small score: their number is what is asked for. */
const LEAST_EPS = 1e-300;

const READ_AGAIN = 'the columns of its rows are read after they have been chosen';

/**
 * Makes a coreset of K and writes it.
 * @param opened - the first of the paths, where it has been opened
 */
export async function coresetOfRows(
  paths: readonly string[],
  opened: ByteReader | undefined,
  given: RowsOptions,
  log: Logger,
): Promise<void> {
  const { size = DEFAULT_SIZE, f = SQUARE } = given;
  const shares = sharesOf(size, f.name === SQUARE.name, given.sampleSize);
  if (size < 2 || shares.top < 1) {
    throw usageError(
      `--size ${size}: of its rows one at least must be of U and one of the sample; give more, or a smaller --sample-size`,
    );
  }
  const output = await openOutput(given, log, 'weights');
  const names = await readableNames(paths, opened, given, log);
  const options = await withMeans(given, names);
  const keys = await keysInput(names, options, log);
  const { table, picked, columnNames } = await keys.head();
  const tables = table && (await tablesOf(names, options));
  const set = await selectFrom(keys, LEAST_EPS, { ...options, ...shares, idColumn: undefined }, log);
  const coreset = coresetOf(set, names[0]);
  const called = columnNames?.names ?? (tables && picked && labelsAt(tables, picked));
  const again = await writeRows(coreset, { names, tables, columnNames: called }, output, options, log);
  await output.commit();
  const { n, certain, index } = coreset;
  tell(options, log, `${things(index.length, 'row')} of ${count(n)}: ${certain} with weight 1, the others sampled`);
  const readings = [
    ...(options.means && options.pilot === undefined ? ['once for the means'] : []),
    'once to choose rows',
    ...(again ? ['once for their columns'] : []),
  ];
  if (readings.length > 1) tell(options, log, `K was read ${readings.length} times: ${readings.join(', ')}`);
}

/**
 * How the rows are shared between U and the sample: as somebody said; by the scores, which for x^2 sum to the rank; else by halves, as
 * bounds do not say what a row's share of all is.
 */
function sharesOf(size: number, isSquare: boolean, sampleSize: number | undefined) {
  if (sampleSize !== undefined) return { top: size - sampleSize, sampleSize };
  if (isSquare) return { top: size - 1, sampleSize: size, coresetSize: size };
  const half = Math.ceil(size / 2);
  return { top: half, sampleSize: size - half };
}

/** Names under which all of K can be read as often as it takes: pipes of tables are spooled. */
async function readableNames(
  paths: readonly string[],
  opened: ByteReader | undefined,
  { spool, inputFormat, missing, pilot }: RowsOptions,
  log: Logger,
): Promise<readonly string[]> {
  const [first, ...rest] = paths as readonly [string, ...string[]];
  const tellOf = (message: string): void => log.warn(message);
  const others = await spooled(rest, READ_AGAIN, { spool }, tellOf);
  if (canReadAgain(first)) return [first, ...others];
  const bytes = opened ?? (await openInput(first, 'K'));
  const needed = (await recogniseFormat(bytes, inputFormat)).hasColumns || (missing === 'mean' && pilot === undefined);
  if (!needed) return [first, ...others];
  if (spool === false) return [...(await spooled([first], READ_AGAIN, { spool }, tellOf)), ...others];
  return [await spoolOne(bytes, READ_AGAIN, spool, tellOf), ...others];
}

/** K as it was read. */
export interface RowsOfCoreset {
  readonly names: readonly string[];
  /** All columns of each of its files, where it is a table. */
  readonly tables: readonly (readonly ColumnOfTable[])[] | undefined;
  /** Names of the matrix's columns, where they have some. */
  readonly columnNames: readonly string[] | undefined;
}

/**
 * Writes a coreset whose rows are those of a table with all their columns, of another matrix as they are.
 * @returns whether the table was read again for them
 * @throws LevattnError where the table cannot be read
 */
export async function writeRows(
  coreset: Coreset,
  { names, tables, columnNames = [] }: RowsOfCoreset,
  output: Output,
  options: InputOptions,
  log: Logger,
): Promise<boolean> {
  if (!tables) {
    const writer = output.begin(coresetSchema(coreset));
    await writer.write(coresetBatch(coreset));
    await writer.end();
    return false;
  }
  const all = partedColumns(tables);
  const own = ownColumns(coreset, all, columnNames, options);
  const again = options.idColumn !== undefined || !all.every(({ name }) => own.has(name));
  const rows = again
    ? await wholeRows(
        names,
        tables,
        coreset.index,
        options,
        log,
        new Set(own.keys()),
        knownColumn(coreset, own, columnNames),
      )
    : { ids: undefined, columns: [] };
  const read = new Map(rows.columns.map((column) => [column.name, column]));
  const columns = all.flatMap(({ name, label }) => {
    const column = own.get(name) ?? read.get(name);
    return column ? { ...column, name: label } : [];
  });
  const { schema, batch } = coresetTable(coreset, { ids: rows.ids, columns }, log);
  const writer = output.begin(schema);
  await writer.write(batch);
  await writer.end();
  return again;
}

/** Columns whose cells are in the coreset's keys: those of the matrix, as they were used. Whole numbers may have lost digits there. */
function ownColumns(
  { keys, index, d, dtype }: Coreset,
  columns: readonly PartedColumn[],
  columnNames: readonly string[],
  options: InputOptions,
): ReadonlyMap<string, RowsColumn | DecimalColumn | ListOfRows> {
  const list = columnNames.length === 0 ? listColumn(columns, options) : undefined;
  if (list !== undefined) {
    const size = options.intercept ? d - 1 : d;
    const cells = allocate(dtype, index.length * size);
    for (let i = 0; i < index.length; i++) cells.set(keys.subarray(i * d, i * d + size), i * size);
    return new Map([[list, { name: list, type: 'list', of: dtype, size, cells }]]);
  }
  const filled = options.missing === 'zero' || options.missing === 'mean';
  return new Map(
    columns.flatMap((column): [string, RowsColumn | DecimalColumn][] => {
      const { name, first, parts } = column;
      const at = columnNames.indexOf(name);
      if (at < 0 || !parts.every((part) => part && NUMBERS.has(part.kind))) return [];
      const values = Float64Array.from(index, (_, i) => keys[i * d + at]!);
      if (filled) return [[name, { name, type: 'float64', cells: values }]];
      const decimal = decimalShape(column);
      if (decimal) return decimal.fromNumbers ? [[name, decimalsOfNumbers(name, decimal, values)]] : [];
      const isRounded = first.kind === 'integer' && mayBeRounded(values);
      return isRounded ? [] : [[name, numbersColumn(first, name, values)]];
    }),
  );
}

/** A column by which the rows are told when they are read again. */
function knownColumn(
  { keys, index, d }: Coreset,
  own: ReadonlyMap<string, unknown>,
  columnNames: readonly string[],
): KnownColumn | undefined {
  const at = columnNames.findIndex((name) => own.has(name));
  if (at < 0) return undefined;
  return { name: columnNames[at]!, values: Float64Array.from(index, (_, i) => keys[i * d + at]!) };
}

/** The column whose lists are the rows: the one that was named, else the only one of fractions. */
function listColumn(columns: readonly PartedColumn[], { column, columns: chosen }: InputOptions): string | undefined {
  if (chosen !== undefined) return undefined;
  if (column !== undefined) return columns.find(({ name }) => name === column)?.name;
  const lists = columns.filter(({ first: { kind } }) => kind === 'list-floating');
  return lists.length === 1 ? lists[0]!.name : undefined;
}

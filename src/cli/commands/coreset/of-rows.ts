/** `levattn coreset K… --size m`: a coreset from K itself, its rows with all their columns. */

import { usageError } from '../../../errors.js';
import type { ByteReader } from '../../../formats/bytes/reader.js';
import { recogniseFormat } from '../../../formats/open.js';
import { SQUARE } from '../../../functions.js';
import { keysInput } from '../../../input/keys-input.js';
import { withMeans } from '../../../input/means.js';
import { canReadAgain, openInput } from '../../../input/open.js';
import type { InputOptions } from '../../../input/options.js';
import { type SpoolOptions, spooled, spoolOne } from '../../../input/spool.js';
import { spellRows, type WholeRows, wholeRows } from '../../../input/whole-rows.js';
import { coresetBatch, coresetSchema, coresetTable } from '../../../output/coreset.js';
import { INTERCEPT } from '../../../rows/intercept.js';
import type { ColumnOfTable } from '../../../rows/row-block.js';
import { type Coreset, coresetOf } from '../../../sketch/sample/coreset.js';
import { count } from '../../../text.js';
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

const SEVERAL =
  'once to choose rows, once for their numbers, once for each column of text or of whole numbers beyond 2^53';

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
  const { table, columnNames } = await keys.head();
  const set = await selectFrom(keys, LEAST_EPS, { ...options, ...shares, idColumn: undefined }, log);
  const coreset = coresetOf(set, names[0]);
  const readings =
    1 + (await writeRows(coreset, { names, table, columnNames: columnNames?.names }, output, options, log));
  await output.commit();
  const { n, certain, index } = coreset;
  tell(options, log, `${spellRows(index.length)} of ${count(n)}: ${certain} with weight 1, the others sampled`);
  if (readings > 1) tell(options, log, `K was read ${readings} times: ${SEVERAL}`);
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
  /** All columns of its first file, where it is a table. */
  readonly table: readonly ColumnOfTable[] | undefined;
  /** Names of the matrix's columns, where they have some. */
  readonly columnNames: readonly string[] | undefined;
}

/**
 * Writes a coreset whose rows are those of a table with all their columns, of another matrix as they are.
 * @returns how often the table was read for them
 * @throws LevattnError where the table cannot be read
 */
export async function writeRows(
  coreset: Coreset,
  { names, table, columnNames = [] }: RowsOfCoreset,
  output: Output,
  options: InputOptions,
  log: Logger,
): Promise<number> {
  if (!table) {
    const writer = output.begin(coresetSchema(coreset));
    await writer.write(coresetBatch(coreset));
    await writer.end();
    return 0;
  }
  const rows = hasAll(table, columnNames, options)
    ? { ids: undefined, columns: [], readings: 0 }
    : await wholeRows(names, table, coreset.index, options, log);
  const { schema, batch } = coresetTable(coreset, withUsed(rows, coreset, columnNames, options), log);
  const writer = output.begin(schema);
  await writer.write(batch);
  await writer.end();
  return rows.readings;
}

/** Whether the matrix has all columns of the table, so that the table need not be read again. */
const hasAll = (table: readonly ColumnOfTable[], names: readonly string[], { idColumn }: InputOptions): boolean =>
  idColumn === undefined && table.every(({ name, kind }) => kind === 'floating' && names.includes(name ?? ''));

/** The rows with the values that were used, where something stands for those that are missing, or nothing has been read again. */
function withUsed(
  rows: WholeRows,
  { keys, index, d }: Coreset,
  columnNames: readonly string[],
  { missing }: InputOptions,
): WholeRows {
  const used = (name: string): Float64Array => {
    const column = columnNames.indexOf(name);
    return Float64Array.from(index, (_, i) => keys[i * d + column]!);
  };
  const asUsed = (name: string) => ({ name, type: 'float64' as const, cells: used(name) });
  if (rows.columns.length === 0) {
    return { ...rows, columns: columnNames.filter((name) => name !== INTERCEPT).map(asUsed) };
  }
  if (missing !== 'zero' && missing !== 'mean') return rows;
  const columns = rows.columns.map((column) => (columnNames.includes(column.name) ? asUsed(column.name) : column));
  return { ...rows, columns };
}

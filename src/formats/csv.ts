/**
 * CSV and its kin: text with one row a line, the fields set apart by a delimiter.
 *
 * What the file does not say, delimiter, header and columns, is told from its first rows and said in the reader's
 * description. The rest of the input belongs to the matrix: a CSV does not say where it ends.
 */

import { dataError } from '../errors.js';
import type { MatrixReader } from '../rows/row-block.js';
import type { ByteReader } from './bytes/reader.js';
import { labelOf } from './columns/table-column.js';
import { countRows } from './csv/announced-rows.js';
import { type ColumnChoice, chooseColumns, describeColumns } from './csv/columns.js';
import { chooseDialect } from './csv/delimiter.js';
import type { Dialect } from './csv/dialect.js';
import { hashRowsOf, refuseOtherText, takeFirstLines } from './csv/first-lines.js';
import { chooseHeader, type Header } from './csv/header.js';
import { type BesidePlain, readPlainRows } from './csv/plain-rows.js';
import { type CreatePlainScanner, createPlainScanner } from './csv/plain-scanner.js';
import { type ParsedRows, type ReadRows, readParsedRows } from './csv/read-rows.js';
import { looksLikeText } from './csv/recognise.js';
import { refuseHeaderAgain } from './csv/repeated-header.js';
import { rowConsumer, spelledNaN } from './csv/row-consumer.js';
import { openRowSource, type RowSource } from './csv/row-source.js';
import { placeOfRow, rowOfFirstComment, rowsOfSample, type Sample, takeSample } from './csv/sample.js';
import { unquotedRows } from './csv/unquoted-row.js';
import type { MatrixFormat, ReadOptions } from './format.js';

/** Sampled rows that decide which columns are taken. */
const SAMPLE_ROWS = 1000;

/** Comma-, tab-, semicolon-, bar- and space-separated text, read as float64. */
export const csvFormat: MatrixFormat = { name: 'csv', hasColumns: true, recognise: looksLikeText, open: openCsv };

/**
 * As {@link MatrixFormat.open}.
 * @param createScanner - what reads rows of plain numbers, where there is such a thing
 */
export async function openCsv(
  bytes: ByteReader,
  options: ReadOptions,
  createScanner: CreatePlainScanner = createPlainScanner,
): Promise<MatrixReader> {
  const { line, delimiter } = await takeFirstLines(bytes);
  const sample = await takeSample(bytes, line);
  refuseOtherText(sample, bytes.name);
  const given = { ...options, delimiter: options.delimiter ?? delimiter };
  const { dialect: told, delimiterName } = await chooseDialect(
    sample,
    given,
    options.columns !== undefined,
    bytes.name,
  );
  const dialect = { ...told, hashRows: await hashRowsOf(sample, told) };
  const rows = (await rowsOfSample(sample, dialect)).slice(0, SAMPLE_ROWS + 1);
  if (rows.length === 0) await refuseWithoutRows(bytes, sample, dialect);
  const isRow = dialect.hashRows?.from === sample.line;
  const comment = isRow ? undefined : await rowOfFirstComment(sample, dialect);
  const header = chooseHeader({ name: bytes.name, rows, comment, given: options.header, dialect });
  const choice = chooseColumns({
    name: bytes.name,
    header,
    rows: header.inFirstRow ? rows.slice(1) : rows,
    decimal: dialect.decimal,
    request: options,
  });
  const traits = [
    'CSV',
    ...(delimiterName === undefined || delimiterName === ',' ? [] : [`delimiter ${delimiterName}`]),
    ...(dialect.decimal === ',' ? ['decimal commas'] : []),
    header.names ? 'header' : 'no header',
    describeColumns(choice),
  ];
  const file: CsvFile = {
    ...{ bytes, sample, header, choice, options },
    dialect: { ...dialect, blankRows: choice.width === 1 },
  };
  return csvReader(bytes, openRows(file, createScanner), choice, traits.join(', '));
}

/** What is known of a file before its rows are read. */
interface CsvFile {
  readonly bytes: ByteReader;
  readonly sample: Sample;
  readonly dialect: Dialect;
  readonly header: Header;
  readonly choice: ColumnChoice;
  readonly options: ReadOptions;
}

/** The rows of a file. */
interface CsvRows {
  readonly read: ReadRows;
  readonly skip: ParsedRows['skip'] | undefined;
}

/** The rows of data: plain ones by the scanner, by the parser from the first that is not. */
function openRows(file: CsvFile, createScanner: CreatePlainScanner): CsvRows {
  const { bytes, sample, dialect, header, choice, options } = file;
  const { delimiter, decimal } = dialect;
  const consume = rowConsumer(bytes, choice, {
    decimal,
    missing: options.missing,
    wordsLack: options.wordsLack,
    delimiter,
  });
  let source: RowSource | undefined;
  const parsed = (from: RowSource): ParsedRows => {
    source = from;
    return readParsedRows(from, consume, choice.picked.length);
  };
  const first = placeOfRow(sample, dialect, header.inFirstRow ? 1 : 0);
  // The scanner reads numbers alone, but dates stand in every row, and so does what comes beside.
  const beyond = choice.beside !== undefined || (choice.times?.size ?? 0) > 0;
  const scanner = first && (beyond ? undefined : createScanner(choice, dialect));
  let read: ReadRows;
  let skip: CsvRows['skip'];
  if (scanner) {
    bytes.consume(first.offset);
    const rowAt = unquotedRows(dialect);
    const beside: BesidePlain = {
      takeLine: (text, line, into, at, ids) => {
        const found = rowAt(text, line);
        if (found) consume(found.row, into, at, ids);
        return found?.bytes ?? 0;
      },
      spelledNaN: spelledNaN(bytes, choice, options.missing),
    };
    read = readPlainRows(
      bytes,
      scanner,
      first.line,
      beside,
      (rest) => parsed(openRowSource(bytes, dialect, rest)).read,
    );
  } else {
    const all = openRowSource(bytes, dialect, { line: sample.line, held: new Uint8Array(0), begun: false });
    const rows = parsed(header.inFirstRow ? withoutFirstRow(all) : all);
    read = rows.read;
    // Where it comes beside rows that others have read, nothing of what is passed over is new.
    if (choice.beside && header.rows === undefined) skip = rows.skip;
  }
  read = refuseHeaderAgain(read, choice, decimal, bytes.name);
  if (header.rows !== undefined) read = countRows(read, header.rows, bytes);
  const before = scanner ? first.comments : 0;
  const named = header.names && !header.inFirstRow ? 1 : 0;
  const comments = (): number => before + (source?.comments ?? 0) - named;
  return { read: tellLeftOut(read, comments, () => source?.blankAtEnd ?? 0, file), skip };
}

/** Says behind the last row what was left out: comments, and blank lines of one column, by which writers of tables mean missing values. */
function tellLeftOut(read: ReadRows, comments: () => number, blankLines: () => number, file: CsvFile): ReadRows {
  const tell = (count: number, one: string, many: string): void => {
    if (count > 0) file.options.warn?.(`${file.bytes.name}: ${count === 1 ? one : `${count} ${many}`}`);
  };
  return async (into, maxRows, ids) => {
    const rows = await read(into, maxRows, ids);
    if (rows > 0) return rows;
    tell(
      comments(),
      '1 line that begins with # is skipped as a comment',
      'lines that begin with # are skipped as comments',
    );
    const why = 'left out; between rows of one column each is a missing value';
    tell(blankLines(), `1 blank line after the last row is ${why}`, `blank lines after the last row are ${why}`);
    return rows;
  };
}

/** Throws what keeps the first row from being read, or says that there is none. */
async function refuseWithoutRows(bytes: ByteReader, sample: Sample, dialect: Dialect): Promise<never> {
  const source = openRowSource(bytes, dialect, { line: sample.line, held: new Uint8Array(0), begun: false });
  await source.next();
  const why = source.comments > 0 ? ': every line begins with #, as comments do' : '';
  throw dataError(`${bytes.name}: no rows where this CSV begins${why}; rows of numbers were expected`);
}

function withoutFirstRow(source: RowSource): RowSource {
  let dropped = false;
  return {
    next: async () => {
      if (dropped) return source.next();
      dropped = true;
      const rows = (await source.next()).slice(1);
      return rows.length > 0 ? rows : source.next();
    },
    skip: async (rows) => (dropped ? source.skip(rows) : 0),
    get comments() {
      return source.comments;
    },
    get blankAtEnd() {
      return source.blankAtEnd;
    },
  };
}

function csvReader(
  bytes: ByteReader,
  { read, skip }: CsvRows,
  choice: ColumnChoice,
  description: string,
): MatrixReader {
  return {
    name: bytes.name,
    format: 'csv',
    description,
    leftOut: choice.leftOut.map(({ position }) => labelOf(choice.columns, position)),
    columnNames: choice.columnNames,
    table: choice.columns,
    picked: choice.picked,
    onlyIntegers: choice.onlyIntegers,
    d: choice.picked.length,
    dtype: 'float64',
    rows: undefined,
    metadata: new Map(),
    idType: choice.ids === undefined ? undefined : 'utf8',
    beside: choice.beside?.map(() => 'utf8'),
    read,
    skip,
    progress: () => ({ bytes: bytes.position, totalBytes: bytes.size }),
    close: () => bytes.close(),
  };
}

/**
 * CSV and its kin: text with one row a line, the fields set apart by a delimiter.
 *
 * What the file does not say, delimiter, header and columns, is told from its first rows and said in the reader's
 * description. The rest of the input belongs to the matrix: a CSV does not say where it ends.
 */

import { dataError } from '../../errors.js';
import type { ByteReader } from '../bytes.js';
import { labelOf } from '../columns/table-column.js';
import type { MatrixReader } from '../row-block.js';
import { type ColumnChoice, chooseColumns, describeColumns } from './csv/columns.js';
import { chooseDelimiter } from './csv/delimiter.js';
import { chooseHeader, type Header } from './csv/header.js';
import { readPlainRows } from './csv/plain-rows.js';
import { type CreatePlainScanner, createPlainScanner } from './csv/plain-scanner.js';
import { type ReadRows, readParsedRows } from './csv/read-rows.js';
import { looksLikeText } from './csv/recognise.js';
import { rowConsumer } from './csv/row-consumer.js';
import { openRowSource, type RowSource } from './csv/row-source.js';
import { placeOfRow, rowOfFirstComment, rowsOfSample, type Sample, takeSample } from './csv/sample.js';
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
  await skipByteOrderMark(bytes);
  const sample = await takeSample(bytes);
  const delimiter = await chooseDelimiter(sample, options.delimiter);
  const rows = (await rowsOfSample(sample, delimiter.character)).slice(0, SAMPLE_ROWS + 1);
  if (rows.length === 0) await refuseWithoutRows(bytes, delimiter.character);
  const comment = await rowOfFirstComment(sample, delimiter.character);
  const header = chooseHeader({ name: bytes.name, rows, comment, given: options.header });
  const choice = chooseColumns({
    name: bytes.name,
    width: rows[0]!.length,
    names: header.names,
    rows: header.inFirstRow ? rows.slice(1) : rows,
    request: options,
  });
  const traits = [
    'CSV',
    ...(delimiter.name === undefined || delimiter.name === ',' ? [] : [`delimiter ${delimiter.name}`]),
    header.names ? 'header' : 'no header',
    describeColumns(choice),
  ];
  const read = await openRows(bytes, sample, delimiter.character, header, choice, createScanner);
  return csvReader(bytes, read, choice, traits.join(', '));
}

/** The rows of data: plain ones by the scanner, by the parser from the first that is not. */
async function openRows(
  bytes: ByteReader,
  sample: Sample,
  delimiter: string,
  header: Header,
  choice: ColumnChoice,
  createScanner: CreatePlainScanner,
): Promise<ReadRows> {
  const consume = rowConsumer(bytes, choice);
  const parsed = (source: RowSource): ReadRows => readParsedRows(source, consume, choice.picked.length);
  const first = placeOfRow(sample, delimiter, header.inFirstRow ? 1 : 0);
  const scanner = first && createScanner(choice, delimiter);
  if (!scanner) {
    const source = await openRowSource(bytes, delimiter);
    return parsed(header.inFirstRow ? withoutFirstRow(source) : source);
  }
  bytes.consume(first.offset);
  return readPlainRows(bytes, scanner, first.line, async (rest) => parsed(await openRowSource(bytes, delimiter, rest)));
}

/** Takes the mark that some programs put before UTF-8 text. */
async function skipByteOrderMark(bytes: ByteReader): Promise<void> {
  const [a, b, c] = await bytes.peek(3);
  if (a === 0xef && b === 0xbb && c === 0xbf) bytes.consume(3);
}

/** Throws what keeps the first row from being read, or says that there is none. */
async function refuseWithoutRows(bytes: ByteReader, delimiter: string): Promise<never> {
  const source = await openRowSource(bytes, delimiter);
  await source.next();
  throw dataError(`${bytes.name}: no rows where this CSV begins; rows of numbers were expected`);
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
  };
}

function csvReader(bytes: ByteReader, read: ReadRows, choice: ColumnChoice, description: string): MatrixReader {
  return {
    name: bytes.name,
    format: 'csv',
    description,
    leftOut: choice.leftOut.map(({ position }) => labelOf(choice.columns, position)),
    columnNames: choice.columnNames,
    onlyIntegers: choice.onlyIntegers,
    d: choice.picked.length,
    dtype: 'float64',
    rows: undefined,
    metadata: new Map(),
    idType: choice.ids === undefined ? undefined : 'utf8',
    read,
    progress: () => ({ bytes: bytes.position, totalBytes: bytes.size }),
    close: () => bytes.close(),
  };
}

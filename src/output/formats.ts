/** The formats that results are written in, and which of them a command line means. */

import { extname } from 'node:path';
import { usageError } from '../errors.js';
import { arrowFileWriter, arrowStreamWriter } from './arrow.js';
import { csvWriter } from './csv.js';
import { ndjsonWriter } from './ndjson.js';
import { npyWriter } from './npy.js';
import { parquetWriter } from './parquet.js';
import type { ByteSink, TableSchema, TableWriter } from './table.js';
import { textWriter } from './text.js';

/** A format that results are written in. */
export interface ResultFormat {
  /** The name, as `--format` spells it; `text` is the terminal's and has to be chosen by nobody. */
  readonly name: 'arrow' | 'csv' | 'ndjson' | 'npy' | 'parquet' | 'text';
  /** The name in messages. */
  readonly title: string;
  /** Endings of file names that mean it, lower case. */
  readonly extensions: readonly string[];
  /** Whether it carries the schema's metadata. */
  readonly hasMetadata: boolean;
  /** Begins a table. */
  open(schema: TableSchema, sink: ByteSink): TableWriter;
}

const ARROW_FILE: ResultFormat = {
  name: 'arrow',
  title: 'Arrow',
  extensions: ['.arrow', '.feather'],
  hasMetadata: true,
  open: arrowFileWriter,
};
const ARROW_STREAM: ResultFormat = {
  name: 'arrow',
  title: 'Arrow',
  extensions: ['.arrows'],
  hasMetadata: true,
  open: arrowStreamWriter,
};
const TEXT: ResultFormat = { name: 'text', title: 'text', extensions: [], hasMetadata: false, open: textWriter };

/** Every format that can be asked for; of those with one name, the first is meant where nothing else decides. */
export const RESULT_FORMATS: readonly ResultFormat[] = [
  ARROW_FILE,
  ARROW_STREAM,
  { name: 'csv', title: 'CSV', extensions: ['.csv'], hasMetadata: false, open: csvWriter },
  { name: 'ndjson', title: 'NDJSON', extensions: ['.ndjson', '.jsonl'], hasMetadata: false, open: ndjsonWriter },
  { name: 'npy', title: 'npy', extensions: ['.npy'], hasMetadata: false, open: npyWriter },
  { name: 'parquet', title: 'Parquet', extensions: ['.parquet'], hasMetadata: true, open: parquetWriter },
];

/** The names of all formats, as `--format` spells them, but for some. */
export const formatNames = (...except: readonly ResultFormat['name'][]): ResultFormat['name'][] => [
  ...new Set(RESULT_FORMATS.map(({ name }) => name).filter((name) => !except.includes(name))),
];

/** The same in words: `Arrow, CSV or Parquet`. */
export function spellFormats(...except: readonly ResultFormat['name'][]): string {
  const titles = formatNames(...except).map((name) => RESULT_FORMATS.find((format) => format.name === name)!.title);
  return `${titles.slice(0, -1).join(', ')} or ${titles.at(-1)}`;
}

/** The format that the ending of a path names, if it is one that is written. */
export const formatOfEnding = (path: string): ResultFormat | undefined =>
  RESULT_FORMATS.find(({ extensions }) => extensions.includes(extname(path).toLowerCase()));

/** What a command line says of its output. */
export interface FormatChoice {
  /** The value of `--format`. */
  readonly format?: string | undefined;
  /** The value of `-o`; none or `-`: standard output. */
  readonly path?: string | undefined;
  /** Whether standard output is a terminal. */
  readonly tty: boolean;
}

/**
 * The format that a command line means: `--format` above all, else what the path ends with, else an Arrow stream, or
 * the text table on a terminal. For Arrow the path also decides between file and stream.
 * @throws LevattnError where no format has that name or ending
 */
export function chooseFormat({ format, path, tty }: FormatChoice): ResultFormat {
  const toFile = path !== undefined && path !== '-';
  const byExtension = toFile ? formatOfEnding(path) : undefined;
  if (format !== undefined) {
    const named = RESULT_FORMATS.find(({ name }) => name === format);
    if (!named) throw usageError(`unknown output format '${format}'; known: ${knownNames()}`);
    if (byExtension?.name === format) return byExtension;
    return named === ARROW_FILE && !toFile ? ARROW_STREAM : named;
  }
  if (!toFile) return tty ? TEXT : ARROW_STREAM;
  if (byExtension) return byExtension;
  throw usageError(
    `${path}: its ending names no output format; known: ${knownExtensions()}; or say --format ${knownNames('|')}`,
  );
}

const knownNames = (separator = ', '): string => formatNames().join(separator);

const knownExtensions = (): string => RESULT_FORMATS.flatMap(({ extensions }) => extensions).join(', ');

/** Options that commands share, and what their values may be. */

import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { LevattnError } from '../../errors.js';
import type { Decimal } from '../../formats/csv/number.js';
import { FORMATS, formatNamed } from '../../formats/open.js';
import { RAW_SPELLING } from '../../formats/raw.js';
import {
  type FunctionFamily,
  knownFunctions,
  parseFunction,
  type ScoringFunction,
  SQUARE,
  spellingOf,
} from '../../functions.js';
import { BACKENDS, type BackendChoice } from '../../kernels/backends.js';
import { type IndexRange, parseIndexRanges } from '../../rows/heads/head-index.js';
import { LAYOUTS } from '../../rows/heads/layout.js';
import { CERTIFICATES } from '../../sketch/bounds/certificate-choice.js';
import type { LogOptions } from '../terminal/log.js';

/** What computes. */
export interface ComputeOptions {
  readonly threads?: number;
  readonly backend: BackendChoice;
}

/** What is done to the products <q, k>. */
export interface FunctionOptions {
  readonly f: ScoringFunction;
  readonly scale?: number;
}

/** Where the results go. */
export interface OutputOptions {
  readonly output?: string;
  readonly format?: string;
}

/** What is shown on stderr. */
export interface MessageOptions extends LogOptions {
  readonly progress?: boolean;
  /** Which head the work is about, where there are several. */
  readonly label?: string | undefined;
}

/** A threshold, in (0, 1]. */
export function parseEps(text: string): number {
  const eps = Number(text);
  if (text.trim() === '' || !(eps > 0 && eps <= 1)) {
    throw new InvalidArgumentError('It must be a number greater than 0 and at most 1.');
  }
  return eps;
}

/** One character, or the word `tab`. */
function parseDelimiter(text: string): string {
  const delimiter = text === 'tab' || text === '\\t' ? '\t' : text;
  if ([...delimiter].length !== 1) throw new InvalidArgumentError("It must be one character, or 'tab'.");
  return delimiter;
}

/** Numbers and ranges of them, separated by commas. */
function parseRanges(text: string): IndexRange[] {
  const ranges = parseIndexRanges(text);
  if (!ranges) throw new InvalidArgumentError('It must be numbers or ranges, such as 3,5 or 0:8.');
  return ranges;
}

/** Decimal signs. */
const DECIMALS: readonly Decimal[] = ['.', ','];

/** Column names, separated by commas. */
const parseColumns = (text: string): string[] => {
  const columns = text.split(',').map((name) => name.trim());
  if (columns.some((name) => name === '')) throw new InvalidArgumentError('It must be names separated by commas.');
  return columns;
};

/** Adds the option that says how the factor of K^T K is formed. */
export function addFactorOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--factor <route>',
      'how K^T K is factored: gram is fast, stable keeps all digits of ill-conditioned K, auto takes gram where it does',
    )
      .choices(['auto', 'gram', 'stable'])
      .default('auto'),
  );
}

/** Adds the option that lets a sketch be used which lacks rows. */
export function addPartialOption(command: Command): Command {
  return command.option(
    '--allow-partial',
    'of a sketch that lacks rows of the whole: go on with those it has; the result says what is missing',
  );
}

/** Adds the option that says what share of the rows is summed. */
export function addSampleOption(command: Command): Command {
  return command.option(
    '--sample <rate>',
    'sum only one row in RATE, and the candidates: at the speed of reading; U is then a certified superset and scores are upper bounds (default: 1, all rows)',
    parseRate,
  );
}

/** Adds the options that say which function of <q, k> the scores are made of. */
export function addFunctionOptions(command: Command, standard: ScoringFunction = SQUARE): Command {
  return addScaleOption(addFunctionOption(command, 'the scoring function f(scale <q, k>)', knownFunctions(), standard));
}

/** The same for several functions at once, one for each `--f`. */
export function addSeveralFunctionsOptions(command: Command, standard: string): Command {
  return addScaleOption(
    command.option(
      '--f <function>',
      `a scoring function f(scale <q, k>), once for each that is asked for: ${knownFunctions().map(spellingOf).join(', ')} (default: ${standard})`,
      (text: string, before: readonly ScoringFunction[] = []) => [...before, parseFunctionOption(text)],
    ),
  );
}

const addScaleOption = (command: Command): Command =>
  command.option(
    '--scale <number>',
    'multiplies every <q, k> before f is taken (default: 1 / sqrt(d) for softmax, else 1)',
    parseScale,
  );

/** Adds the options of a universal set for a function: which one, and what bounds its sensitivities. */
export function addCertificateOptions(command: Command): Command {
  const growing = knownFunctions().filter(({ growth }) => growth !== undefined);
  return addFunctionOption(command, 'the scoring function', growing).addOption(
    new Option(
      '--certificate <kind>',
      'what bounds sensitivities where f is not x^2: gram (leverage scores alone, as fast as x^2), lewis (Lewis weights alone), auto (the smaller of both), tensor (of k (x) k, too: for x^4 and small d)',
    )
      .choices(CERTIFICATES)
      .default('auto'),
  );
}

const addFunctionOption = (
  command: Command,
  what: string,
  families: readonly FunctionFamily[],
  standard = SQUARE,
): Command =>
  command.addOption(
    new Option('--f <function>', `${what}: ${families.map(spellingOf).join(', ')}`)
      .argParser(parseFunctionOption)
      .default(standard, standard.name),
  );

/** The name of an input format. */
function parseFormatName(text: string): string {
  try {
    formatNamed(text);
    return text;
  } catch (error) {
    if (error instanceof LevattnError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}

/** A function, as an error of the command line where there is none of that name. */
export function parseFunctionOption(text: string): ScoringFunction {
  try {
    return parseFunction(text);
  } catch (error) {
    if (error instanceof LevattnError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}

/** A factor, > 0. */
function parseScale(text: string): number {
  const scale = Number(text);
  if (text.trim() === '' || !(scale > 0 && scale < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError('It must be a number greater than 0.');
  }
  return scale;
}

/** Adds the option that says how often K is read. */
export function addPassesOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--passes <number>',
      'how often K is read: 2 makes U smaller where f is not x^2, and the keys of --top certain where it is (files only)',
    )
      .choices(['1', '2'])
      .default('1'),
  );
}

/** What follows a number of bytes. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** A number of bytes. */
export function parseBytes(text: string): number {
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const size = Number(number) * (UNITS[unit.toUpperCase()] ?? Number.NaN);
  if (number === '' || !(size >= 1)) {
    throw new InvalidArgumentError('It must be a size, such as 512MiB or 2GB.');
  }
  return Math.floor(size);
}

/** A whole number, maybe negative. */
export function parseWhole(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return value;
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  const value = parseWhole(text);
  if (value < 1) throw new InvalidArgumentError('It must be at least 1.');
  return value;
}

/** A whole number of rows, 1 to 2^30. */
function parseRate(text: string): number {
  const rate = Number(text);
  if (!/^\d+$/.test(text) || !(rate >= 1 && rate <= 2 ** 30)) {
    throw new InvalidArgumentError('It must be a whole number of at least 1: one row in so many.');
  }
  return rate;
}

/** Adds the options that say what computes. */
export function addComputeOptions(command: Command): Command {
  return command
    .optionsGroup('Computing:')
    .option(
      '--threads <number>',
      'threads that compute; the result does not depend on it (default: the cores)',
      parseThreads,
    )
    .addOption(backendOption());
}

/** Adds the option that says what computes, where that is done by one thread. */
export const addBackendOption = (command: Command): Command => command.addOption(backendOption());

const backendOption = (): Option =>
  new Option(
    '--backend <name>',
    'arithmetic: WebAssembly SIMD, plain TypeScript, OpenBLAS, or the faster of the first two',
  )
    .choices(BACKENDS)
    .default('auto');

/** Threads where none are asked for: one a core. */
export const threadsFrom = ({ threads }: ComputeOptions): number => threads ?? availableParallelism();

/** A whole number of threads, 1 to 256. */
function parseThreads(text: string): number {
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1 || threads > 256) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 256.');
  }
  return threads;
}

/** Adds the options that say how input is read. */
export function addInputOptions(command: Command): Command {
  command
    .optionsGroup('Input:')
    .addOption(
      new Option(
        '--input-format <name>',
        `read this format instead of recognising it: ${[...FORMATS.map(({ name }) => name), RAW_SPELLING].join(', ')}`,
      ).argParser(parseFormatName),
    )
    .option('--column <name>', 'Arrow, Parquet, NDJSON: the list column that holds the rows')
    .option(
      '--columns <a,b,…>',
      'Arrow, Parquet, CSV, NDJSON: the columns that make a row, by name or 0-based position; all: every column of numbers',
      parseColumns,
    )
    .option(
      '--tensor <name>',
      'safetensors, npz: the tensor or array that holds the rows, where an input names none as FILE::TENSOR (default: the only matrix)',
    )
    .option('--header', 'CSV: the first row names the columns (default: recognised)')
    .option('--no-header', 'CSV: the first row is data')
    .option('--delimiter <c>', "CSV: the field delimiter, one character or 'tab' (default: recognised)", parseDelimiter)
    .addOption(
      new Option('--decimal <c>', 'CSV: the decimal sign, a point or a comma (default: recognised)').choices(DECIMALS),
    )
    .option(
      '--no-quotes',
      'CSV: quotes are characters like any other, as in the words of GloVe (default: they enclose fields)',
    )
    .addOption(
      new Option(
        '--layout <axes>',
        'arrays of heads: the order of their axes, with b for the batch, h heads, n tokens, d columns (default: hnd, bhnd)',
      ).choices(LAYOUTS),
    )
    .option(
      '--heads <number>',
      'every row holds those of so many heads, one after another: (n, heads * d) or (batch, n, heads * d)',
      parseCount,
    );
  return addHeadOptions(command).addOption(
    new Option('--nan <policy>', 'rows with NaN or infinities: end with an error, or pass over and count them')
      .choices(['error', 'skip'])
      .default('error'),
  );
}

/** Adds the options that choose among heads. */
export const addHeadOptions = (command: Command): Command =>
  command
    .option(
      '--head <numbers>',
      'of several heads these alone, such as 3,5 or 0:8 (of the queries, where there are any)',
      parseRanges,
    )
    .option('--batch <numbers>', 'of several examples these alone', parseRanges);

/** Adds the option that names the column of ids. */
export function addIdOption(command: Command): Command {
  return command.option(
    '--id-column <name>',
    "Arrow, Parquet, CSV, NDJSON: the column of K that says what its rows are called, whole numbers or text; it is no part of the matrix, and comes with U as 'id', with entries as 'key_id'",
  );
}

/** Adds the options that say where results go. */
export function addOutputOptions(command: Command, formats: readonly string[]): Command {
  return command
    .optionsGroup('Output:')
    .option('-o, --output <file>', 'write there, whole or not at all (default: stdout)')
    .addOption(
      new Option('--format <name>', 'output format (default: by the extension of -o, else an Arrow stream)').choices(
        formats,
      ),
    );
}

/** Adds the options that say what is shown on stderr. */
export function addMessageOptions(command: Command): Command {
  return command
    .optionsGroup('Messages (on stderr):')
    .option('--progress', 'show progress, and a summary at the end (default: on a terminal)')
    .option('--no-progress', 'show none')
    .option(
      '-v, --verbose',
      'say what is done: input, route, candidates, error estimate, rates, and a summary at the end',
    )
    .option('--log-json', 'write messages as JSON lines')
    .addOption(
      new Option('-q, --quiet', 'say nothing but errors: no warnings, progress or summary').conflicts('verbose'),
    );
}

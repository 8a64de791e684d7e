/** Options that commands share, and what their values may be. */

import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import type { Decimal } from '../../formats/csv/number.js';
import { FORMATS } from '../../formats/open.js';
import { RAW_SPELLING } from '../../formats/raw.js';
import { type FunctionFamily, knownFunctions, type ScoringFunction, SQUARE, spellingOf } from '../../functions.js';
import type { InputRole } from '../../input/options.js';
import { BACKENDS, type BackendChoice } from '../../kernels/backends.js';
import { LAYOUTS } from '../../rows/heads/layout.js';
import { CERTIFICATES } from '../../sketch/bounds/certificate-choice.js';
import type { LogOptions } from '../terminal/log.js';
import {
  type ByRole,
  parseByRole,
  parseColumns,
  parseCount,
  parseDelimiter,
  parseFormatName,
  parseFunctionOption,
  parseLayout,
  parseRanges,
  parseRate,
  parseScale,
  parseThreads,
} from './parse.js';
import { addTableOptions, type TableChoices } from './table-options.js';

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

/** Decimal signs. */
const DECIMALS: readonly Decimal[] = ['.', ','];

/** Adds the option that says how the factor of K^T K is formed. */
export function addFactorOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--factor <route>',
      'how K^T K is factored: gram is fast, stable keeps all digits of ill-conditioned K, auto uses gram if that keeps them, too',
    )
      .choices(['auto', 'gram', 'stable'])
      .default('auto'),
  );
}

/** Adds the option that lets a sketch be used which lacks rows. */
export function addPartialOption(command: Command): Command {
  return command.option('--allow-partial', 'accept a sketch that lacks rows of K; the result names the missing rows');
}

/** Adds the option that says what share of the rows is summed. */
export function addSampleOption(command: Command): Command {
  return command.option(
    '--sample <rate>',
    'sum only one row in RATE, and the candidates: nearly as fast as reading; U is then a certified superset and scores are upper bounds (default: 1, all rows)',
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
      `a scoring function f(scale <q, k>); may be repeated: ${knownFunctions().map(spellingOf).join(', ')} (default: ${standard})`,
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

/** Adds the option that says how often K is read. */
export function addPassesOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--passes <number>',
      'passes over K: with 2, U is smaller if f is not x^2, and the keys of --top are certain if it is (files only)',
    )
      .choices(['1', '2'])
      .default('1'),
  );
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
    'arithmetic: wasm (WebAssembly SIMD), wasm-128 (the same with vectors of at most 128 bits), plain (TypeScript) or blas (OpenBLAS); auto: wasm if it runs, else plain',
  )
    .choices(BACKENDS)
    .default('auto');

/** Threads where none are asked for: one a core. */
export const threadsFrom = ({ threads }: ComputeOptions): number => threads ?? availableParallelism();

/** Adds the options that say how input is read. */
export function addInputOptions(command: Command, tables?: TableChoices): Command {
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
      "tables: the columns that make a row: names, 0-based positions, ranges 'a:b' with both ends in them, globs 'x*', a name with commas in double quotes; all: every column of numbers",
      parseColumns,
    )
    .option('--exclude <a,b,…>', 'tables: columns to leave out, written as in --columns', parseColumns)
    .option(
      '--tensor <name>',
      'safetensors, npz, pt: the tensor or array that holds the rows, where an input names none as FILE::TENSOR (default: the only matrix)',
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
    .option(
      '--layout <axes>',
      `arrays of heads: the order of their axes, with l for layers, b the batch, h heads, n tokens, d columns: ${LAYOUTS.join(', ')}; or of each, as K=bhnd,Q=nhd (default: hnd, bhnd)`,
      (text) => parseByRole(text, parseLayout),
    )
    .option(
      '--heads <number>',
      'the number of heads that each row holds side by side: (n, heads * d) or (batch, n, heads * d); or of each, as K=2,Q=8',
      (text) => parseByRole(text, parseCount),
    )
    .hook('preAction', (_, action) => resolveRoles(action));
  addHeadOptions(command).addOption(
    new Option('--nan <policy>', 'rows with NaN or infinities: end with an error, or leave them out and count them')
      .choices(['error', 'skip'])
      .default('error'),
  );
  return addTableOptions(command, tables);
}

/** Options with one value for all inputs, or one each for K, Q and V: the value for all stays, the others move to `ofRole`. */
function resolveRoles(command: Command): void {
  const ofRole: { [role in InputRole]?: Record<string, unknown> } = {};
  for (const name of ['layout', 'heads']) {
    const { all, ...roles } = (command.getOptionValue(name) ?? {}) as ByRole<unknown>;
    for (const [role, value] of Object.entries(roles) as [InputRole, unknown][]) {
      ofRole[role] = { ...ofRole[role], [name]: value };
    }
    command.setOptionValue(name, all);
  }
  if (Object.keys(ofRole).length > 0) command.setOptionValue('ofRole', ofRole);
}

/** Adds the options that choose among layers and heads. */
const addHeadOptions = (command: Command): Command =>
  command
    .option('--layer <numbers>', 'only these layers, such as 3 or 0:4', parseRanges)
    .option('--head <numbers>', 'only these heads, such as 3,5 or 0:8 (of the queries, if there are any)', parseRanges)
    .option('--batch <numbers>', 'only these examples of the batch', parseRanges);

/** Adds the option that names the column of ids. */
export function addIdOption(command: Command): Command {
  return command.option(
    '--id-column <name>',
    "Arrow, Parquet, CSV, NDJSON: the column of K that names its rows, whole numbers or text; it is not part of the matrix, and is written with U as 'id', with entries as 'key_id'",
  );
}

/** Adds the options that say where results go. */
export function addOutputOptions(command: Command, formats: readonly string[]): Command {
  return command
    .optionsGroup('Output:')
    .option('-o, --output <file>', 'write to FILE, which appears whole or not at all (default: stdout)')
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
      'print what is done: input, route, candidates, error estimate, rates, and a summary at the end',
    )
    .option('--log-json', 'write messages as JSON lines')
    .addOption(new Option('-q, --quiet', 'print errors only: no warnings, progress or summary').conflicts('verbose'));
}

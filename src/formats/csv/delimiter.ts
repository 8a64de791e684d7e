/** The dialect of a CSV file: as far as it is not given, told from the first rows. */

import { dataError, usageError } from '../../errors.js';
import { shownText } from '../../text.js';
import { type DecimalSign, decimalSignOf, halvesAmong } from './decimal-sign.js';
import { type Dialect, dialectOf } from './dialect.js';
import { type Decimal, numberFromText } from './number.js';
import { cutSample, type Fields, rowsOfSample, type Sample } from './sample.js';

/** The delimiters that are told apart, the likeliest first. The space stands for runs of spaces and tabs. */
const DELIMITERS = [',', '\t', ';', '|', ' '] as const;

/** What a file of one column is parsed with, by its decimal sign. */
const STAND_IN: Readonly<Record<Decimal, string>> = { '.': ',', ',': ';' };

/** Splits nothing: no text that is recognised as CSV holds it. */
const NO_DELIMITER = '\u0000';

/** Numbers that another delimiter sets apart. A single comma between digits may be a decimal one; dates and texts have spaces, too. */
const SEVERAL_NUMBERS =
  /\d\s*[;|\t]\s*[-+.]?\d|\d\.\d+\s*,|,\s*[-+]?\d*\.\d|\d,\s*[-+]?\d+,\s*[-+]?\d|^[-+]?[\d.]+(?: +[-+]?[\d.]+)+$/;

/** What the user says of the dialect. */
export interface GivenDialect {
  readonly delimiter?: string | undefined;
  readonly decimal?: Decimal | undefined;
  readonly quotes?: boolean | undefined;
}

/** A dialect, and how messages name its delimiter: undefined where the file has one column and needs none. */
export interface NamedDialect {
  readonly dialect: Dialect;
  readonly delimiterName: string | undefined;
}

/** What a delimiter makes of the sample. */
interface Candidate {
  /** Undefined: one column. */
  readonly delimiter: string | undefined;
  readonly sign: DecimalSign;
  readonly rows: readonly Fields[];
}

/**
 * The dialect as given, or else as the sample has it.
 * @param source - names the file
 * @param chosen - whether the user chooses the columns
 * @throws LevattnError where the delimiter cannot be one, or numbers may have decimal commas or not
 */
export async function chooseDialect(
  sample: Sample,
  given: GivenDialect,
  chosen: boolean,
  source: string,
): Promise<NamedDialect> {
  const quotes = given.quotes ?? true;
  const candidateFor = async (delimiter: string | undefined): Promise<Candidate> => {
    const rows = await rowsOfSample(sample, { ...dialectOf(delimiter ?? NO_DELIMITER), quotes });
    const sign = given.decimal === undefined ? decimalSignOf(rows) : { decimal: given.decimal };
    return { delimiter, sign, rows };
  };
  const candidate =
    given.delimiter === undefined
      ? await recogniseDelimiter(sample, quotes, given.decimal, candidateFor)
      : await candidateFor(checkDelimiter(given.delimiter));
  if (given.decimal === undefined) refuseUnclear(candidate, chosen, source);
  const { delimiter, sign } = candidate;
  return {
    dialect: { delimiter: delimiter ?? STAND_IN[sign.decimal], quotes, decimal: sign.decimal },
    delimiterName: delimiter === undefined ? undefined : nameOf(delimiter),
  };
}

function checkDelimiter(given: string): string {
  const code = given.charCodeAt(0);
  const ascii = given.length === 1 && code > 0 && code < 0x80;
  // Not what numbers, names, quotes, comments and lines are made of.
  if (ascii && !/[\w.+"#\r\n\v\f-]/.test(given)) return given;
  throw usageError(
    `delimiter ${JSON.stringify(given)} cannot be one; give a single character such as , ; | a space or a tab`,
  );
}

function nameOf(delimiter: string): string {
  if (delimiter === '\t') return 'tab';
  return delimiter === ' ' ? 'space' : delimiter;
}

/** Throws where a file's commas may be decimal ones or not, unless the user says which columns are read. */
function refuseUnclear({ delimiter, sign, rows }: Candidate, chosen: boolean, source: string): void {
  if (sign.unclear !== undefined) {
    throw dataError(
      `${source}: fields such as ${shownText(sign.unclear)} may have decimal commas or thousands separators; say --decimal , ` +
        'for decimal commas, else write numbers without separators',
    );
  }
  if (sign.mixed && !chosen) {
    const [comma, point] = sign.mixed;
    throw dataError(
      `${source}: some columns have decimal commas (${shownText(comma)}) and some points (${shownText(point)}); say which are ` +
        'numbers: --decimal , or --decimal .',
    );
  }
  const halves = delimiter === ',' && !chosen ? halvesAmong(rows) : undefined;
  if (halves) {
    throw dataError(
      `${source}: pairs of fields such as ${halves.join(' and ')} may be numbers with decimal commas; if so, set fields apart by ` +
        'another character, else say --decimal .',
    );
  }
}

/**
 * The delimiter under which every row has the same number of fields, more than one; of several, the one that makes most
 * numbers. Where no delimiter does that, rows are ragged or there is but one column: what makes most numbers then wins,
 * so that the message on the ragged row is right.
 */
async function recogniseDelimiter(
  sample: Sample,
  quotes: boolean,
  decimal: Decimal | undefined,
  candidateFor: (delimiter: string | undefined) => Promise<Candidate>,
): Promise<Candidate> {
  const splitting = DELIMITERS.map((delimiter) => ({
    delimiter,
    ...cutSample(sample, { ...dialectOf(delimiter), quotes }),
  })).filter(({ records }) => records.widths.some((width) => width > 1));
  const uniform = splitting.filter(
    ({ records, clean }) => clean && records.widths.every((width) => width === records.widths[0]),
  );
  const all = async (delimiters: readonly { readonly delimiter: string }[]): Promise<Candidate[]> =>
    Promise.all(delimiters.map(({ delimiter }) => candidateFor(delimiter)));
  // With decimal commas, commas set fields apart only where numbers stand in quotes, and nothing else makes numbers.
  if (decimal === ',') {
    const others = [
      await candidateFor(undefined),
      ...(await all(splitting.filter(({ delimiter }) => delimiter !== ','))),
    ];
    const best = bestOf(others);
    return numbersIn(best) > 0 ? best : candidateFor(',');
  }
  if (uniform.length > 0) return bestOf(await all(uniform));
  return bestOf([await candidateFor(undefined), ...(await all(splitting))]);
}

/**
 * Of the candidates, the first that makes as many numbers as any, those aside of whose fields some hold several; of those alike, the
 * one that leaves least that is no number.
 */
function bestOf(candidates: readonly Candidate[]): Candidate {
  const ranks = candidates.map((candidate) => {
    const fields = candidate.rows.reduce((sum, row) => sum + row.length, 0);
    const numbers = numbersIn(candidate);
    const several = candidate.rows.some((row) => row.some((field) => SEVERAL_NUMBERS.test(field)));
    return { candidate, whole: several ? 0 : 1, numbers, share: numbers / Math.max(1, fields) };
  });
  return ranks.reduce((best, next) => {
    const differing = (['whole', 'numbers', 'share'] as const).find((key) => next[key] !== best[key]);
    return differing !== undefined && next[differing] > best[differing] ? next : best;
  }).candidate;
}

const numbersIn = ({ rows, sign }: Candidate): number =>
  rows.reduce((sum, row) => sum + row.filter((field) => numberFromText(field, sign.decimal) !== undefined).length, 0);

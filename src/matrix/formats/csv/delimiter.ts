/** The delimiter of a CSV file: checked where it is given, else told from the first rows. */

import { usageError } from '../../../errors.js';
import { numberFromText } from './number.js';
import { cutSample, rowsOfSample, type Sample } from './sample.js';

/** The delimiters that are told apart, the likeliest first. The space stands for runs of spaces and tabs. */
const DELIMITERS = [',', '\t', ';', '|', ' '] as const;

/** What a file of one column is parsed with. */
const STAND_IN = ',';

/** How fields are set apart. */
export interface Delimiter {
  /** One ASCII character. */
  readonly character: string;
  /** How messages name it; undefined where the file has one column and needs none. */
  readonly name: string | undefined;
}

/** The delimiter as given, or else as the sample has it. */
export async function chooseDelimiter(sample: Sample, given: string | undefined): Promise<Delimiter> {
  const character = given === undefined ? await recogniseDelimiter(sample) : checkDelimiter(given);
  return character === undefined
    ? { character: STAND_IN, name: undefined }
    : { character, name: delimiterName(character) };
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

function delimiterName(character: string): string {
  if (character === '\t') return 'tab';
  return character === ' ' ? 'space' : character;
}

/**
 * The delimiter under which every row has the same number of fields, more than one; of several, the one that makes most
 * numbers. Where no delimiter does that, rows are ragged or there is but one column: what makes most numbers then wins,
 * so that the message on the ragged row is right. Undefined for one column.
 */
async function recogniseDelimiter(sample: Sample): Promise<string | undefined> {
  const splitting = DELIMITERS.map((delimiter) => ({ delimiter, ...cutSample(sample, delimiter) })).filter(
    ({ records }) => records.widths.some((width) => width > 1),
  );
  const uniform = splitting.filter(
    ({ records, clean }) => clean && records.widths.every((width) => width === records.widths[0]),
  );
  if (uniform.length === 1) return uniform[0]!.delimiter;
  if (uniform.length > 1) return mostNumbers(sample, uniform);
  return mostNumbers(sample, [{ delimiter: undefined }, ...splitting]);
}

/** Of the candidates, the first that makes as many numbers as any. */
async function mostNumbers<T extends string | undefined>(
  sample: Sample,
  candidates: readonly { readonly delimiter: T }[],
): Promise<T> {
  let best = candidates[0]!.delimiter;
  let most = -1;
  for (const { delimiter } of candidates) {
    const numbers = await countNumbers(sample, delimiter ?? NO_DELIMITER);
    if (numbers <= most) continue;
    best = delimiter;
    most = numbers;
  }
  return best;
}

/** Splits nothing: no text that is recognised as CSV holds it. */
const NO_DELIMITER = '\u0000';

async function countNumbers(sample: Sample, delimiter: string): Promise<number> {
  const rows = await rowsOfSample(sample, delimiter);
  return rows.reduce((sum, row) => sum + row.filter((field) => numberFromText(field) !== undefined).length, 0);
}

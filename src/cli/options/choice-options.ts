/** Options that say how keys are chosen, and from which queries. */

import { type Command, InvalidArgumentError } from 'commander';
import { LevattnError } from '../../errors.js';
import { type Observation, parseObservation } from '../../selectors/observed-queries.js';
import type { KeptKeys } from '../../selectors/order.js';
import { parseSelectors, refuseTwice, SELECTORS } from '../../selectors/registry.js';
import type { ChosenSelector } from '../../selectors/selector.js';

/** A list of rows that somebody chose. */
export interface NamedList {
  readonly name: string;
  readonly file: string;
}

/** How keys are chosen. */
export interface ChoiceOptions {
  readonly by?: readonly ChosenSelector[];
  readonly observe?: Observation;
  /** A file of observed queries. */
  readonly queries?: string;
}

/** The same with what is measured beside. */
export interface MeasuredChoiceOptions extends ChoiceOptions {
  readonly keep?: KeptKeys;
}

/** Names of all selections, for help. */
const NAMES = SELECTORS.map(({ name }) => name).join(', ');

/** Adds the options that name selectors, and the queries that they have seen. */
export const addChoiceOptions = (command: Command, standard: string): Command =>
  addObservationOptions(
    command.option(
      '--by <selections>',
      `how keys are chosen, names separated by commas, options behind colons as in lewis:p=4: ${NAMES} (default: ${standard})`,
      (text: string, before: readonly ChosenSelector[] = []) =>
        usageOf(() => refuseTwice([...before, ...parseSelectors(text)])),
    ),
  );

/** The same of the queries alone. */
export const addObservationOptions = (command: Command): Command =>
  command
    .option(
      '--observe <queries>',
      'queries from which keys are chosen: first:M, last:M or random:M; queries of Q itself are then not measured (default: random:128 if a selection needs them and Q has at least 256 rows)',
      (text: string) => usageOf(() => parseObservation(text)),
    )
    .option(
      '--queries <file>',
      'a file with the queries from which keys are chosen: all, or as many as --observe says',
    );

/** Adds the option that keeps first and last keys in every selection. */
export const addKeepOption = (command: Command): Command =>
  command.option(
    '--keep <keys>',
    'keys that every selection takes first, counted in k: first:S, last:R or first:S,last:R; first+last stays as it is',
    parseKeep,
  );

/** Adds the option that names lists of rows. */
export const addListOption = (command: Command): Command =>
  command.option(
    '--rows <name=file>',
    'rows that you chose, in the order in which they are taken (npy, a table with a column index, or text with a row number per line), or a coreset for softmax (Arrow): measured under that name; may be repeated',
    (text: string, before: readonly NamedList[] = []) => {
      const [, name, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (name === undefined) throw new InvalidArgumentError('It must be NAME=FILE.');
      return [...before, { name, file: file! }];
    },
  );

function parseKeep(text: string): KeptKeys {
  const kept = { first: 0, last: 0 };
  for (const part of text.split(',')) {
    const [, end, count] = /^\s*(first|last):(\d{1,15})\s*$/.exec(part) ?? [];
    if (end === undefined) throw new InvalidArgumentError('It must be first:S, last:R or first:S,last:R.');
    kept[end as keyof KeptKeys] = Number(count);
  }
  return kept;
}

/** An error that names the option, as others of the command line do. */
function usageOf<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof LevattnError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
}

/** Options of tables: what becomes of values that are not there, and a column of ones. */

import { type Command, Option } from 'commander';

/** What a command can do with tables. */
export interface TableChoices {
  /** Whether it reads K alone, so that the means of its columns can stand for missing values. */
  readonly means?: boolean | undefined;
}

/** Adds the options. */
export function addTableOptions(command: Command, { means = false }: TableChoices = {}): Command {
  return command
    .option(
      '--intercept',
      "adds a column of ones after the others, '(intercept)': leverage scores are those of a regression with an intercept (default: as in the sketch or U that goes with it)",
    )
    .addOption(
      new Option(
        '--missing <policy>',
        `tables: missing values (null, an empty field, NA, NaN as text): end with an error, leave the row out and count it, ${means ? 'or read 0 or the mean of the column, which takes one more pass over K, or --pilot' : 'or read 0'} (default: error; with --nan skip, skip)`,
      ).choices(['error', 'skip', 'zero', ...(means ? ['mean'] : [])]),
    )
    .hook('preAction', (_, action) => resolveMissing(action));
}

/** Rows that lack a value are passed over as those with NaN are; where those are an error, what reads the rows refuses them. */
function resolveMissing(command: Command): void {
  const { missing, nan } = command.opts<{ missing?: string; nan: string }>();
  if (missing !== 'skip' || nan === 'skip') return;
  command.setOptionValueWithSource('nan', 'skip', command.getOptionValueSource('nan'));
  command.setOptionValue('refuseNonFinite', true);
}

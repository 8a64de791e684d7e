/** How a command reads its inputs. */

import { availableParallelism } from 'node:os';
import type { Decimal } from '../formats/csv/number.js';
import type { ReadOptions } from '../formats/format.js';
import { type ColumnMeans, FilledValues, type MissingChoice, MissingRows } from '../formats/missing.js';
import type { ExpectedColumns } from '../rows/column-names.js';
import type { HeadChoice, QueryHead } from '../rows/heads/head-index.js';
import type { LayoutOptions } from '../rows/heads/layout.js';
import { withoutIntercept } from '../rows/intercept.js';
import type { NonFinitePolicy } from '../rows/non-finite.js';
import type { KeptSets } from './kept-sets.js';
import type { NamedInputs } from './named-inputs.js';
import { type Notices, warnOnce } from './notices.js';

/** What an input is for. */
export type InputRole = 'K' | 'Q' | 'V';

/** How the input is read. */
export interface InputOptions extends LayoutOptions, HeadChoice {
  /** Axes of K, Q or V, where they differ from those of the other inputs. */
  readonly ofRole?: { readonly [role in InputRole]?: LayoutOptions } | undefined;
  /** Whose matrices are read of inputs with heads, where a command takes them one after another. */
  readonly target?: QueryHead;
  /** The inputs that names with placeholders stand for, where they have been looked up. */
  readonly named?: NamedInputs | undefined;
  /** Universal sets that are decoded once for all heads. */
  readonly keptSets?: KeptSets | undefined;
  readonly inputFormat?: string;
  readonly column?: string;
  readonly columns?: readonly string[];
  readonly exclude?: readonly string[];
  /** Whether a column of ones stands behind the others. */
  readonly intercept?: boolean | undefined;
  readonly tensor?: string;
  /** Whether the keys of a universal set are read as a matrix though nobody names their column. */
  readonly fromSets?: boolean;
  /** Of K alone. */
  readonly idColumn?: string | undefined;
  /** Columns whose cells come beside the rows. */
  readonly beside?: readonly string[];
  /** Whether what is no number counts as missing. */
  readonly wordsLack?: boolean;
  readonly header?: boolean;
  readonly delimiter?: string;
  readonly decimal?: Decimal;
  readonly quotes?: boolean;
  /** What becomes of rows with NaN, infinities, or missing values that nothing stands for. */
  readonly nan: NonFinitePolicy;
  /** What becomes of missing values; where not given, what becomes of NaN. */
  readonly missing?: 'error' | 'skip' | 'zero' | 'mean';
  /** Whether rows with NaN and infinities are an error though those with missing values are passed over. */
  readonly refuseNonFinite?: boolean;
  /** What stands for missing values, where the means do. */
  readonly means?: ColumnMeans;
  /** The columns that the input must have, where another input that goes with it has names for its own. */
  readonly like?: ExpectedColumns | undefined;
  /** Threads that read and compute; by default, one a core. */
  readonly threads?: number;
}

/**
 * The reader's part of the input options.
 * @param notices - told once of everything the user should know of the input
 */
export const readOptions = (options: InputOptions, notices?: Notices): ReadOptions => ({
  ...columnOptions(options),
  ...whichHead(options),
  like: options.like,
  beside: options.beside,
  wordsLack: options.wordsLack,
  intercept: options.intercept,
  threads: options.threads ?? availableParallelism(),
  missing: missingChoice(options, notices),
  warn: notices && warnOnce(notices),
});

/** What becomes of missing values. */
function missingChoice(
  { missing, nan, refuseNonFinite, means, like }: InputOptions,
  notices: Notices | undefined,
): MissingChoice {
  const warn = notices && warnOnce(notices);
  switch (missing) {
    case undefined:
      return nan === 'skip' ? 'nan' : 'error';
    case 'skip':
      return refuseNonFinite ? new MissingRows() : 'nan';
    case 'zero':
      return new FilledValues(undefined, warn);
    case 'mean':
      // Headers are looked at before the means are known. Those that a sketch or a universal set was made with stay what they are.
      return filledBy(recordedMeans(like) ?? means, warn);
    case 'error':
      return 'error';
  }
}

const filledBy = (means: ColumnMeans | undefined, warn: ((message: string) => void) | undefined): MissingChoice =>
  means ? new FilledValues(means, warn) : 'error';

/** The means that were recorded with the columns that an input must have. */
function recordedMeans(like: ExpectedColumns | undefined): ColumnMeans | undefined {
  const recorded = withoutIntercept(like);
  return recorded?.means && { values: recorded.means, names: recorded.names, of: recorded.of };
}

/** What chooses among columns and tensors. */
export const columnOptions = (options: InputOptions): ReadOptions => {
  const { column, columns, exclude, tensor, idColumn, header, delimiter, decimal, quotes } = options;
  // The option's default says nothing.
  return {
    column,
    columns,
    exclude,
    tensor,
    idColumn,
    header,
    delimiter,
    decimal,
    quotes: quotes === false ? false : undefined,
  };
};

/** What chooses among heads. */
const whichHead = ({ layout, heads, layer, head, batch, target }: InputOptions): ReadOptions => ({
  layout,
  heads,
  layer,
  head,
  batch,
  target,
});

/** How Q is read, which has no ids. */
export const withoutIds = <T extends InputOptions>(options: T): T => ({ ...options, idColumn: undefined });

/** The options that read an input of one role, with the axes of that role. */
export const asRole = <T extends InputOptions>(options: T, role: InputRole): T => {
  const own = options.ofRole?.[role];
  return own ? { ...options, ...own } : options;
};

/** Options that say which rows of the whole the input has. */

import { type Command, InvalidArgumentError } from 'commander';
import { usageError } from '../../errors.js';
import { parseWhole } from './parse.js';

/** Which rows they are: at most one of these is given; none: all, from row 0 on. */
export interface PartOptions {
  /** Part i of m. */
  readonly shard?: { readonly i: number; readonly of: number };
  /** The glob of all files of K, of which the part takes its own. */
  readonly shards?: string;
  /** The file whose columns the part has. */
  readonly columnsOf?: string;
  /** The global number of the first row. */
  readonly rowOffset?: number;
  /** The sketch that the rows follow. */
  readonly append?: string;
}

/** Adds the options. */
export function addPartOptions(command: Command): Command {
  return command
    .optionsGroup('Parts of K:')
    .option(
      '--shard <i/m>',
      'these rows are part i of m, in order; row numbers become global when all are merged',
      parseShard,
    )
    .option(
      '--shards <glob>',
      "all files of K, in natural order, quoted: 'K-*.arrow'; --shard takes its part of them, and what all parts share from the first",
    )
    .option(
      '--columns-of <file>',
      'the columns that the options choose in this file, the first of K, by name and in its order (with --shards: of the first listed)',
    )
    .option('--row-offset <row>', 'the global number of the first row, from 0 on', parseOffset)
    .option('--append <sketch>', 'the rows follow those of this sketch, whose settings apply');
}

/** @throws LevattnError where more than one says which rows they are */
export function refuseParts({ shard, rowOffset, append, columnsOf }: PartOptions): void {
  if (columnsOf !== undefined && append !== undefined) {
    throw usageError('--append takes the columns of its sketch; leave --columns-of out');
  }
  const given = [shard && '--shard', rowOffset !== undefined && '--row-offset', append !== undefined && '--append'];
  const said = given.filter((name) => typeof name === 'string');
  if (said.length > 1) throw usageError(`${said.join(' and ')} say which rows these are; give one of them`);
}

function parseShard(text: string): { i: number; of: number } {
  const [, i, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(text)?.map(Number) ?? [];
  if (i === undefined || of === undefined || i < 1 || i > of) {
    throw new InvalidArgumentError('It must be i/m, such as 3/64, with i from 1 to m.');
  }
  return { i, of };
}

function parseOffset(text: string): number {
  const offset = parseWhole(text);
  if (offset < 0) throw new InvalidArgumentError('It must be at least 0.');
  return offset;
}

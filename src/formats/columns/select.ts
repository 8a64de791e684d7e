/** Columns as a user writes them: a name, a 0-based position, a range of either with both ends in it, a glob of names. */

import { dataError } from '../../errors.js';
import { shownColumn } from '../../text.js';
import { lacksColumn } from './lacking.js';
import type { TableColumn } from './table-column.js';

/** What is written, as columns of one table. */
export interface Selected {
  /** 0-based. */
  readonly positions: readonly number[];
  /** Whether it says names, so that it means the same columns in a table where they stand elsewhere. */
  readonly byName: boolean;
  /** Whether it may stand for several columns. */
  readonly several: boolean;
}

/** The columns that an entry stands for; undefined where there is none. */
export function selectIfThere(columns: readonly TableColumn[], entry: string, source: string): Selected | undefined {
  const one = oneColumn(columns, entry, source);
  if (one) return { positions: [one.position], byName: one.byName, several: false };
  const range = rangeOf(columns, entry, source);
  if (range || !isGlob(entry)) return range;
  const pattern = globPattern(entry);
  const positions = [...columns.keys()].filter((position) => pattern.test(columns[position]!.name ?? ''));
  return positions.length > 0 ? { positions, byName: true, several: true } : undefined;
}

/**
 * The columns that an entry of `--columns` or `--exclude` stands for. A name wins over whatever else the entry could be.
 * @param source - names the file
 * @throws LevattnError where there is none, several have the name, or a range runs backwards
 */
export function selectColumns(columns: readonly TableColumn[], entry: string, source: string): Selected {
  const selected = selectIfThere(columns, entry, source);
  if (selected) return selected;
  throw lacksColumn(columns, entry, source);
}

/** Whether an entry can stand for several columns, where none has it for a name. */
export const isPatternOfColumns = (entry: string): boolean => isGlob(entry) || entry.includes(':');

/**
 * A column by its name, else by its 0-based position.
 * @throws LevattnError where there is none, or several have the name
 */
export function findColumn(columns: readonly TableColumn[], name: string, source: string): number {
  const one = oneColumn(columns, name, source);
  if (one) return one.position;
  throw lacksColumn(columns, name, source);
}

function oneColumn(
  columns: readonly TableColumn[],
  name: string,
  source: string,
): { readonly position: number; readonly byName: boolean } | undefined {
  const position = columns.findIndex((column) => column.name === name);
  if (position < 0) {
    return /^\d+$/.test(name) && Number(name) < columns.length ? { position: Number(name), byName: false } : undefined;
  }
  if (columns.some((column, i) => i > position && column.name === name)) {
    throw dataError(
      `${source}: more than one column is named ${shownColumn(name)}; give their 0-based positions instead`,
    );
  }
  return { position, byName: true };
}

/** A range `a:b`; a name may have colons in it, too. */
function rangeOf(columns: readonly TableColumn[], entry: string, source: string): Selected | undefined {
  for (let colon = entry.indexOf(':'); colon >= 0; colon = entry.indexOf(':', colon + 1)) {
    const [from, to] = [entry.slice(0, colon), entry.slice(colon + 1)].map(
      (end) => oneColumn(columns, end, source) ?? oneColumn(columns, end.trim(), source),
    );
    if (!from || !to) continue;
    if (from.position > to.position) {
      throw dataError(
        `${source}: the range ${shownColumn(entry)} runs backwards, as its first column comes after its last; turn it round`,
      );
    }
    const positions = Array.from({ length: to.position - from.position + 1 }, (_, i) => from.position + i);
    return { positions, byName: from.byName || to.byName, several: true };
  }
  return undefined;
}

const isGlob = (entry: string): boolean => /[*?[]/.test(entry);

/** `*` stands for any text, `?` for one character, `[abc]` and `[a-c]` for one of some. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/\[[^\]]+\]|[\s\S]/g, (part) => {
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    if (part.length > 1)
      return `[${part
        .slice(1, -1)
        .replace(/^!/, '^')
        .replace(/[\\\]]/g, '\\$&')}]`;
    return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'u');
}

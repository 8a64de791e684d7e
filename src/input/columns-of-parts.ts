/** All columns of a table whose parts may have them in other orders, lack some, or hold them as another type. */

import { areTold } from '../rows/column-names.js';
import type { ColumnOfTable } from '../rows/row-block.js';
import { Input } from './input.js';
import { SILENT } from './notices.js';
import { expectedOf } from './open.js';
import type { InputOptions } from './options.js';

/** A column, by what names it in each part. */
export interface PartedColumn {
  readonly name: string;
  /** What it is called where it is written; several may be called the same. */
  readonly label: string;
  /** Of the first part that has it. */
  readonly first: ColumnOfTable;
  /** By part; undefined where a part lacks it. */
  readonly parts: readonly (ColumnOfTable | undefined)[];
}

/** Options that read a table for its columns: whatever its rows lack is no error yet. */
export const EVERY_ROW = { missing: undefined, nan: 'skip', wordsLack: true } as const;

/**
 * The columns of each part.
 * @throws LevattnError where a part cannot be read as K was
 */
export async function tablesOf(paths: readonly string[], options: InputOptions): Promise<(readonly ColumnOfTable[])[]> {
  const tables: (readonly ColumnOfTable[])[] = [];
  let { like } = options;
  for (const path of paths) {
    const own = { ...options, ...EVERY_ROW, idColumn: undefined, like, role: 'K' } as const;
    const input = new Input([path], own, SILENT);
    const reader = await input.head();
    like ??= expectedOf(reader);
    tables.push(reader.table ?? []);
    await input.close();
  }
  return tables;
}

/** Columns by name in the order in which they are met, or by position where names do not tell them apart. */
export function partedColumns(tables: readonly (readonly ColumnOfTable[])[]): PartedColumn[] {
  const told = tables.every((table) => areTold(namesOf(table)));
  const label = ({ name }: ColumnOfTable, position: number): string => (told && name ? name : `${position}`);
  const byName = tables.map((table) => new Map(table.map((column, position) => [label(column, position), column])));
  const names = new Set(byName.flatMap((columns) => [...columns.keys()]));
  return [...names].map((name) => {
    const parts = byName.map((columns) => columns.get(name));
    const first = parts.find((column) => column !== undefined)!;
    return { name, label: first.name || name, first, parts };
  });
}

/**
 * What the matrix's columns are called in {@link partedColumns}, where they were not chosen by name.
 * @param picked - their positions in the first part
 * @returns undefined where the parts differ, so that the same positions may be others
 */
export function labelsAt(
  tables: readonly (readonly ColumnOfTable[])[],
  picked: readonly number[],
): readonly string[] | undefined {
  const [first, ...rest] = tables.map((table) => JSON.stringify(table.map(({ name, type }) => [name, type])));
  if (rest.some((other) => other !== first)) return undefined;
  const labels = partedColumns(tables).map(({ name }) => name);
  return picked.map((position) => labels[position]!);
}

/** Names; one that is empty tells a column nevertheless where it is the only one. */
function namesOf(table: readonly ColumnOfTable[]): (string | undefined)[] {
  const names = table.map(({ name }) => name);
  return names.filter((name) => name !== '' || names.length === 1);
}

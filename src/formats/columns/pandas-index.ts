/** The index of a data frame, which pandas writes as columns beside the others, in Parquet and in Arrow: which columns are it. */

/** The key in a table's metadata under which pandas describes the data frame. */
const PANDAS_KEY = 'pandas';

/** What pandas calls a column of an index without a name; other programs keep the column where they drop the metadata. */
const UNNAMED_LEVEL = /^__index_level_\d+__$/;

/**
 * 0-based positions of the columns that are a data frame's index.
 * @param names - of all columns
 * @param metadata - the table's own
 */
export function pandasIndex(names: readonly string[], metadata: ReadonlyMap<string, string>): ReadonlySet<number> {
  const index = new Set(names.flatMap((name, position) => (UNNAMED_LEVEL.test(name) ? [position] : [])));
  for (const name of indexNames(metadata.get(PANDAS_KEY))) {
    // Columns of the index come last: a column before it may have the same name.
    const position = names.lastIndexOf(name);
    if (position >= 0) index.add(position);
  }
  return index;
}

/** Names of the columns of the index; a range of whole numbers is described and takes no column. */
function indexNames(text: string | undefined): readonly string[] {
  try {
    const { index_columns: columns } = JSON.parse(text ?? '{}') as { readonly index_columns?: unknown };
    return Array.isArray(columns) ? columns.filter((column) => typeof column === 'string') : [];
  } catch {
    // Metadata that are no JSON say nothing of an index.
    return [];
  }
}

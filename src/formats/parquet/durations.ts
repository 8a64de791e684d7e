/**
 * Durations: Parquet has no type for them. Writers of Arrow tables store them as whole numbers, and the table's Arrow schema beside the file's
 * own, which says what they are.
 */

import type { SchemaElement, SchemaTree } from 'hyparquet';

/** The key of the Arrow schema, an IPC message in base64. */
const ARROW_SCHEMA = 'ARROW:schema';

/** Bytes before a message's metadata: a word of ones and the length, or, in old files, the length alone. */
const CONTINUATION = 0xffffffff;

/** An element of whole numbers that are parts of a second. */
interface DurationElement extends SchemaElement {
  readonly durationsPerSecond?: number;
}

/** Of an element of durations: how many make a second; undefined for others. */
export const durationOf = (element: SchemaElement): number | undefined =>
  (element as DurationElement).durationsPerSecond;

/** The schema, its elements of durations marked as such. */
export async function withDurations(root: SchemaTree, keyValues: ReadonlyMap<string, string>): Promise<SchemaTree> {
  const stored = keyValues.get(ARROW_SCHEMA);
  if (stored === undefined || !root.children.some(({ element }) => mayBeDuration(element))) return root;
  // It is not needed to read the file: whatever is the matter with it is no error.
  const durations = await durationsIn(stored).catch(() => new Map<string, number>());
  return {
    ...root,
    children: root.children.map((tree) => {
      const durationsPerSecond = durations.get(tree.element.name);
      if (durationsPerSecond === undefined || !mayBeDuration(tree.element)) return tree;
      const element: DurationElement = { ...tree.element, durationsPerSecond };
      return { ...tree, element };
    }),
  };
}

const mayBeDuration = ({ type, logical_type: logical, converted_type: converted }: SchemaElement): boolean =>
  type === 'INT64' && logical === undefined && converted === undefined;

/** Columns of durations, by name, with the parts of a second that they count; a name of several columns is none. */
async function durationsIn(base64: string): Promise<Map<string, number>> {
  const { decodeMessage } = await import('../arrow/message.js');
  const bytes = Buffer.from(base64, 'base64');
  const from = bytes.readUInt32LE(0) === CONTINUATION ? 8 : 4;
  const message = decodeMessage(new Uint8Array(bytes.subarray(from)));
  const fields = message.kind === 'schema' ? message.schema.fields : [];
  return new Map(
    fields.flatMap(({ name, type, storage }): [string, number][] => {
      const isOnly = fields.filter((field) => field.name === name).length === 1;
      return isOnly && type === 'Duration' && storage?.kind === 'time' ? [[name, storage.divisor]] : [];
    }),
  );
}

/** Columns of text that may be meant as numbers: the first rows that have text are looked at before the columns are chosen. */

import { RowIds } from '../../rows/row-ids.js';
import { LOOKED_AT, meaningOfText } from '../columns/written-numbers.js';
import { type CheckedBatch, checkBatch } from './batch.js';
import { BatchDecompressor } from './compressed.js';
import { fetchFrom, fetchHeld, readIds, TEXT_TYPES } from './ids.js';
import type { ArrowInput } from './input.js';
import { bufferAt } from './layout.js';
import type { ArrowField, ArrowSchema } from './schema.js';

/** For text that could not be looked at. */
const NOT_SEEN = 'text that was not looked at';

/** Batches and dictionaries that are looked at before the first row. */
const MOST_MESSAGES = 256;

/**
 * The schema, with what its columns of text may be meant as.
 * @param input - whose next message is looked at, not read
 */
export async function withWrittenNumbers(input: ArrowInput): Promise<ArrowSchema> {
  const { schema } = input;
  const text = schema.fields.filter((field) => typeOfText(field) !== undefined);
  const ahead = text.length === 0 ? undefined : input.lookAhead();
  if (!ahead) return schema;
  const texts = new Map<ArrowField, readonly string[]>();
  // Nobody asked for these columns: whatever is the matter with them is no error.
  const hasRows = await look(ahead, text, texts).catch(() => true);
  const fields = schema.fields.map((field) => {
    const seen = texts.get(field);
    if (seen) return { ...field, meant: meaningOfText(seen) };
    // Text too far ahead on a pipe, or in a dictionary that comes later, may be anything.
    return text.includes(field) && hasRows ? { ...field, meant: NOT_SEEN } : field;
  });
  return { ...schema, fields };
}

/**
 * Text by column, as far as it is found.
 * @returns false where the input has no rows
 */
async function look(
  input: ArrowInput,
  columns: readonly ArrowField[],
  texts: Map<ArrowField, readonly string[]>,
): Promise<boolean> {
  for (let i = 0; i < MOST_MESSAGES && texts.size < columns.length; i++) {
    const message = await input.next();
    if (!message) return false;
    if (message.kind === 'dictionary') {
      const field = columns.find(({ dictionary }) => dictionary === message.id);
      if (!field || texts.has(field)) continue;
      const values = { ...field, encoded: false };
      const batch = checkBatch(input, message, { ...input.schema, fields: [values] });
      texts.set(field, await textsIn(input, batch, values, 0));
      continue;
    }
    const batch = checkBatch(input, message);
    if (batch.header.rows === 0) continue;
    const plain = [...input.schema.fields.entries()].filter(([, field]) => columns.includes(field) && !field.encoded);
    // In the order in which they lie, which some writers choose themselves.
    const placeOf = (index: number): number => bufferAt(batch.header, batch.places[index]!.buffer + 1).offset;
    for (const [index, field] of plain.sort(([a], [b]) => placeOf(a) - placeOf(b))) {
      texts.set(field, await textsIn(input, batch, field, index));
    }
    return true;
  }
  return true;
}

/** The first values of a column of a batch; of a null, empty text. */
async function textsIn(
  input: ArrowInput,
  batch: CheckedBatch,
  field: ArrowField,
  index: number,
): Promise<readonly string[]> {
  const count = Math.min(LOOKED_AT, batch.header.rows);
  const column = {
    name: field.name,
    index,
    type: 'utf8',
    element: undefined,
    text: typeOfText(field),
    nullable: true,
  } as const;
  const reader = readIds(input, column, { windowRows: count });
  if (batch.header.compression === undefined) reader.begin(batch, fetchFrom(input, batch));
  else {
    const held = await new BatchDecompressor(input, []).held(batch, [index]);
    reader.begin(held.batch, fetchHeld(held.aside));
  }
  const found = new RowIds();
  await reader.read(0, count, found);
  return Array.from({ length: count }, (_, i) => String(found.at(i)));
}

const typeOfText = ({ type }: ArrowField): (typeof TEXT_TYPES)[number] | undefined =>
  TEXT_TYPES.find((name) => name === type);

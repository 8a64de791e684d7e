/** Fields that were left out because the first lines had no numbers in them: where numbers come later, the choice was wrong. */

import { shownText } from '../../text.js';
import type { ByteReader } from '../bytes/reader.js';
import type { Field } from './fields.js';
import { isObject, numberFrom, spellJson } from './json.js';
import type { Line } from './lines.js';
import { badLine } from './refuse.js';

/** Looks at a line's value. */
export type Watch = (line: Line, value: unknown) => void;

/**
 * Refuses the first line in which a field that is left out, or that the first lines do not have, holds a number or a list of numbers.
 * @param fields - of the first lines
 * @param taken - names of those that are read
 */
export function watchFields(bytes: ByteReader, fields: readonly Field[], taken: ReadonlySet<string>): Watch {
  const kinds = new Map(fields.map(({ name, kind }) => [name, kind]));
  return (line, value) => {
    if (!isObject(value)) return;
    for (const name of Object.keys(value)) {
      if (taken.has(name)) continue;
      const kind = kinds.get(name);
      if (kind !== undefined && kind !== 'unsure' && kind !== 'integer') continue;
      const found = value[name];
      const number = numberFrom(found);
      const isNews =
        kind === 'integer' ? number !== undefined && !Number.isInteger(number) : holdsVector(found, number);
      if (!isNews) continue;
      const why = kind === 'integer' ? 'was taken for an integer id' : 'has no number in the first lines';
      throw badLine(
        bytes,
        line,
        `holds ${shownText(spellJson(found))} in field ${shownText(name)}, which ${why} and was left out; name the fields with --columns or --column`,
      );
    }
  };
}

const holdsVector = (value: unknown, number: number | undefined): boolean =>
  number !== undefined ||
  (Array.isArray(value) && value.length > 0 && value.every((entry) => numberFrom(entry) !== undefined));

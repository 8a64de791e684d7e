/**
 * The message of an Arrow schema whose metadata are long, such as a matrix as text. The library makes several copies of it, each in memory that is
 * used for the first time; here it is one piece among others.
 */

import type { Field } from 'apache-arrow';

type Arrow = typeof import('apache-arrow');

/** Fills the place of what is long, at least as often as this: such a run is nowhere before it. */
const FILLER = 'x';
const LEAST_FILLERS = 64;

/** A message is aligned to this many bytes: another length with the same remainder shifts what lies before it, and no more. */
const ALIGNMENT = 8;

/**
 * The message as the library makes it, in pieces.
 *
 * What lies before the value in a FlatBuffer refers to what lies behind it by distances, which grow with the value's length, as the length itself
 * does. Which numbers these are is seen from two messages with short values of different lengths.
 *
 * @param value - UTF-8
 */
export function schemaMessage(arrow: Arrow, fields: Field[], key: string, value: Uint8Array): Uint8Array[] {
  const least = LEAST_FILLERS + (value.length % ALIGNMENT);
  const encode = (length: number): Buffer => {
    const metadata = new Map([[key, FILLER.repeat(length)]]);
    return Buffer.from(arrow.Message.encode(arrow.Message.from(new arrow.Schema(fields, metadata))));
  };
  const [one, two] = [encode(least), encode(least + ALIGNMENT)];
  const end = one.indexOf(FILLER.repeat(least));
  const head = Buffer.from(one.subarray(0, end));
  for (let at = 0; at < end; at += 4) {
    const [number, larger] = [one.readInt32LE(at), two.readInt32LE(at)];
    head.writeInt32LE(number + ((larger - number) / ALIGNMENT) * (value.length - least), at);
  }
  return [head, value, one.subarray(end + least)];
}

/**
 * JSON that keeps every double: infinities are written 1e999 and -1e999, which any parser of doubles reads as what they are, minus
 * zero is -0.0, NaN is null. Nothing else is null, and what is undefined is left out.
 */

/** A value in JSON. */
export type JsonValue = number | boolean | string | readonly JsonValue[] | JsonObject;

/** An object in JSON. */
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

/** The text of an object; its fields in their order, without space. */
export const jsonFrom = (object: JsonObject): string => textOf(object);

function textOf(value: JsonValue): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(textOf).join(',')}]`;
  const fields = Object.entries(value).filter((field): field is [string, JsonValue] => field[1] !== undefined);
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${textOf(field)}`).join(',')}}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'null';
  if (Math.abs(value) === Number.POSITIVE_INFINITY) return value > 0 ? '1e999' : '-1e999';
  return Object.is(value, -0) ? '-0.0' : String(value);
}

/**
 * The object in a text.
 * @param what - names it in the error
 * @throws RangeError where there is none
 */
export function parseJson(text: string | undefined, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '', (_, part) => (part === null ? Number.NaN : part));
  } catch {
    throw new RangeError(`${what} is not JSON`);
  }
  if (isObject(value as JsonValue)) return value as JsonObject;
  throw new RangeError(`${what} is no object`);
}

/** Whether a value is a list. */
export const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

/** Whether a value is an object. */
export const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && !Array.isArray(value);

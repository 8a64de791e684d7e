/** JSON of one line: parsed with Python's NaN and infinities, scanned for its keys in their order and for where a value ends. */

/** What the names of numbers that JSON has no word for become on the way: no text of a file is likely to be one. */
const NAMED = new Map([
  ['\u0000NaN', Number.NaN],
  ['\u0000Infinity', Number.POSITIVE_INFINITY],
  ['\u0000-Infinity', Number.NEGATIVE_INFINITY],
]);

/** A string, which stays as it is, or such a name outside of strings. */
const NAMES = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * The value that a text is; NaN, Infinity and -Infinity, which Python writes, are strings that {@link numberFrom} knows.
 * @throws SyntaxError where it is no JSON
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const named = text.replace(NAMES, (found) =>
      found.startsWith('"') ? found : JSON.stringify(`\u0000${found === '-NaN' ? 'NaN' : found}`),
    );
    if (named === text) throw error;
    return JSON.parse(named);
  }
}

/** The number that a value of {@link parseJson} is, truth values being 0 and 1; undefined where it is none. */
export function numberFrom(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? NAMED.get(value) : undefined;
}

/** Whether a value of {@link parseJson} is text of the file. */
export const isText = (value: unknown): value is string => typeof value === 'string' && !NAMED.has(value);

/** Whether a value is an object, with fields. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object's field; undefined where it has none of that name. */
export const fieldOf = (value: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(value, name) ? value[name] : undefined;

/** A value as JSON again, for messages. */
export const spellJson = (value: unknown): string =>
  isText(value) || numberFrom(value) === undefined ? (JSON.stringify(value) ?? 'nothing') : `${numberFrom(value)}`;

/** An array or object that a text begins with, looked through character by character. */
interface Scanned {
  /** Keys of the outermost object, in their order and as often as they stand there. */
  readonly keys: readonly string[];
  /** Where the array or object ends; undefined where it goes on behind the text. */
  readonly end: number | undefined;
}

/** Looks through text that need not be JSON. */
export function scanJson(text: string): Scanned {
  const keys: string[] = [];
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') {
      const end = endOfString(text, i);
      if (depth === 1 && /^\s*:/.test(text.slice(end, end + 64))) keys.push(keyFrom(text.slice(i, end)));
      i = end - 1;
    } else if (character === '{' || character === '[') {
      depth++;
    } else if (character === '}' || character === ']') {
      depth--;
      if (depth <= 0) return { keys, end: i + 1 };
    }
  }
  return { keys, end: undefined };
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

function keyFrom(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}

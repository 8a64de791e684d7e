/** The names in a JSON object, found in its bytes without parsing it: parsing keeps one of two that are equal. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const BRACE = 0x7b;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** A name in an object: its bytes from its quote to the other, and how many objects and arrays it lies in. */
interface Name {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/**
 * The names of an object and of those in it, in order.
 * @param bytes - its beginning, a byte order mark and blanks before it allowed
 * @returns whether the object is complete; undefined where the bytes begin no object
 */
function* namesIn(bytes: Uint8Array): Generator<Name, boolean | undefined, undefined> {
  let at = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? BYTE_ORDER_MARK.length : 0;
  while (isBlank(bytes[at])) at++;
  if (at < bytes.length && bytes[at] !== BRACE) return undefined;
  for (let depth = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === BRACE || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) {
      depth--;
      if (depth === 0) return true;
    } else if (byte === QUOTE) {
      const to = endOfText(bytes, at);
      if (to === undefined) return false;
      let next = to;
      while (isBlank(bytes[next])) next++;
      if (bytes[next] === COLON) yield { from: at, to, depth };
      at = next - 1;
    }
  }
  return false;
}

/** The byte after the quote that ends a text; undefined where none does. */
function endOfText(bytes: Uint8Array, begin: number): number | undefined {
  for (let end = bytes.indexOf(QUOTE, begin + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  return undefined;
}

/**
 * Whether an object has a name at its first level.
 * @returns undefined where it is not complete and what there is does not say
 */
export function hasName(bytes: Uint8Array, name: string): boolean | undefined {
  const quoted = Buffer.from(JSON.stringify(name));
  const names = namesIn(bytes);
  for (;;) {
    const { done, value } = names.next();
    if (done) return value === false ? undefined : false;
    if (value.depth === 1 && quoted.equals(bytes.subarray(value.from, value.to))) return true;
  }
}

/**
 * The first name that comes twice in an object, or in the object of a name in it.
 * @param bytes - valid JSON
 * @param parent - that name; the object itself where not given
 * @param distinct - how many names parsing kept; nothing is looked for where all of them are there
 */
export function repeatedName(bytes: Uint8Array, parent: string | undefined, distinct: number): string | undefined {
  let count = 0;
  for (const _ of namesOf(bytes, parent)) count++;
  if (count === distinct) return undefined;
  const seen = new Set<string>();
  for (const { from, to } of namesOf(bytes, parent)) {
    const name = JSON.parse(new TextDecoder().decode(bytes.subarray(from, to))) as string;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

function* namesOf(bytes: Uint8Array, parent: string | undefined): Generator<Name, void, undefined> {
  const quoted = parent === undefined ? undefined : Buffer.from(JSON.stringify(parent));
  let inside = false;
  for (const name of namesIn(bytes)) {
    if (name.depth === 1) inside = quoted?.equals(bytes.subarray(name.from, name.to)) ?? false;
    if (name.depth === 1 ? !quoted : inside && name.depth === 2) yield name;
  }
}

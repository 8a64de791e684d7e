/** Parses the Python literals that npy headers are made of: dictionaries, tuples, lists, strings, integers, names. */

/** A literal: `None` is null, an integer a number (exact up to 2^53, else rounded), tuples and lists are arrays. */
export type Literal = string | number | boolean | null | Literal[] | Map<string, Literal>;

/** Nesting past this is no header of an array. */
const MAX_DEPTH = 16;

const TOKEN =
  /\s*(?:(-?\d+)[lL]?|[uUbB]?'((?:[^'\\]|\\.)*)'|[uUbB]?"((?:[^"\\]|\\.)*)"|(True|False|None)|([{}()[\],:]))/y;

const NAMES = new Map<string, Literal>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/**
 * The one literal that `text` holds.
 * @throws SyntaxError where it holds anything else
 */
export function parseLiteral(text: string): Literal {
  const tokens = tokenise(text);
  let next = 0;

  const parseValue = (depth: number): Literal => {
    const token = tokens[next++];
    if (token === undefined || depth > MAX_DEPTH) throw new SyntaxError('unexpected end');
    if (token.kind === 'value') return token.value;
    switch (token.sign) {
      case '{':
        return parseEntries(depth);
      case '(':
        return parseItems(')', depth);
      case '[':
        return parseItems(']', depth);
      default:
        throw new SyntaxError(`unexpected ${token.sign}`);
    }
  };

  const isSign = (sign: string): boolean => {
    const token = tokens[next];
    return token?.kind === 'sign' && token.sign === sign;
  };

  /** Passes over a comma, or sees the closing sign; a trailing comma is allowed. */
  const separate = (end: string): void => {
    if (isSign(',')) next++;
    else if (!isSign(end)) throw new SyntaxError(`expected ${end}`);
  };

  const parseItems = (end: string, depth: number): Literal[] => {
    const items: Literal[] = [];
    while (!isSign(end)) {
      items.push(parseValue(depth + 1));
      separate(end);
    }
    next++;
    return items;
  };

  const parseEntries = (depth: number): Map<string, Literal> => {
    const entries = new Map<string, Literal>();
    while (!isSign('}')) {
      const key = parseValue(depth + 1);
      if (typeof key !== 'string' || !isSign(':')) throw new SyntaxError('expected a key');
      next++;
      entries.set(key, parseValue(depth + 1));
      separate('}');
    }
    next++;
    return entries;
  };

  const value = parseValue(0);
  if (next < tokens.length) throw new SyntaxError('unexpected rest');
  return value;
}

type Token = { readonly kind: 'value'; readonly value: Literal } | { readonly kind: 'sign'; readonly sign: string };

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match) throw new SyntaxError('unexpected character');
    const [, integer, single, double, name, sign] = match;
    if (sign !== undefined) tokens.push({ kind: 'sign', sign });
    else if (integer !== undefined) tokens.push({ kind: 'value', value: Number(integer) });
    else if (name !== undefined) tokens.push({ kind: 'value', value: NAMES.get(name) ?? null });
    else tokens.push({ kind: 'value', value: single ?? double ?? '' });
  }
  return tokens;
}

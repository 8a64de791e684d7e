/** What tells a kind of file: its first bytes, words at its beginning, its name. */

import { hasControlBytes } from '../csv/recognise.js';

/** What is seen of an input before any of it is read. */
export interface Sight {
  /** Its first bytes, as many as RECOGNISE_BYTES. */
  readonly head: Uint8Array;
  /** The same, a character a byte. */
  readonly text: string;
  /** Whether it could be text: no byte of the head is a control character. */
  readonly textual: boolean;
  /** The path of the file, where it was opened by one. */
  readonly path: string;
  /** Bytes from the head's first to the end, where known. */
  readonly size: number | undefined;
}

/** How a kind is told. */
export interface Sign {
  /** In words, for the documentation. */
  readonly known: string;
  readonly matches: (sight: Sight) => boolean;
  /** The same, but only where rows of numbers without a header cannot look like it by chance. */
  readonly surely: (sight: Sight) => boolean;
}

/**
 * What is seen of an input.
 * @param head - its first bytes; must not change afterwards
 */
export const sightOf = (head: Uint8Array, path = '', size?: number): Sight => ({
  head,
  text: Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1'),
  textual: !hasControlBytes(head),
  path,
  size,
});

/** As many bytes as do not come about by chance. */
const CERTAIN_BYTES = 3;

/** A file that a function knows. */
export const looks = (known: string, matches: Sign['matches'], certain = true): Sign => ({
  known,
  matches,
  surely: certain ? matches : () => false,
});

/** A binary file that begins with one of some words. A text that does is a text: `ORCID,score` is a header of CSV. */
export const begins = (...words: readonly string[]): Sign => beginsAt([0], ...words);

/** A binary file with one of some words at one of some offsets. */
export const beginsAt = (offsets: readonly number[], ...words: readonly string[]): Sign =>
  looks(
    `${words.map(spellWord).join(', ')}${offsets.some((offset) => offset > 0) ? ` at byte ${offsets.join(', ')}` : ''}`,
    ({ text, textual }) => !textual && offsets.some((offset) => words.some((word) => text.startsWith(word, offset))),
    words.every((word) => word.length >= CERTAIN_BYTES),
  );

/** A file that begins with words of a text. */
export const says = (known: string, words: RegExp): Sign => looks(known, ({ text }) => words.test(text));

/** A file that has one of some endings; a compression's may follow. */
export const ends = (...endings: readonly string[]): Sign =>
  looks(
    `its name: ${endings.map((ending) => `\`${ending}\``).join(', ')}`,
    ({ path }) => {
      const name = path.toLowerCase().replace(/\.(gz|zst)$/, '');
      return endings.some((ending) => name.endsWith(ending));
    },
    false,
  );

/** A file that has one of several signs. */
export const either = (...signs: readonly Sign[]): Sign => ({
  known: signs.map(({ known }) => known).join('; '),
  matches: (sight) => signs.some(({ matches }) => matches(sight)),
  surely: (sight) => signs.some(({ surely }) => surely(sight)),
});

/** A word as it is, or in hexadecimal digits. */
function spellWord(word: string): string {
  if (/^[!-~ ]+$/.test(word)) return `\`${word}\``;
  return `\`${Buffer.from(word, 'latin1')
    .toString('hex')
    .replaceAll(/..(?=.)/g, '$& ')}\``;
}

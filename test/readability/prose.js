/**
 * The prose of a page of Markdown, in sentences. Code, tables, headings and pictures are no prose; tables are counted apart.
 *
 * A paragraph and an item of a list end a sentence, whatever stands at their end. Code within a line is one word, a link its text.
 */

/** A sentence or a cell of more words is long. */
export const LONG = 30;

/** Shortenings whose point ends no sentence. */
const SHORT = /\b(?:e\.g|i\.e|etc|cf|vs|Fig|al)\.$/;

/** Blocks of lines that are prose, and cells of tables. */
function blocksOf(page) {
  const prose = [];
  const cells = [];
  let open = null;
  let fenced = false;
  for (const line of page.split('\n')) {
    const text = line.trim();
    if (/^(```|~~~)/.test(text)) {
      fenced = !fenced;
      open = null;
    } else if (fenced || (/^ {4}/.test(line) && open === null && !/^(?:[-*+]|\d+\.) /.test(text))) {
      // Code: within a fence, or indented where no paragraph or item is open.
    } else if (text === '' || /^#/.test(text) || /^<\/?[a-z!]/i.test(text) || /^!\[[^\]]*\]\([^)]*\)$/.test(text)) {
      open = null;
    } else if (text.startsWith('|')) {
      open = null;
      if (!/^[|\s:-]+$/.test(text)) {
        cells.push(
          ...text
            .replaceAll('\\|', '¦')
            .split('|')
            .map((cell) => cell.trim())
            .filter((cell) => cell !== ''),
        );
      }
    } else if (open === null || /^(?:[-*+]|\d+\.) /.test(text)) {
      open = prose.push(text.replace(/^(?:[-*+]|\d+\.) /, '')) - 1;
    } else {
      prose[open] += ` ${text}`;
    }
  }
  return { prose, cells };
}

/** Text as it is read: code as one word that may begin a sentence, links as their text. */
const asRead = (text) =>
  text
    .replaceAll(/(`+)(.+?)\1/g, 'CODE')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\*+/g, '');

/** Words: whatever has a letter or a digit. */
export const wordsOf = (text) => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));

/** Sentences of a block: they end with a point, a question or an exclamation, before a blank and no small letter. */
function sentencesOf(block) {
  const sentences = [''];
  for (const part of asRead(block).split(/(?<=[.!?][)"”]?)\s+(?=[^\p{Ll}])/u)) {
    const last = sentences.length - 1;
    if (sentences[last] === '') sentences[last] = part;
    else if (SHORT.test(sentences[last])) sentences[last] += ` ${part}`;
    else sentences.push(part);
  }
  return sentences.filter((sentence) => wordsOf(sentence).length > 0);
}

/**
 * @param page - Markdown
 * @returns the sentences of its prose, and the cells of its tables
 */
export function readPage(page) {
  const { prose, cells } = blocksOf(page);
  return { sentences: prose.flatMap(sentencesOf), cells: cells.map(asRead) };
}

/** Figures of a page or of several: `words` is of prose alone. */
export function figuresOf(sentences, cells) {
  const lengths = sentences.map((sentence) => wordsOf(sentence).length);
  const words = lengths.reduce((sum, length) => sum + length, 0);
  const inCells = cells.map((cell) => wordsOf(cell).length);
  return {
    words,
    sentences: lengths.length,
    mean: lengths.length === 0 ? 0 : words / lengths.length,
    long: lengths.filter((length) => length > LONG).length / Math.max(1, lengths.length),
    cells: inCells.length,
    longCells: inCells.filter((length) => length > LONG).length,
  };
}

/** The measure of readability counts as a reader would: on a page whose words were counted by hand. */

import { expect, test } from 'vitest';
import { figuresOf, readPage } from './prose.js';

const words = (count: number) => Array.from({ length: count }, (_, i) => `W${i}`).join(' ');

test('sentences of prose, without code, tables, headings and pictures', () => {
  const page = [
    '# A heading. Of two sentences',
    '',
    '*For readers.*',
    '',
    'One two [three four](page.md#there). Five `levattn heavy Q.npy` seven, e.g. Nine',
    'ten!',
    '',
    '    levattn select-keys K.npy -o U.arrow. Not prose.',
    '',
    '```console',
    '$ echo "Not prose. At all."',
    '```',
    '',
    '![A picture. Of things](a.svg)',
    '',
    '- An item without an end',
    '- **Another** in',
    '  two lines, of K.npy and 1.5 GB',
    '',
    '| a cell | two words here |',
    '|---|---|',
    `| \`a\\|b\` | ${words(31)} |`,
  ].join('\n');
  const { sentences, cells } = readPage(page);
  expect(sentences).toEqual([
    'For readers.',
    'One two three four.',
    'Five CODE seven, e.g. Nine ten!',
    'An item without an end',
    'Another in two lines, of K.npy and 1.5 GB',
  ]);
  expect(cells).toHaveLength(4);
  expect(figuresOf(sentences, cells)).toEqual({ words: 26, sentences: 5, mean: 5.2, long: 0, cells: 4, longCells: 1 });
});

test('more than 30 words are long', () => {
  const { sentences } = readPage(`${words(30)}.\n\n${words(31)}.\n\n- ${words(40)}. ${words(2)}`);
  expect(figuresOf(sentences, []).long).toBe(0.5);
});

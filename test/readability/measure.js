/**
 * How the pages read, by length of their sentences: `node test/readability/measure.js [BEFORE [AFTER]]`, each a git revision or a
 * folder of the repository; by default, the working copy. `--long` prints the sentences of more than 30 words instead.
 *
 * README.md and docs/*.md, without docs/commands.md, which is printed from the help. A measure to find sentences worth a second
 * look, not one to write for.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { figuresOf, LONG, readPage, wordsOf } from './prose.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });

/** The pages of a folder or a revision, by path. */
function pagesOf(place) {
  const isFolder = existsSync(place);
  const docs = isFolder ? readdirSync(join(place, 'docs')) : git('ls-tree', '--name-only', `${place}:docs`).split('\n');
  const names = docs.filter((name) => name.endsWith('.md') && name !== 'commands.md').map((name) => `docs/${name}`);
  return new Map(
    ['README.md', ...names.sort()].map((name) => [
      name,
      readPage(isFolder ? readFileSync(join(place, name), 'utf8') : git('show', `${place}:${name}`)),
    ]),
  );
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const HEADINGS = ['words', 'sentences', 'mean', 'long', 'cells', 'long cells'];
const shown = (page) => {
  if (page === undefined) return HEADINGS.map(() => '');
  const { words, sentences, mean, long, cells, longCells } = figuresOf(page.sentences, page.cells);
  return [words, sentences, mean.toFixed(1), percent(long), cells, longCells].map(String);
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { long: { type: 'boolean' } } });
const places = positionals.length === 0 ? [root] : positionals;
const read = places.map(pagesOf);

if (values.long) {
  for (const [name, { sentences }] of read.at(-1)) {
    const long = sentences.map((text) => [wordsOf(text).length, text]).filter(([length]) => length > LONG);
    for (const [length, text] of long) console.log(`${name}\t${length}\t${text}`);
  }
} else {
  const all = (pages) => {
    const list = [...pages.values()];
    return { sentences: list.flatMap((page) => page.sentences), cells: list.flatMap((page) => page.cells) };
  };
  const names = [...new Set(read.flatMap((pages) => [...pages.keys()]))];
  const rows = [
    ['', ...places.flatMap(() => HEADINGS)],
    ...names.map((name) => [name, ...read.flatMap((pages) => shown(pages.get(name)))]),
    ['all', ...read.flatMap((pages) => shown(all(pages)))],
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  console.log(`${places.join(' | ')}; long: more than ${LONG} words\n${rows.map(line).join('\n')}`);
}

/** Results of experiments as JSON lines under docs/experiments, and what is made of them: tables on docs/experiments.md between markers, charts beside it. */

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const DOCS = new URL('../../docs/', import.meta.url);

/** The page that shows results. */
export const PAGE = fileURLToPath(new URL('experiments.md', DOCS));

/** A file of docs/experiments. */
export const resultFile = (name) => fileURLToPath(new URL(`experiments/${name}`, DOCS));

/** What an experiment ran on, as a line of results. */
export const machine = () => ({ machine: cpus()[0].model.trim(), cores: cpus().length, node: process.version });

/** JSON lines as objects. */
export const readResults = (name) =>
  readFileSync(resultFile(name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Objects as JSON lines, numbers with six digits. */
export function writeResults(name, rows) {
  const short = (_key, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  writeFileSync(resultFile(name), rows.map((row) => `${JSON.stringify(row, short)}\n`).join(''));
}

/**
 * The page with what stands between `<!-- NAME -->` and `<!-- /NAME -->` replaced.
 * @param parts - name -> Markdown
 * @throws Error where the page has no such markers
 */
export function fillPage(page, parts) {
  let filled = page;
  for (const [name, text] of Object.entries(parts)) {
    const [open, close] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
    const [from, to] = [filled.indexOf(open), filled.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`docs/experiments.md has no ${open.trim()} … ${close}`);
    filled = `${filled.slice(0, from + open.length)}\n${text}\n${filled.slice(to)}`;
  }
  return filled;
}

/**
 * Writes what is shown of results.
 * @param parts - name -> Markdown, for the page
 * @param charts - file name -> SVG
 */
export function publish({ parts, charts }) {
  writeFileSync(PAGE, fillPage(readFileSync(PAGE, 'utf8'), parts));
  for (const [name, svg] of Object.entries(charts)) writeFileSync(resultFile(name), svg);
}

/** A Markdown table. */
export const table = (header, rows) =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');

/** 0 … 1 as a percentage, without the sign: whole from 10 on. */
export const percent = (share) => (100 * share < 9.95 ? (100 * share).toFixed(1) : (100 * share).toFixed(0));

/** The middle of some numbers. */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

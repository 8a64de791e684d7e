/**
 * The report as one HTML file: style, script and data are in it, and its policy forbids it to load anything.
 */

import { readFileSync } from 'node:fs';
import { REPORT_HEADS_SCRIPT_FILE, REPORT_SCRIPT_FILE } from '../../files.js';
import type { HeadReport, Report } from '../model.js';
import type { ComparedHead } from '../overview/measures.js';
import { HeadPacker } from '../packing/heads.js';
import { element, escapeXml, textElement } from '../svg/markup.js';
import { headSection } from './head-section.js';
import { overviewSection } from './overview.js';
import { pageStyle } from './style.js';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** What the page says beside its heads. */
export type ReportNames = Omit<Report, 'heads'>;

/** The page. */
export function reportPage({ heads, ...names }: Report): string {
  const page = new ReportPage();
  for (const head of heads) page.add(head);
  return page.html(names);
}

/**
 * A page that takes its heads one after another and holds each as a few kilobytes. One head is drawn as it is; several are drawn by the
 * page's script, each when it is asked for, below a map and a table of all of them.
 */
export class ReportPage {
  readonly #packed = new HeadPacker();
  /** The first head, as it is. */
  #first: HeadReport | undefined;

  /** Takes in the next head, in the order of the page. */
  add(head: HeadReport): void {
    this.#first ??= head;
    this.#packed.add(head);
  }

  /**
   * The page.
   * @throws RangeError where there are no heads
   */
  html(names: ReportNames): string {
    if (!this.#first) throw new RangeError('a report without heads');
    if (this.#packed.length > 1) return document(names, severalHeads(this.#packed), REPORT_HEADS_SCRIPT_FILE);
    return document(names, element('main', {}, headSection(this.#first, 'head-0')), REPORT_SCRIPT_FILE);
  }

  /** What all heads that were added are compared by, for maps of them. */
  compared(): ComparedHead[] {
    return this.#packed.compared();
  }
}

/** What the body of a page of several heads holds. */
function severalHeads(packed: HeadPacker): string {
  return [
    overviewSection(packed.compared()),
    element('main', { id: 'head' }, textElement('p', { class: 'soft', 'data-script': '' }, CHOOSE)),
    element('noscript', {}, textElement('p', { class: 'note' }, NO_SCRIPT)),
    `<script type="application/json" id="heads-data">${packed.json().replaceAll('<', '\\u003c')}</script>`,
  ].join('\n');
}

const CHOOSE = 'Choose a head in the map or in the table, and its figures are drawn here.';
const NO_SCRIPT =
  'The figures of single heads are drawn by the script of this page. levattn report --svg writes them as files.';

function document({ keys, queries, command, version }: ReportNames, content: string, script: URL): string {
  const title = `Leverage report: ${queries === undefined ? '' : `${queries} over `}${keys}`;
  const body = [
    element('header', { class: 'top' }, textElement('h1', {}, title), THEME),
    content,
    footer(command, version),
  ];
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    `<meta name="generator" content="levattn ${escapeXml(version)}">`,
    '<link rel="icon" href="data:,">',
    textElement('title', {}, title),
    `<style>\n${pageStyle()}\n</style>`,
    '</head>',
    '<body>',
    ...body,
    `<script>\n${readFileSync(script, 'utf8')}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const THEME = element(
  'button',
  { type: 'button', id: 'theme', 'data-script': '', 'aria-live': 'polite' },
  'Theme: as the system',
);

function footer(command: string, version: string): string {
  return element(
    'footer',
    {},
    element('p', {}, 'Made by ', textElement('code', {}, command), escapeXml(` (levattn ${version}).`)),
    textElement(
      'p',
      {},
      'Leverage scores are exact for K as it is; heavy entries and coverage are worked out from every product of the queries that are shown. ' +
        'The theorem: Kannan, Bhattacharyya, Kacham, Woodruff, LevAttention, arXiv:2410.05462, ICLR 2025.',
    ),
  );
}

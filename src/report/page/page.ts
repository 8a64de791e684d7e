/**
 * The report as one HTML file: style, script and data are in it, and its policy forbids it to load anything.
 */

import { readFileSync } from 'node:fs';
import { REPORT_SCRIPT_FILE } from '../../files.js';
import type { Report } from '../model.js';
import { element, escapeXml, textElement } from '../svg/markup.js';
import { headGrid } from './head-grid.js';
import { headSection } from './head-section.js';
import { pageStyle } from './style.js';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** The page. */
export function reportPage(report: Report): string {
  const { keys, queries, heads, command, version } = report;
  const ids = heads.map((_, at) => `head-${at}`);
  const title = `Leverage report: ${queries === undefined ? '' : `${queries} over `}${keys}`;
  const body = [
    element('header', { class: 'top' }, textElement('h1', {}, title), THEME),
    heads.length > 1 ? headGrid(heads, ids) : '',
    element('main', {}, ...heads.map((head, at) => headSection(head, ids[at]))),
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
    `<script>\n${readFileSync(REPORT_SCRIPT_FILE, 'utf8')}</script>`,
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

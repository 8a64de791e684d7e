/** All heads at a glance: a map of them and a table, by a choice of what they are compared by. */

import { whole } from '../numbers.js';
import { headTable } from '../overview/head-table.js';
import { drawHeatMap } from '../overview/heat-map.js';
import { heatMapOf } from '../overview/map-of-heads.js';
import { type Choice, type Choices, type ComparedHead, choicesOf, usualChoice } from '../overview/measures.js';
import { keysOfAll } from '../overview/summary.js';
import { element, textElement } from '../svg/markup.js';
import { idOfHead } from './sections.js';

/** The section, for the choice that is made where nothing else is said. */
export function overviewSection(heads: readonly ComparedHead[]): string {
  const choices = choicesOf(heads);
  const choice = usualChoice(choices, heads);
  return element(
    'section',
    { 'aria-labelledby': 'heads-title' },
    textElement('h2', { id: 'heads-title', tabindex: '-1' }, `${whole(heads.length)} heads`),
    ...choices.functions.map((f) => textElement('p', {}, keysOfAll(heads, f))),
    drawControls(choices, choice),
    element(
      'div',
      { class: 'overview' },
      element('figure', { id: 'heads-map' }, mapFigure(heads, choice, choices)),
      element(
        'div',
        { class: 'scroll', id: 'heads-table', tabindex: '0', role: 'region', 'aria-label': 'Table of all heads' },
        tableOfHeads(heads, choice, choices),
      ),
    ),
  );
}

/** What the figure of the map holds. */
export function mapFigure(heads: readonly ComparedHead[], choice: Choice, choices: Choices): string {
  const map = heatMapOf(heads, choice, choices, 'heads-map');
  const links = heads.map((head, at) => `#${idOfHead(head, at)}`);
  return [
    textElement('h3', {}, map.title),
    element('div', { class: 'wide' }, drawHeatMap({ ...map, links })),
    textElement('figcaption', {}, map.description),
  ].join('');
}

/** The table of heads; its first column leads to their sections. */
export function tableOfHeads(heads: readonly ComparedHead[], choice: Choice, choices: Choices): string {
  const { columns, rows, sortedBy, note = 'All heads' } = headTable(heads, choice, choices);
  const head = columns.map((title, at) =>
    element(
      'th',
      { scope: 'col', class: at === 0 ? 'text' : undefined, 'aria-sort': at === 0 ? 'ascending' : undefined },
      textElement('span', { 'data-sort': String(at) }, title),
    ),
  );
  const body = rows.map(([name, ...cells], at) =>
    element(
      'tr',
      { 'data-head': String(at) },
      element('th', { scope: 'row', class: 'text' }, textElement('a', { href: `#${idOfHead(heads[at], at)}` }, name)),
      ...cells.map((cell, i) => textElement('td', { 'data-value': sortedBy[at][i + 1].toPrecision(9) }, cell)),
    ),
  );
  return element(
    'table',
    {},
    textElement('caption', {}, note),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
}

function drawControls({ measures, functions, selections, sizes }: Choices, choice: Choice): string {
  const options = (list: readonly (readonly [value: string, text: string])[], chosen: string): string[] =>
    list.map(([value, text]) => textElement('option', { value, selected: value === chosen ? '' : undefined }, text));
  const select = (name: string, label: string, list: readonly (readonly [string, string])[], chosen: string): string =>
    list.length < 2
      ? ''
      : element('label', {}, textElement('span', {}, label), element('select', { name }, ...options(list, chosen)));
  const same = (list: readonly string[]) => list.map((one) => [one, one] as const);
  return element(
    'form',
    { id: 'heads-choice', class: 'choice', 'data-script': '' },
    select(
      'measure',
      'measure',
      measures.map(({ id, name }) => [id, name] as const),
      choice.measure,
    ),
    select('f', 'attention', same(functions), choice.f),
    select('selection', 'keys selected by', same(selections), choice.selection),
    select(
      'k',
      'k',
      sizes.map((k) => [String(k), whole(k)] as const),
      String(choice.k),
    ),
  );
}

/** What the page says of one head: facts, the answer in words, figures. */

import { verdictOf } from '../../attention/coverage/verdict.js';
import type { Figure } from '../figures/figure.js';
import { figuresOf, queryFigures } from '../figures/figures.js';
import type { KeyReport } from '../key-report.js';
import type { HeadReport } from '../model.js';
import { percent, readable, whole } from '../numbers.js';
import { capitalised, nameOf } from '../place.js';
import { element, textElement } from '../svg/markup.js';
import { drawTable } from './tables.js';

/** Where the keys of a head are told of, where it shares them with others. */
export interface SharedKeys {
  /** Such as `layer 3, key head 1`. */
  readonly name: string;
  /** The address of their section. */
  readonly link: string;
}

/**
 * The section of a head.
 * @param id - unique in the page
 * @param shared - its keys where they have a section of their own; undefined: they are told of here
 */
export function headSection(head: HeadReport, id: string, shared?: SharedKeys): string {
  const notes = [...missing(head), ...cautions(head)];
  const figures = shared ? queryFigures(head, id) : figuresOf(head, id);
  return element(
    'section',
    { id, class: 'head', 'aria-labelledby': `${id}-title` },
    sectionTitle(id, titleOf(head)),
    drawFacts(head),
    shared
      ? element(
          'p',
          {},
          'Leverage scores and singular values: ',
          textElement('a', { href: shared.link }, shared.name),
          ', which it shares with other heads.',
        )
      : '',
    drawVerdict(head),
    ...notes.map((note) => textElement('p', { class: 'note' }, note)),
    drawFigures(figures, id),
  );
}

/** The heading of a section, to which the focus goes when it is opened. */
export const sectionTitle = (id: string, title: string): string =>
  textElement('h2', { id: `${id}-title`, tabindex: '-1' }, title);

/** Figures side by side. */
export const drawFigures = (figures: readonly Figure[], id: string): string =>
  element('div', { class: 'figures' }, ...figures.map((figure) => drawFigure(figure, id)));

function titleOf(head: HeadReport): string {
  const name = nameOf(head);
  if (name !== '') return capitalised(name);
  return head.queries ? 'Keys and queries' : 'Keys';
}

function drawFacts(head: HeadReport): string {
  const { queries } = head;
  const facts = keyFacts(head);
  if (queries) {
    const { rows, padding, used, maps, causal } = queries;
    facts.push([
      causal ? 'queries (causal)' : 'queries',
      used === rows - padding ? whole(used) : `${whole(used)} of ${whole(rows - padding)}`,
    ]);
    for (const { f, count } of maps) facts.push([`heavy entries, ${f}`, whole(count)]);
  }
  return drawFactList(facts);
}

type Fact = readonly [name: string, value: string];

/** What is told of keys. */
export function keyFacts({ n, counted, d, rank, eps, universal, ranks, spectrum }: KeyReport): Fact[] {
  return [
    ['keys × columns', `${whole(counted)} × ${whole(d)}`],
    ...(counted < n ? ([['rows left out', whole(n - counted)]] as const) : []),
    ['rank', whole(rank)],
    [`|U| at eps ${readable(eps)}`, `${whole(universal)} (${percent(universal / counted)})`],
    ['theorem’s bound', whole(Math.floor(Math.min(counted, rank / eps)))],
    ['largest score', readable(ranks[0].score)],
    ['largest / average', rank === 0 ? '–' : readable((ranks[0].score * counted) / rank, 3)],
    ['condition of K', spectrum?.condition ? readable(spectrum.condition, 3) : '–'],
  ];
}

/** Names and numbers. */
export const drawFactList = (facts: readonly Fact[]): string =>
  element(
    'dl',
    { class: 'facts' },
    ...facts.map(([name, value]) => element('div', {}, textElement('dt', {}, name), textElement('dd', {}, value))),
  );

/** The answer, where there are queries to give it. */
function drawVerdict(head: HeadReport): string {
  const lines = verdict(head);
  if (lines.length === 0) return '';
  return element(
    'div',
    { class: 'verdict' },
    textElement('h3', {}, 'Would a few keys do?'),
    element('ul', {}, ...lines.map((line) => textElement('li', {}, line))),
  );
}

/** The lines that `levattn coverage` ends with, for the numbers of keys that it takes by itself. */
function verdict({ coverage }: HeadReport): string[] {
  if (!coverage || coverage.functions.length === 0) return [];
  const { n, sizes, universal } = coverage;
  const usual = sizes.filter((k) => k === universal || (k >= 8 && k <= n / 2 && Number.isInteger(Math.log2(k))));
  return verdictOf({ ...coverage, sizes: usual.length > 0 ? usual : sizes });
}

/** What is not there, and why. */
function missing(head: HeadReport): string[] {
  const { queries, coverageProblem, spectrumProblem } = head;
  const silent = queries?.maps.filter(({ count }) => count === 0) ?? [];
  return [
    ...(queries
      ? []
      : [
          'No queries were given: heavy entries, and what k keys capture of the attention, are left out. levattn report Q --keys K has them.',
        ]),
    ...silent.map(({ f, eps }) => `f = ${f}: no entry reaches ${readable(eps)}, so there is no map of heavy entries.`),
    ...(coverageProblem === undefined ? [] : [coverageProblem]),
    ...(spectrumProblem === null ? [] : [`No singular values: ${spectrumProblem}.`]),
  ];
}

/** Scores worse than this are worth a word. */
const ADVISED_DELTA = 1e-4;

function cautions({ queries, delta, route }: HeadReport): string[] {
  const drawn = queries && queries.used < queries.counted;
  return [
    ...(queries && queries.padding > 0
      ? [`${whole(queries.padding)} of ${whole(queries.rows)} queries are padding and count for nothing.`]
      : []),
    ...(drawn
      ? [
          `${whole(queries.used)} of ${whole(queries.rows)} queries were used, drawn at random: heavy entries and coverage are theirs. --rows takes more.`,
        ]
      : []),
    ...(delta > ADVISED_DELTA
      ? [`K is ill-conditioned: by the ${route} route scores are good to ${readable(delta, 2)} only, relatively.`]
      : []),
  ];
}

function drawFigure(figure: Figure, head: string): string {
  const { name, title, caption, svg, table, map } = figure;
  return element(
    'figure',
    { id: `${head}-figure-${name}`, 'data-map': map && `${head}-data-${name}` },
    textElement('h3', {}, title),
    map ? zoomable(svg, title) : svg,
    map ? TOOLS : '',
    textElement('figcaption', {}, caption),
    drawTable(table, title),
    map ? jsonElement(`${head}-data-${name}`, map) : '',
  );
}

const HINT = 'Arrow keys move, plus and minus zoom, 0 shows everything; or drag over a part, or double-click.';

const zoomable = (svg: string, title: string): string =>
  element('div', { class: 'map', tabindex: '0', role: 'group', 'aria-label': `${title}. ${HINT}` }, svg);

const TOOLS = element(
  'div',
  { class: 'tools', 'data-script': '' },
  textElement('button', { type: 'button', 'data-zoom': 'in', 'aria-label': 'zoom in' }, '+'),
  textElement('button', { type: 'button', 'data-zoom': 'out', 'aria-label': 'zoom out' }, '−'),
  textElement('button', { type: 'button', 'data-zoom': 'all' }, 'show all'),
  textElement('output', { 'aria-live': 'polite' }, HINT),
);

/** Data for the page's script; nothing in it can end the element. */
const jsonElement = (id: string, data: unknown): string =>
  `<script type="application/json" id="${id}">${JSON.stringify(data, shortened).replaceAll('<', '\\u003c')}</script>`;

/** Scores are drawn and listed to six digits. */
const shortened = (key: string, value: unknown): unknown =>
  key === 'score' ? (value as number[]).map((score) => Number(score.toPrecision(6))) : value;

/** A map of all heads: a cell a head, coloured by a number. */

import { element, textElement } from '../svg/markup.js';
import { LIGHT } from '../svg/palette.js';
import type { HeadGrid } from './grid.js';

/** What is drawn. */
export interface HeatMap {
  /** Unique in its document. */
  readonly id: string;
  readonly title: string;
  /** For those who do not see it. */
  readonly description: string;
  readonly grid: HeadGrid;
  /** One a head; NaN where there is none. */
  readonly values: readonly number[];
  readonly spell: (value: number) => string;
  /** What each head is called. */
  readonly names: readonly string[];
  /** Addresses that cells lead to, one a head; undefined: none. */
  readonly links?: readonly string[] | undefined;
}

/** Widths and heights, in units of about a pixel. */
const MOST_WIDTH = 620;
const LEAST_WIDTH = 300;
const MOST_CELL = 52;
const LEAST_CELL = 12;
/** Heights of cells, by how many rows there are at most. */
const HEIGHTS = [
  { rows: 16, height: 30 },
  { rows: 48, height: 17 },
  { rows: Number.POSITIVE_INFINITY, height: 10 },
];
const MARGIN = 12;
const GAP = 1;

/** What a letter takes, about, and the text of a line. */
const LETTER = 6.8;
const LINE = 15;

/** Above the cells: the legend, and the numbers of columns with what they count. */
const LEGEND = 28;
const HEADING = 40;
const SWATCH = 20;

const CLASSES = LIGHT.ramp.length;
/** Numbers that span more than this are coloured by their logarithms. */
const WIDE = 12;

/** Where cells are. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly cell: { readonly width: number; readonly height: number };
}

/** The map as an SVG element, styled by the rules of `palette.ts`. */
export function drawHeatMap(map: HeatMap): string {
  const { id, title, description, grid, values, links } = map;
  const frame = frameFor(grid);
  const width = Math.max(LEAST_WIDTH, frame.left + frame.cell.width * grid.columns.length + MARGIN);
  const height = frame.top + frame.cell.height * grid.rows.length + MARGIN;
  const classOf = classesFor(values);
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    class: 'chart',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: links ? 'group' : 'img',
    'aria-labelledby': `${id}-title ${id}-desc`,
  };
  return element(
    'svg',
    attributes,
    textElement('title', { id: `${id}-title` }, title),
    textElement('desc', { id: `${id}-desc` }, description),
    element('rect', { class: 'paper', width, height }),
    drawLegend(map),
    drawLabels(grid, frame),
    drawCells(map, frame, classOf),
  );
}

function frameFor({ rows, columns, rowName }: HeadGrid): Frame {
  const longest = Math.max(rowName.length, ...rows.map((label) => label.length));
  const left = rowName === '' ? MARGIN : Math.ceil(MARGIN + LETTER * longest + 8);
  const room = Math.floor((MOST_WIDTH - left - MARGIN) / columns.length);
  const width = Math.max(LEAST_CELL, Math.min(MOST_CELL, room));
  const { height } = HEIGHTS.find((one) => rows.length <= one.rows)!;
  return { left, top: LEGEND + HEADING, cell: { width, height } };
}

/** Classes of equal width, or of equal ratio where numbers span much. */
function classesFor(values: readonly number[]): (value: number) => number {
  const [least, most] = endsOf(values);
  const scale = least > 0 && most > WIDE * least ? Math.log : (value: number): number => value;
  const [from, to] = [scale(least), scale(most)];
  return (value) =>
    to > from ? Math.min(CLASSES - 1, Math.floor((CLASSES * (scale(value) - from)) / (to - from))) : 0;
}

function endsOf(values: readonly number[]): readonly [least: number, most: number] {
  const told = values.filter((value) => !Number.isNaN(value));
  return [
    told.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY),
    told.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY),
  ];
}

/** From the smallest number to the largest. */
function drawLegend({ values, spell }: HeatMap): string {
  const [least, most] = endsOf(values);
  if (least > most) return '';
  const begin = MARGIN + LETTER * spell(least).length + 8;
  const swatches = Array.from({ length: least < most ? CLASSES : 1 }, (_, i) =>
    element('rect', { class: `r${i}`, x: begin + i * SWATCH, y: 8, width: SWATCH, height: 12 }),
  );
  return [
    textElement('text', { x: begin - 8, y: 18, 'text-anchor': 'end', class: 'soft' }, spell(least)),
    ...swatches,
    least < most ? textElement('text', { x: begin + CLASSES * SWATCH + 8, y: 18, class: 'soft' }, spell(most)) : '',
  ].join('');
}

/** Numbers of rows and columns, as many as have room. */
function drawLabels({ rows, columns, rowName, columnName }: HeadGrid, { left, top, cell }: Frame): string {
  const widest = Math.max(...columns.map((label) => label.length));
  const acrossStep = Math.ceil((LETTER * widest + 4) / cell.width);
  const downStep = Math.ceil(LINE / cell.height);
  return [
    textElement('text', { x: left, y: top - 22 }, columnName),
    ...columns.map((label, i) =>
      i % acrossStep === 0
        ? textElement(
            'text',
            { x: left + (i + 0.5) * cell.width, y: top - 6, 'text-anchor': 'middle', class: 'soft' },
            label,
          )
        : '',
    ),
    rowName === '' ? '' : textElement('text', { x: left - 8, y: top - 6, 'text-anchor': 'end' }, rowName),
    ...rows.map((label, i) =>
      rowName !== '' && i % downStep === 0
        ? textElement(
            'text',
            { x: left - 8, y: top + (i + 0.5) * cell.height + 4, 'text-anchor': 'end', class: 'soft' },
            label,
          )
        : '',
    ),
  ].join('');
}

function drawCells(map: HeatMap, { left, top, cell }: Frame, classOf: (value: number) => number): string {
  const { grid, values, spell, names, links } = map;
  const spelled = values.map(spell);
  const longest = Math.max(...spelled.map((text) => text.length));
  const written = cell.height >= LINE && cell.width >= LETTER * longest + 4;
  const drawCell = (head: number, row: number, column: number): string => {
    const [x, y] = [left + column * cell.width, top + row * cell.height];
    const missing = Number.isNaN(values[head]);
    const which = missing ? 0 : classOf(values[head]);
    const box = { x: x + GAP, y: y + GAP, width: cell.width - 2 * GAP, height: cell.height - 2 * GAP };
    const number = { x: x + cell.width / 2, y: y + cell.height / 2 + 4, 'text-anchor': 'middle' };
    const content = [
      textElement('title', {}, `${names[head]}: ${spelled[head]}`),
      element('rect', { class: missing ? 'missing' : `r${which}`, ...box }),
      written ? textElement('text', { ...number, class: missing ? 'soft' : `o${which}` }, spelled[head]) : '',
    ];
    if (!links) return element('g', {}, ...content);
    const label = `${names[head]}: ${spelled[head]}`;
    return element('a', { href: links[head], 'data-head': String(head), 'aria-label': label }, ...content);
  };
  return grid.cells
    .flatMap((line, row) => line.map((head, column) => (head === undefined ? '' : drawCell(head, row, column))))
    .join('');
}

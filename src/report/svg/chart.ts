/** A chart: axes with ticks, grid and units, a legend above, marks between. Everything is text; no document is needed. */

import { coordinate, element, textElement } from './markup.js';
import type { Scale, Tick } from './scale.js';

/** Of all charts but the map, in units of about a pixel. */
export const WIDTH = 420;
export const HEIGHT = 280;

/** Where the marks go. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A line of a legend. */
export interface LegendItem {
  readonly label: string;
  /** Classes of the sample. */
  readonly style: string;
  readonly dash?: string | undefined;
}

/** What a chart is made of. */
export interface Chart {
  /** Unique in its document. */
  readonly id: string;
  readonly title: string;
  /** What it shows, for those who do not see it. */
  readonly description: string;
  readonly width?: number;
  readonly height?: number;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly legend?: readonly LegendItem[];
  readonly scales: (area: Area) => { readonly x: Scale; readonly y: Scale };
  readonly marks: (x: Scale, y: Scale, area: Area) => string;
}

/** Units that a tick has beside others. */
const TICK = 58;

/** Units a letter takes, about, and how much more a wide one does. */
const LETTER = 6;
const WIDER = 4;
const LEGEND_LINE = 17;
/** How wide samples of lines and of points are. */
const SAMPLE = 20;
const POINT = 9;

/** The chart as an SVG element, styled by the rules of `palette.ts`. */
export function drawChart(chart: Chart): string {
  const { id, title, description, width = WIDTH, height = HEIGHT, xLabel, yLabel, legend = [] } = chart;
  const key = drawLegend(legend, width);
  const area = areaOf({ width, height, legend });
  const { x, y } = chart.scales(area);
  const content = [
    textElement('title', { id: `${id}-title` }, title),
    textElement('desc', { id: `${id}-desc` }, description),
    element('rect', { class: 'paper', width, height }),
    key.markup,
    drawAxes(x, y, area, xLabel, yLabel),
    chart.marks(x, y, area),
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    class: 'chart',
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-labelledby': `${id}-title ${id}-desc`,
  };
  return element('svg', attributes, ...content);
}

/** Where a chart has its marks. */
export function areaOf({
  width = WIDTH,
  height = HEIGHT,
  legend = [],
}: Pick<Chart, 'width' | 'height' | 'legend'>): Area {
  return { left: 64, right: width - 14, top: 10 + drawLegend(legend, width).height, bottom: height - 42 };
}

function drawAxes(x: Scale, y: Scale, { left, right, top, bottom }: Area, xLabel: string, yLabel: string): string {
  const xTicks = ticksBeside(x, right - left).map(({ value, label }) => ({ at: x.place(value), label }));
  const yTicks = y.ticks(Math.floor((bottom - top) / 36)).map(({ value, label }) => ({ at: y.place(value), label }));
  const grid = [
    ...xTicks.map(({ at }) => `M${coordinate(at)} ${coordinate(top)}V${coordinate(bottom)}`),
    ...yTicks.map(({ at }) => `M${coordinate(left)} ${coordinate(at)}H${coordinate(right)}`),
  ].join('');
  const middle = (top + bottom) / 2;
  return [
    element('path', { class: 'grid', d: grid }),
    element('path', { class: 'axis', d: `M${left} ${coordinate(top)}V${bottom}H${right}` }),
    ...xTicks.map(({ at, label }) =>
      textElement('text', { x: at, y: bottom + 16, 'text-anchor': 'middle', class: 'soft' }, label),
    ),
    ...yTicks.map(({ at, label }) =>
      textElement('text', { x: left - 6, y: at + 4, 'text-anchor': 'end', class: 'soft' }, label),
    ),
    textElement('text', { x: (left + right) / 2, y: bottom + 35, 'text-anchor': 'middle' }, xLabel),
    textElement(
      'text',
      { transform: `translate(13 ${coordinate(middle)}) rotate(-90)`, 'text-anchor': 'middle' },
      yLabel,
    ),
  ].join('');
}

/** As many ticks as have room beside one another: long labels are fewer. */
function ticksBeside(x: Scale, room: number): readonly Tick[] {
  let count = Math.floor(room / TICK);
  let ticks = x.ticks(count);
  while (count > 2 && ticks.some(({ label }) => LETTER * label.length > room / count)) ticks = x.ticks(--count);
  return ticks;
}

/** As many lines as it takes. */
function drawLegend(items: readonly LegendItem[], width: number): { readonly markup: string; readonly height: number } {
  let x = 12;
  let y = 16;
  const markup = items.map(({ label, style, dash }) => {
    // A sample that is drawn as points shows one.
    const point = /dots|cells/.test(style);
    const sample = point ? POINT : SAMPLE;
    const needed = sample + 5 + LETTER * label.length + WIDER * (label.match(/[mwMW]/g)?.length ?? 0);
    if (x > 12 && x + needed > width - 8) {
      x = 12;
      y += LEGEND_LINE;
    }
    const d = point ? `M${coordinate(x + sample / 2)} ${y - 4}h0` : `M${coordinate(x)} ${y - 4}h${sample}`;
    const size = point ? 'stroke-width:7' : undefined;
    const line =
      element('path', { class: style, d, 'stroke-dasharray': dash, style: size }) +
      textElement('text', { x: x + sample + 5, y, class: 'soft' }, label);
    x += needed + 14;
    return line;
  });
  return { markup: markup.join(''), height: items.length > 0 ? y : 0 };
}

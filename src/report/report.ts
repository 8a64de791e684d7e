/** What a report is written as: one page, or its figures alone. */

import type { Figure } from './figures/figure.js';
import { figuresOf, keyFigures, queryFigures } from './figures/figures.js';
import type { HeadReport, Report } from './model.js';
import { drawHeatMap } from './overview/heat-map.js';
import { heatMapOf } from './overview/map-of-heads.js';
import { type ComparedHead, choicesOf, usualChoice } from './overview/measures.js';
import { idOfPlace } from './place.js';
import { element } from './svg/markup.js';
import { standaloneStyle } from './svg/palette.js';

export type { ComparedHead } from './overview/measures.js';
export { ReportPage, reportPage } from './page/page.js';

/** A file of a report. */
export interface ReportFile {
  /** Such as `sorted.svg`, or `head-3-sorted.svg`. */
  readonly name: string;
  readonly text: string;
}

/** Every figure as an SVG file that needs nothing else, and of several heads the maps of them. */
export function* reportFigures({ heads }: Report): Generator<ReportFile, void, undefined> {
  const figures = new FigureFiles(heads.length > 1);
  for (const head of heads) yield* figures.of(head);
  yield* mapFiles(heads);
}

/** Figures of heads that come one after another. */
export class FigureFiles {
  /** Keys whose figures were written. */
  readonly #keys = new Set<string>();
  #heads = 0;

  constructor(readonly several: boolean) {}

  /** The figures of a head; of keys that it shares with heads before it none. */
  *of(head: HeadReport): Generator<ReportFile, void, undefined> {
    const prefix = this.several ? `${prefixOf(head, this.#heads++)}-` : '';
    if (!head.keyPlace) return yield* figuresOf(head, 'figure').map((figure) => fileOf(prefix, figure));
    const keys = `keys-${idOfPlace(head.keyPlace)}-`;
    if (!this.#keys.has(keys)) yield* keyFigures(head, 'figure').map((figure) => fileOf(keys, figure));
    this.#keys.add(keys);
    yield* queryFigures(head, 'figure').map((figure) => fileOf(prefix, figure));
  }
}

/** A map of several heads for each number that they are compared by. */
export function* mapFiles(heads: readonly ComparedHead[]): Generator<ReportFile, void, undefined> {
  if (heads.length < 2) return;
  const choices = choicesOf(heads);
  const choice = usualChoice(choices, heads);
  for (const { id } of choices.measures) {
    const map = heatMapOf(heads, { ...choice, measure: id }, choices, 'figure-map');
    yield { name: `heads-${id}.svg`, text: standalone(drawHeatMap(map)) };
  }
}

/** Labels of heads without a place are numbers and commas; the order serves where they are not. */
const prefixOf = ({ place, label }: HeadReport, at: number): string =>
  place ? idOfPlace(place) : `head-${label.replaceAll(/[^0-9A-Za-z]+/g, '-') || String(at)}`;

function fileOf(prefix: string, { name, svg }: Figure): ReportFile {
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!;
  return {
    name: `${prefix}${name}.svg`,
    text: standalone(svg.replace('<svg ', `<svg width="${width}" height="${height}" `)),
  };
}

const standalone = (svg: string): string =>
  `${svg.replace('</desc>', () => `</desc>${element('style', {}, standaloneStyle())}`)}\n`;

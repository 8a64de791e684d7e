/** What a report is written as: one page, or its figures alone. */

import { figuresOf } from './figures/figures.js';
import type { Report } from './model.js';
import { element } from './svg/markup.js';
import { standaloneStyle } from './svg/palette.js';

export { reportPage } from './page/page.js';

/** A file of a report. */
export interface ReportFile {
  /** Such as `sorted.svg`, or `head-3-sorted.svg`. */
  readonly name: string;
  readonly text: string;
}

/** Every figure as an SVG file that needs nothing else. */
export function* reportFigures({ heads }: Report): Generator<ReportFile, void, undefined> {
  const style = element('style', {}, standaloneStyle());
  for (const [at, head] of heads.entries()) {
    // Labels of heads are numbers and commas; the place serves where they are not.
    const label = head.label.replaceAll(/[^0-9A-Za-z]+/g, '-') || String(at);
    const prefix = heads.length > 1 ? `head-${label}-` : '';
    for (const { name, svg } of figuresOf(head, 'figure')) {
      const width = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!;
      const sized = svg.replace('<svg ', `<svg width="${width[1]}" height="${width[2]}" `);
      yield { name: `${prefix}${name}.svg`, text: `${sized.replace('</desc>', () => `</desc>${style}`)}\n` };
    }
  }
}

/** The figure of heavy entries over (query, key). */

import type { EntryMap, HeadReport } from '../model.js';
import { readable, whole } from '../numbers.js';
import type { Figure, Table } from './figure.js';
import { drawMap, entriesIn, type View, wholeView } from './map-drawing.js';

/** Entries that a table shows. */
const ROWS = 200;

/** The figure; undefined where no entry is heavy. */
export function mapFigure(map: EntryMap, { queries }: HeadReport, id: string): Figure | undefined {
  const { f, count, score, eps } = map;
  if (count === 0) return undefined;
  const { rows, counted, used } = queries!;
  const some = used < rows ? ` of ${whole(used)} of the ${whole(rows)} queries` : '';
  const drawn = used < counted ? ', drawn at random' : '';
  const cut =
    score.length < count
      ? ` Drawn are the ${whole(score.length)} largest: those of ${readable(score.at(-1)!)} or more. levattn heavy writes all of them.`
      : '';
  const caption =
    `The ${whole(count)} entries >= ${readable(eps)} of f = ${f}${some}${drawn}: ${readable(count / Math.max(1, used), 3)} a query.` +
    `${cut} Points are larger than entries where rows are many.`;
  const name = `entries-${fileName(f)}`;
  return {
    name,
    title: `Heavy entries, f = ${f}`,
    caption,
    svg: drawMap(map, wholeView(map), `${id}-${name}`, caption),
    table: mapTable(map, wholeView(map)),
    map,
  };
}

/** Letters, digits and dashes of a function's name. */
export const fileName = (f: string): string => f.replaceAll(/[^a-z0-9]+/g, '-');

/** The largest entries in view. */
export function mapTable(map: EntryMap, view: View): Table {
  const places = entriesIn(map, view);
  return {
    columns: ['query', 'key', 'score'],
    rows: places.slice(0, ROWS).map((i) => [map.query[i], map.key[i], map.score[i]]),
    note: places.length > ROWS ? `The ${ROWS} largest of ${whole(places.length)} that are drawn.` : undefined,
  };
}

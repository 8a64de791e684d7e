/** The rows and columns that heads stand in: a row a layer, an example, or an example of a layer; a column a head. */

import type { HeadReport, ReportPlace } from '../model.js';
import { AXES, placeOf } from '../place.js';

/** Where every head is. */
export interface HeadGrid {
  /** Their numbers: `3`, or `3, 1` where rows are examples of layers. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** What their numbers count: `layer`, `batch`, `layer, batch`; empty where there is one line without a number. */
  readonly rowName: string;
  readonly columnName: string;
  /** The place in the list of heads, for each row and column; undefined where there is no head. */
  readonly cells: readonly (readonly (number | undefined)[])[];
}

type Axis = keyof ReportPlace;

/** Puts heads in rows and columns. */
export function gridOf(heads: readonly Pick<HeadReport, 'place'>[]): HeadGrid {
  const places = heads.map(placeOf);
  const axes = AXES.filter((axis) => places.some((place) => place[axis] !== undefined));
  // Without heads the innermost axis makes the columns.
  const across = axes.at(-1) ?? 'head';
  const down = axes.slice(0, -1);
  const labelOf = (place: ReportPlace, of: readonly Axis[]): string => of.map((axis) => place[axis] ?? 0).join(', ');
  const lines = (of: readonly Axis[]): string[] => {
    const sorted = [...places].sort((a, b) => {
      const axis = of.find((one) => (a[one] ?? 0) !== (b[one] ?? 0));
      return axis ? (a[axis] ?? 0) - (b[axis] ?? 0) : 0;
    });
    return [...new Set(sorted.map((place) => labelOf(place, of)))];
  };
  const [rows, columns] = [lines(down), lines([across])];
  const at = new Map(places.map((place, i) => [`${labelOf(place, down)}|${labelOf(place, [across])}`, i]));
  return {
    rows,
    columns,
    rowName: down.join(', '),
    columnName: across,
    cells: rows.map((row) => columns.map((column) => at.get(`${row}|${column}`))),
  };
}

/** A figure: a picture, what it shows in words, and its numbers. */

import type { EntryMap } from '../model.js';

/** Numbers of a figure; text is for what is no number. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (number | string)[])[];
  /** What a reader must know of it, such as that it is a part of something. */
  readonly note?: string | undefined;
}

/** A figure. */
export interface Figure {
  /** Names its file, and the figure within a head: letters, digits and dashes. */
  readonly name: string;
  readonly title: string;
  /** In sentences. */
  readonly caption: string;
  /** An SVG element. */
  readonly svg: string;
  readonly table: Table;
  /** Where it can be zoomed. */
  readonly map?: EntryMap;
}

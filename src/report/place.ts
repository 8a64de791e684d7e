/** What heads are called, and how their sections are addressed. */

import type { HeadReport, ReportPlace } from './model.js';

/** The axes of a place, from the outermost on. */
export const AXES = ['layer', 'batch', 'head'] as const;

/** What a head is called by, and where it is. */
export type PlacedHead = Pick<HeadReport, 'label' | 'place' | 'keyPlace'>;

/** Where a head is; those without a place are heads in the order that they come in. */
export const placeOf = ({ place }: Pick<HeadReport, 'place'>, at: number): ReportPlace => place ?? { head: at };

/** `layer 3, head 5`; empty where there is no axis. */
export const spellPlace = (place: ReportPlace): string =>
  AXES.filter((axis) => place[axis] !== undefined)
    .map((axis) => `${axis} ${place[axis]}`)
    .join(', ');

/** The same for addresses and names of files: `layer-3-head-5`. */
export const idOfPlace = (place: ReportPlace): string => spellPlace(place).replaceAll(', ', '-').replaceAll(' ', '-');

/** What a head is called: `layer 3, head 5`, or `head` and its label; empty where it is the only one. */
export function nameOf({ place, label }: Pick<HeadReport, 'place' | 'label'>): string {
  const spelled = place ? spellPlace(place) : '';
  if (spelled !== '') return spelled;
  return label === '' ? '' : `head ${label}`;
}

/** What the keys of a head are called where heads share them: `layer 3, key head 1`. */
export const nameOfKeys = (place: ReportPlace): string => spellPlace(place).replace('head', 'key head');

/** With a capital. */
export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

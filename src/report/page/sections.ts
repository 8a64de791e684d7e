/** The sections of a page of several heads, by their addresses: one for each head, and one for keys that several heads share. */

import type { HeadReport } from '../model.js';
import { idOfPlace, nameOf, nameOfKeys, type PlacedHead, placeOf } from '../place.js';
import { element, textElement } from '../svg/markup.js';
import { headSection } from './head-section.js';
import { keysSection } from './keys-section.js';

/** The id of the section of a head. */
export const idOfHead = (head: PlacedHead, at: number): string => idOfPlace(placeOf(head, at));

/** The id of the section of the keys of a head, where it shares them. */
const idOfKeys = ({ keyPlace }: PlacedHead): string | undefined => keyPlace && `keys-${idOfPlace(keyPlace)}`;

/** A section that can be shown. */
export interface Section {
  /** The head that it is of, or one of those whose keys it is of. */
  readonly head: number;
  draw(head: HeadReport): string;
}

const BACK = element('p', {}, textElement('a', { href: '#heads-title' }, 'All heads'));

/** All sections by their ids. */
export function sectionsOf(heads: readonly PlacedHead[]): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>();
  for (const [at, head] of heads.entries()) {
    const [id, keys] = [idOfHead(head, at), idOfKeys(head)];
    const shared = keys === undefined ? undefined : { name: nameOfKeys(head.keyPlace!), link: `#${keys}` };
    sections.set(id, { head: at, draw: (report) => BACK + headSection(report, id, shared) });
    if (keys === undefined || sections.has(keys)) continue;
    const users = heads.flatMap((other, i) =>
      idOfKeys(other) === keys ? [{ name: nameOf(other), link: `#${idOfHead(other, i)}` }] : [],
    );
    sections.set(keys, { head: at, draw: (report) => BACK + keysSection(report, keys, users) });
  }
  return sections;
}

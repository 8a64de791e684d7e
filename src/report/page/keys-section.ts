/** What the page says of keys that several heads share. */

import { keyFigures } from '../figures/figures.js';
import type { HeadReport } from '../model.js';
import { capitalised, nameOfKeys } from '../place.js';
import { element, textElement } from '../svg/markup.js';
import { drawFactList, drawFigures, keyFacts, sectionTitle } from './head-section.js';

/** A head that uses the keys. */
export interface UserOfKeys {
  readonly name: string;
  /** The address of its section. */
  readonly link: string;
}

/**
 * The section of shared keys.
 * @param head - one of the heads that share them
 * @param id - unique in the page
 */
export function keysSection(head: HeadReport, id: string, users: readonly UserOfKeys[]): string {
  const links = users.map(({ name, link }) => textElement('a', { href: link }, name));
  return element(
    'section',
    { id, class: 'head', 'aria-labelledby': `${id}-title` },
    sectionTitle(id, capitalised(nameOfKeys(head.keyPlace!))),
    drawFactList(keyFacts(head)),
    element('p', {}, 'Shared by ', links.join(' · '), '.'),
    drawFigures(keyFigures(head, id), id),
  );
}

/** Several heads: the map and the table of all of them follow what is chosen, and the section is drawn whose address it is. */

import { type PackedHeads, unpackHead } from '../packing/heads.js';
import { sectionsOf } from '../page/sections.js';
import { zoomMaps } from './maps.js';
import { compareHeads } from './overview.js';

/** Makes sections of heads come when they are asked for. */
export function showHeads(): void {
  const packed = JSON.parse(document.getElementById('heads-data')!.textContent!) as PackedHeads;
  const heads = packed.heads.map((head) => unpackHead(head, packed.keys[head.keys]));
  const sections = sectionsOf(heads);
  const mark = compareHeads(heads);
  const main = document.querySelector('main')!;
  const show = (): void => {
    const id = decodeURIComponent(location.hash.slice(1));
    const section = sections.get(id);
    if (!section) return;
    main.innerHTML = section.draw(heads[section.head]);
    zoomMaps(main);
    mark(section.head);
    const title = main.querySelector('h2')!;
    title.focus({ preventScroll: true });
    title.scrollIntoView();
  };
  window.addEventListener('hashchange', show);
  show();
}

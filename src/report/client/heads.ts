/** Several heads: the map and the table of all of them follow what is chosen, and the section is drawn whose address it is. */

import { type PackedHeads, unpackCompared, unpackHead, unpackPlace } from '../packing/heads.js';
import { sectionsOf } from '../page/sections.js';
import { zoomMaps } from './maps.js';
import { compareHeads } from './overview.js';

/** Makes sections of heads come when they are asked for. */
export function showHeads(): void {
  const packed = JSON.parse(document.getElementById('heads-data')!.textContent!) as PackedHeads;
  const places = packed.heads.map(unpackPlace);
  const sections = sectionsOf(places);
  const mark = compareHeads(places, () => packed.heads.map((head) => unpackCompared(head, packed.keys[head.keys])));
  const main = document.querySelector('main')!;
  const show = (): void => {
    const id = decodeURIComponent(location.hash.slice(1));
    const section = sections.get(id);
    if (!section) return;
    const head = packed.heads[section.head];
    main.innerHTML = section.draw(unpackHead(head, packed.keys[head.keys]));
    zoomMaps(main);
    mark(section.head);
    const title = main.querySelector('h2')!;
    title.focus({ preventScroll: true });
    title.scrollIntoView();
  };
  window.addEventListener('hashchange', show);
  show();
}

/** All figures of a head, in the order of the page. */

import type { HeadReport } from '../model.js';
import { coverageFigures, leverageFigure } from './coverage.js';
import { mapFigure } from './entry-map.js';
import type { Figure } from './figure.js';
import { positionsFigure } from './positions.js';
import { sizesFigure } from './sizes.js';
import { sortedFigure } from './sorted.js';
import { spectrumFigure } from './spectrum.js';

/**
 * The figures of one head.
 * @param id - of the head, unique in the document: letters, digits and dashes
 */
export function figuresOf(head: HeadReport, id: string): Figure[] {
  const ofKeys = keyFigures(head, id);
  const spectrum = ofKeys.filter(({ name }) => name === 'spectrum');
  return [...ofKeys.filter((figure) => !spectrum.includes(figure)), ...queryFigures(head, id), ...spectrum];
}

/** Those of its keys alone, which heads that share keys have in common. */
export const keyFigures = (head: HeadReport, id: string): Figure[] =>
  [
    positionsFigure(head, id),
    sortedFigure(head, id),
    sizesFigure(head, id),
    head.queries ? undefined : leverageFigure(head, id),
    spectrumFigure(head, id),
  ].filter((figure) => figure !== undefined);

/** Those of its queries: none where it has none. */
export const queryFigures = (head: HeadReport, id: string): Figure[] =>
  (head.queries?.maps ?? [])
    .flatMap((map) => [mapFigure(map, head, id), ...coverageFigures(head, map.f, id)])
    .filter((figure) => figure !== undefined);

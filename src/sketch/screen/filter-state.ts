/** Filters as data: what blocks on their way are screened with, each filter once, however many blocks share it. */

import { restoreLewisFilter, saveLewisFilter } from '../bounds/lewis/filter-state.js';
import { restoreWhitening, saveWhitening } from '../factor/whitening-state.js';
import type { State } from '../state.js';
import type { StateReader } from '../state-reader.js';
import type { Filter } from './filter.js';

/** The filters of some blocks, in order; a block may have none. */
export function saveFilters(filters: readonly (Filter | undefined)[]): State {
  const different = [...new Set(filters)].filter((filter) => filter !== undefined);
  return {
    of: Int32Array.from(filters, (filter) => (filter ? different.indexOf(filter) : -1)),
    filters: different.map(({ leverage, floor, lewis }) => ({
      leverage: saveWhitening(leverage),
      floor,
      lewis: lewis && saveLewisFilter(lewis),
    })),
  };
}

/** The filters that a state holds, for d columns. */
export function restoreFilters(state: StateReader, d: number): (Filter | undefined)[] {
  const filters = state.parts('filters').map((part) => {
    const lewis = part.optionalPart('lewis');
    return {
      leverage: restoreWhitening(part.part('leverage'), d),
      floor: part.number('floor'),
      lewis: lewis && restoreLewisFilter(lewis, d),
    };
  });
  return Array.from(state.int32('of'), (i) => filters[i]);
}

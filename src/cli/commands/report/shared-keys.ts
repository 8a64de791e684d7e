/** Which keys heads of queries share: where K has fewer heads than Q. */

import { type HeadJob, headJobs } from '../../../input/head-jobs.js';
import type { InputOptions } from '../../../input/options.js';
import type { ReportPlace } from '../../../report/model.js';
import { placeFor } from '../../../rows/heads/head-index.js';

/** A head with its place along the axes that there are. */
type PlacedJob = Pick<HeadJob, 'target'> & { readonly place: ReportPlace };

/**
 * What tells the place of the keys that a head shares with others; undefined of a head whose keys are its own.
 * @param path - of K
 */
export async function sharedKeys(
  path: string,
  options: InputOptions,
): Promise<(job: PlacedJob) => ReportPlace | undefined> {
  const { jobs } = await headJobs(['K', path], {}, { ...options, layer: undefined, head: undefined, batch: undefined });
  // Layers may have different numbers of heads; keys without layers are for all.
  const counts = new Map(jobs.map(({ place, target }) => [place.layer, target?.of ?? { batch: 1, heads: 1 }]));
  return ({ place, target }) => {
    const of = counts.get(place.layer) ?? counts.get(undefined);
    // Examples stay apart even where K has one for all of them: their masks may differ.
    return target && of && target.of.heads !== of.heads
      ? { ...place, head: placeFor(target, of, path).head }
      : undefined;
  };
}

/** Whether two places are the same one. */
export const samePlace = (one: ReportPlace, other: ReportPlace | undefined): boolean =>
  other !== undefined && one.layer === other.layer && one.batch === other.batch && one.head === other.head;

/** Queries past universal sets, which were made earlier or are made of K now. */

import { refuseOtherColumns } from '../../../input/agreement.js';
import { type HeadJobs, jobsOf, matricesOf } from '../../../input/head-jobs.js';
import { maskOfSet } from '../../../input/key-mask.js';
import { layersOf, refuseOtherLayers } from '../../../input/layers.js';
import {
  besideKeys,
  missingQueries,
  openInput,
  openInputArray,
  reportMatrix,
  reportTrailing,
  STDIN,
} from '../../../input/open.js';
import { asRole, withoutIds } from '../../../input/options.js';
import { queriesInput } from '../../../input/queries-input.js';
import { optionsAt, sourceOf } from '../../../input/sources.js';
import type { HeadPlace } from '../../../rows/heads/head-index.js';
import { headShape } from '../../../rows/heads/layout.js';
import { type HeadSets, onlySet, setFor } from '../../../universal-set/head-sets.js';
import { forEachHead } from '../../terminal/each-head.js';
import type { Logger } from '../../terminal/log.js';
import type { Output } from '../../terminal/results.js';
import { warnOfMissing } from '../selection/select-pass.js';
import type { EntryOptions } from './entry-output.js';
import { setCommand } from './past-set.js';
import { type UniversalSetOptions, universalSetsFrom } from './universal-sets.js';

/** How queries are held against universal sets. */
export interface CertifiedOptions extends EntryOptions, UniversalSetOptions {}

/** Queries past universal sets, which were made earlier or are made of K now. */
export async function certifiedCommand(
  queriesPath: string,
  outputs: readonly [Output, Output | undefined],
  options: CertifiedOptions,
  log: Logger,
): Promise<void> {
  const keys = await openInput(options.keys ?? STDIN, 'keys');
  const sets = await universalSetsFrom(keys, options, log);
  const ownOptions = asRole(withoutIds(options), 'Q');
  const queries = await openInput(queriesPath, 'Q');
  if (queries !== keys) reportTrailing(keys, log);
  else if (await queries.atEnd()) throw missingQueries();
  const like = besideKeys(sets.sets[0]!.set.columns, keys.name);
  const array = await openInputArray(queries, { ...ownOptions, like }, log);
  const shape = headShape(array, ownOptions);
  reportMatrix(array, log);
  const heads = jobsOf(shape, ownOptions, array.name);
  refuseOtherSets(queriesPath, heads, sets, keys.name, options);
  const readers = matricesOf(array, heads, queriesPath, ownOptions);
  await forEachHead(heads, options, outputs, log, async (own, to, headLog, { target }) => {
    const set = target ? setFor(sets, target, keys.name) : onlySet(sets, options, keys.name);
    warnOfMissing(set, headLog);
    const mask = await maskOfSet(set, false, own, keys.name);
    const beside = { d: set.d, rows: set.n, like: undefined, mask };
    const reader = (await readers.next()).value!;
    refuseOtherColumns(reader, beside);
    await setCommand(set, keys.name, queriesInput(queriesPath, beside, own, headLog, { reader }), to, own, headLog);
  });
  await readers.next();
  if (!shape.interleaved) reportTrailing(queries, log);
}

/** @throws LevattnError where the queries are of other layers than the sets */
function refuseOtherSets(
  queries: string,
  { jobs }: HeadJobs,
  { sets }: HeadSets,
  name: string,
  options: CertifiedOptions,
): void {
  const placesOf = (of: readonly { readonly place: HeadPlace }[]): HeadPlace[] => of.map(({ place }) => place);
  refuseOtherLayers(layersOf('Q', queries, placesOf(jobs), options), layersOf('U', name, placesOf(sets), options));
}

/** The same where names stand for several inputs: the sets of one input of keys are held at a time. */
export async function certifiedByName(
  queriesPath: string,
  heads: HeadJobs,
  outputs: readonly [Output, Output | undefined],
  options: CertifiedOptions,
  log: Logger,
): Promise<void> {
  let held: { readonly name: string; readonly sets: HeadSets } | undefined;
  const setsAt = async (own: CertifiedOptions, headLog: Logger): Promise<{ name: string; sets: HeadSets }> => {
    const { name, place } = await sourceOf(options.keys ?? STDIN, own);
    if (held?.name === name) return held;
    const bytes = await openInput(name, 'keys');
    const sets = await universalSetsFrom(bytes, optionsAt({ ...own, keys: name }, place), headLog);
    reportTrailing(bytes, headLog);
    await bytes.close();
    // What is named by its layer has been held to the queries by its name.
    if (place.layer === undefined) refuseOtherSets(queriesPath, heads, sets, name, own);
    held = { name, sets };
    return held;
  };
  await forEachHead(heads, options, outputs, log, async (own, to, headLog, { target }) => {
    const { name, sets } = await setsAt(own, headLog);
    const set = target ? setFor(sets, target, name) : onlySet(sets, options, name);
    warnOfMissing(set, headLog);
    const mask = await maskOfSet(set, false, own, name);
    const like = besideKeys(set.columns, name);
    const beside = { d: set.d, rows: set.n, like, mask };
    await setCommand(set, name, queriesInput(queriesPath, beside, own, headLog), to, own, headLog);
  });
}

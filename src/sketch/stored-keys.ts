/**
 * The keys of a universal set as they are kept: in float32, where that loses nothing, until somebody asks for float64. Of a wide matrix
 * they are most of what there is.
 */

import type { Values } from '../rows/row-block.js';
import type { UniversalSet } from './universal-set.js';

/** What a set hands its keys out by. */
type SetKeys = Pick<UniversalSet, 'keys' | 'float32Keys'>;

/** What a set holds beside its keys. */
type WithoutKeys = Omit<UniversalSet, keyof SetKeys>;

/**
 * A set with these keys, which it keeps as they are.
 * @param set - a new object: it gets the keys
 * @param values - |U| x d, row-major
 */
export function withKeys(set: WithoutKeys, values: Values): UniversalSet {
  if (values instanceof Float64Array) return Object.assign(set, { keys: values });
  let keys: Float64Array | undefined;
  return Object.defineProperties(set, {
    // Not among what a copy of the set takes over, as a copy may have other keys.
    float32Keys: { value: values },
    keys: { get: () => (keys ??= new Float64Array(values)), enumerable: true },
  }) as UniversalSet;
}

/** The keys in the type that they are kept in: |U| x d, row-major. */
export const storedKeys = (set: SetKeys): Values => set.float32Keys ?? set.keys;

/** A set that differs from another in some parts, and keeps its keys as that one does. */
export const changedSet = (set: UniversalSet, parts: Partial<WithoutKeys>): UniversalSet =>
  Object.defineProperties({} as UniversalSet, {
    ...Object.getOwnPropertyDescriptors(set),
    ...Object.getOwnPropertyDescriptors(parts),
  });

/** That inputs of different roles are of the same model: before anything but headers is read. */

import { dataError, type LevattnError } from '../errors.js';
import { type HeadPlace, placeFor, type QueryHead } from '../rows/heads/head-index.js';
import { listed } from '../text.js';
import { type InputArrays, matricesIn } from './input-arrays.js';
import type { InputOptions, InputRole } from './options.js';
import { matchAt, numbersIn } from './sources.js';

/** The arrays of an input, and what they are for. */
export interface RoleArrays extends InputArrays {
  readonly role: InputRole;
}

/** The most numbers that a message lists. */
const LISTED = 12;

/** Of an input, where there are layers: their numbers. */
export interface Layers {
  readonly role: string;
  readonly name: string;
  /** Undefined where there are none. */
  readonly layers: readonly number[] | undefined;
}

/**
 * The layers of some places that are asked for, as far as there are such.
 * @param name - of what has them, in messages
 */
export function layersOf(
  role: string,
  name: string,
  places: readonly HeadPlace[],
  { layer }: Pick<InputOptions, 'layer'>,
): Layers {
  const there = numbersIn(places, 'layer');
  const inRange = (number: number): boolean =>
    layer === undefined || layer.some(({ from, to = Number.POSITIVE_INFINITY }) => number >= from && number < to);
  return { role, name, layers: there.length === 0 ? undefined : there.filter(inRange) };
}

/** The layers of an input that are asked for, as far as it has them. */
const layersIn = ({ role, ...input }: RoleArrays, options: Pick<InputOptions, 'layer'>): Layers =>
  layersOf(
    role,
    input.name,
    matricesIn(input).map(({ place }) => place),
    options,
  );

/**
 * Refuses inputs of different layers.
 * @throws LevattnError that names the layers that one of them lacks
 */
export function refuseOtherLayers(one: Layers, other: Layers): void {
  if (one.layers === undefined && other.layers === undefined) return;
  for (const [a, b] of [
    [one, other],
    [other, one],
  ] as const) {
    if (a.layers === undefined) {
      throw dataError(
        `${a.name}: ${a.role} has no layers where ${b.role} has ${spell(b.layers!)}; name it with {layer}, say --layout with l for an axis of layers, or give ${b.role} of one layer alone`,
      );
    }
    const missing = b.layers?.filter((layer) => !a.layers!.includes(layer)) ?? [];
    if (missing.length > 0) throw lacks(a, b, missing);
  }
}

const lacks = (a: Layers, b: Layers, missing: readonly number[]): LevattnError =>
  dataError(
    `${a.name}: ${a.role} lacks ${spell(missing)}, which ${b.role} has (${b.name}); both must have the same layers, or choose common ones with --layer`,
  );

/** `layer 7`, `layers 7, 9`. */
const spell = (layers: readonly number[]): string =>
  `${layers.length === 1 ? 'layer' : 'layers'} ${listed(layers.map(String), LISTED)}`;

/**
 * Refuses keys or values that do not serve the queries: of other layers, of heads that the queries' are no multiple of, of other
 * examples, or V of other heads than K.
 *
 * @param targets - the places of the queries
 */
export function refuseOtherPlaces(
  main: RoleArrays,
  beside: readonly RoleArrays[],
  targets: readonly QueryHead[],
  options: Pick<InputOptions, 'layer'>,
): void {
  const layers = layersIn(main, options);
  for (const other of beside) refuseOtherLayers(layers, layersIn(other, options));
  for (const { arrays, name } of beside) {
    for (const target of targets) {
      const match = matchAt(arrays, target, name);
      const { shape } = arrays.find((array) => array === match)!;
      placeFor(target, shape, match.name);
    }
  }
  const [keys, values] = ['K', 'V'].map((role) => beside.find((other) => other.role === role));
  if (keys && values) refuseOtherHeads(values, keys);
}

/** V has the heads of K, layer by layer, or none. */
function refuseOtherHeads(values: RoleArrays, keys: RoleArrays): void {
  const headsAt = headsByLayer(keys);
  for (const [layer, heads] of headsByLayer(values)) {
    const expected = headsAt.get(layer);
    if (heads === 1 || expected === undefined || expected === 1 || heads === expected) continue;
    const where = values.axes.includes('layer') ? ` in layer ${layer}` : '';
    throw dataError(
      `${values.name}: V has ${heads} heads${where} where K has ${expected} (${keys.name}); both must have the same`,
    );
  }
}

function headsByLayer(input: RoleArrays): ReadonlyMap<number, number> {
  const heads = new Map<number, number>();
  for (const { place } of matricesIn(input)) {
    const layer = place.layer ?? 0;
    heads.set(layer, Math.max(heads.get(layer) ?? 0, place.head + 1));
  }
  return heads;
}

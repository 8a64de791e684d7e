/** The tensors among the values of a pickle, by their paths: keys, positions and attributes, joined with dots. */

import { PickleFault, TENSORS_ALONE } from './pickle/fault.js';
import { Container, Float, type Value } from './pickle/values.js';
import { TorchTensor } from './torch.js';

/** What a tensor is called that is all there is in a file. */
const ALONE = 'tensor';
/** Containers within one another; a model has some thirty. */
const MAX_DEPTH = 100;
/** Places that are looked at, each once for every path to it. */
const MAX_PLACES = 1_000_000;
/** Tensors, each once for every path to it. */
const MAX_TENSORS = 1 << 16;
/** Characters of all names. */
const MAX_CHARACTERS = 1 << 24;

/** A tensor and its path. */
export interface PathedTensor {
  readonly name: string;
  readonly tensor: TorchTensor;
}

/** A place: a key below another one. */
interface Place {
  readonly parent: Place | undefined;
  readonly key: Value;
}

/**
 * Every tensor, as often as there are paths to it, in the order of the pickle. Where a container holds itself, that is passed over.
 * @throws PickleFault where containers are too deep, or paths too many
 */
export function tensorsByPath(root: Value): PathedTensor[] {
  const found: PathedTensor[] = [];
  const within = new Set<Container>();
  let places = 0;
  let characters = 0;

  const visit = (value: Value, place: Place | undefined): void => {
    places++;
    if (places > MAX_PLACES)
      throw new PickleFault(`more than ${MAX_PLACES} paths through its containers`, TENSORS_ALONE);
    if (value instanceof TorchTensor) {
      if (found.length === MAX_TENSORS)
        throw new PickleFault(`more than ${MAX_TENSORS} paths to tensors`, TENSORS_ALONE);
      const name = nameOf(place, MAX_CHARACTERS - characters);
      characters += name.length;
      found.push({ name, tensor: value });
    }
    if (!(value instanceof Container) || value.kind === 'set' || within.has(value)) return;
    if (within.size === MAX_DEPTH)
      throw new PickleFault(`containers nested more than ${MAX_DEPTH} deep`, TENSORS_ALONE);
    within.add(value);
    for (const [key, item] of value.items.entries()) visit(item, below(place, key));
    places += value.keys.length;
    for (const [key, item] of entriesOf(value)) visit(item, below(place, key));
    for (const state of value.states) visitState(state, place);
    within.delete(value);
  };

  /** What BUILD was given: attributes, those of slots apart from the others, or anything else in their place. */
  const visitState = (state: Value, place: Place | undefined): void => {
    const parts = state instanceof Container && state.kind === 'tuple' && state.items.length === 2 ? state.items : [];
    if (parts.length === 2 && parts.every((part) => part === null || isDictionary(part))) {
      for (const part of parts) visit(part, place);
    } else visit(state, place);
  };

  visit(root, undefined);
  return found;
}

const below = (parent: Place | undefined, key: Value): Place => ({ parent, key });

const isDictionary = (value: Value): boolean => value instanceof Container && value.kind === 'dict';

/** What is in a dictionary at last: of keys that are equal, the first one and the last value. */
function entriesOf({ keys, values }: Container): Iterable<readonly [key: Value, value: Value]> {
  const entries = new Map<unknown, readonly [Value, Value]>();
  for (const [i, key] of keys.entries()) {
    const same = identityOf(key);
    entries.set(same, [entries.get(same)?.[0] ?? key, values[i]!]);
  }
  return entries.values();
}

/** What equal keys have in common: 1, 1.0 and True are one key to Python. */
function identityOf(key: Value): unknown {
  if (key instanceof Float) return key.value;
  if (typeof key === 'boolean') return Number(key);
  return key;
}

/** @param most - characters, held to before they are put together: the same long key may come at every level */
function nameOf(place: Place | undefined, most: number): string {
  if (!place) return ALONE;
  const parts: string[] = [];
  let length = 0;
  for (let at: Place | undefined = place; at; at = at.parent) {
    const spelled = spellKey(at.key);
    if (spelled === undefined) {
      throw new PickleFault('a tensor in a dictionary under a key that is no text and no number', TENSORS_ALONE);
    }
    length += spelled.length + 1;
    if (length > most) throw new PickleFault('names of tensors that are too long', TENSORS_ALONE);
    parts.push(spelled);
  }
  return parts.reverse().join('.');
}

/** A key as Python's str() gives it; undefined of a float, a tuple or an object. */
function spellKey(key: Value): string | undefined {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  if (typeof key === 'boolean') return key ? 'True' : 'False';
  if (key === null) return 'None';
  return undefined;
}

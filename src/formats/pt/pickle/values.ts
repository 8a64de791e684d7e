/** What a pickle is made of, as plain values: nothing is looked up by a name, and nothing called. */

/** A value; integers beyond 2^53 are bigint. Objects are of the classes below, or what names stand for. */
export type Value = null | boolean | number | bigint | string | object;

/** A floating-point number, which Python tells from an integer. */
export class Float {
  constructor(readonly value: number) {}
}

/** A class or function, by its name alone. */
export class Name {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  /** As Python spells it. */
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** A value that can hold no tensor: bytes, a device. */
export class Opaque {}

/** What a container is. */
export type ContainerKind = 'list' | 'tuple' | 'dict' | 'set' | 'object';

const NOTHING: readonly Value[] = Object.freeze([]);

/** A list, tuple, dictionary or set, or an object, which may hold items, entries and attributes. */
export class Container {
  #items = NOTHING;
  #keys = NOTHING;
  #values = NOTHING;
  #states = NOTHING;

  /** @param items - what it holds by position; not copied */
  constructor(
    readonly kind: ContainerKind,
    items = NOTHING,
  ) {
    this.#items = items;
  }

  /** What it holds by position. */
  get items(): readonly Value[] {
    return this.#items;
  }

  /** The keys of what it holds by key, those that were set again included. */
  get keys(): readonly Value[] {
    return this.#keys;
  }

  /** Value by key, in the order of {@link Container.keys}. */
  get values(): readonly Value[] {
    return this.#values;
  }

  /** What BUILD gave it: dictionaries of attributes, mostly. */
  get states(): readonly Value[] {
    return this.#states;
  }

  append(item: Value): void {
    this.#items = added(this.#items, item);
  }

  set(key: Value, value: Value): void {
    this.#keys = added(this.#keys, key);
    this.#values = added(this.#values, value);
  }

  build(state: Value): void {
    this.#states = added(this.#states, state);
  }
}

/** Up to this length a list has room for what it holds alone. */
const SHORT = 8;

/** Most containers of a pickle stay empty or short; a list that is pushed to has room for some twenty at once. */
function added(list: readonly Value[], item: Value): readonly Value[] {
  if (list === NOTHING || list.length < SHORT) return list.concat([item]);
  (list as Value[]).push(item);
  return list;
}

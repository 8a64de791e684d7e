/**
 * Reads a state that comes from elsewhere: every value is of the kind and the length that is asked for, or there is an error that
 * names it by its dotted path, such as `lewis.filters.0.factor`.
 */

import { dataError, type LevattnError } from '../errors.js';
import type { State, StateValue } from './state.js';

/** The most characters of a value that a message repeats. */
const SHOWN = 40;

/**
 * A part of a state. Its methods throw a LevattnError (65) where what they are asked for is missing, of another kind or of
 * another length.
 */
export class StateReader {
  readonly #state: State;
  readonly #source: string;
  readonly #path: string;

  /**
   * @param state - the whole
   * @param source - names it in messages, such as the file it is from
   */
  constructor(state: State, source: string, path = '') {
    this.#state = state;
    this.#source = source;
    this.#path = path;
  }

  /** Whether there is a value of this name, of whatever kind. */
  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  /** Any number, also one that is infinite or NaN. */
  number(name: string): number {
    const value = this.#value(name);
    if (typeof value !== 'number') throw this.#unlike(name, 'a number');
    return value;
  }

  /** A whole number from 0 to 2^53 - 1. */
  whole(name: string): number {
    const value = this.#value(name);
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw this.#unlike(name, 'a whole number');
    return value as number;
  }

  boolean(name: string): boolean {
    const value = this.#value(name);
    if (typeof value !== 'boolean') throw this.#unlike(name, 'true or false');
    return value;
  }

  text(name: string): string {
    const value = this.#value(name);
    if (typeof value !== 'string') throw this.#unlike(name, 'text');
    return value;
  }

  /**
   * An array of float64: the state's own, not a copy.
   * @param length - what it must have; any where left out
   */
  float64(name: string, length?: number): Float64Array {
    return this.#array(Float64Array, 'float64', name, length);
  }

  /** An array of float32, as {@link float64}. */
  float32(name: string, length?: number): Float32Array {
    return this.#array(Float32Array, 'float32', name, length);
  }

  /** An array of int32, as {@link float64}. */
  int32(name: string, length?: number): Int32Array {
    return this.#array(Int32Array, 'int32', name, length);
  }

  /** A part of the state. */
  part(name: string): StateReader {
    const value = this.#value(name);
    if (!isState(value)) throw this.#unlike(name, 'a part');
    return new StateReader(value, this.#source, this.#pathOf(name));
  }

  /** A part of the state, or undefined where there is nothing of that name. */
  optionalPart(name: string): StateReader | undefined {
    return this.has(name) ? this.part(name) : undefined;
  }

  /** Parts in a row, none or more. */
  parts(name: string): StateReader[] {
    const value = this.#value(name);
    if (!Array.isArray(value) || !value.every(isState)) throw this.#unlike(name, 'a list of parts');
    return value.map((part, i) => new StateReader(part, this.#source, `${this.#pathOf(name)}.${i}`));
  }

  /**
   * The error for a value that is what it was asked to be, and still cannot be right.
   * @param reason - what is wrong with it, such as `is 3, where at most 2 is expected`
   */
  wrong(name: string, reason: string): LevattnError {
    return dataError(`${this.#source}: ${this.#pathOf(name)} ${reason}; the sketch cannot be used: make it again`);
  }

  #value(name: string): StateValue {
    return Object.hasOwn(this.#state, name) ? this.#state[name] : undefined;
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #array<T extends Float64Array | Float32Array | Int32Array>(
    kind: abstract new (...args: never[]) => T,
    dtype: string,
    name: string,
    length: number | undefined,
  ): T {
    const value = this.#value(name);
    if (!(value instanceof kind)) throw this.#unlike(name, `an array of ${dtype}`);
    if (length !== undefined && value.length !== length) throw this.#unlike(name, `an array of ${length} ${dtype}`);
    return value;
  }

  #unlike(name: string, expected: string): LevattnError {
    return this.wrong(name, `is ${describe(this.#value(name))}, where ${expected} is expected`);
  }
}

const isState = (value: StateValue): value is State =>
  typeof value === 'object' && !ArrayBuffer.isView(value) && !Array.isArray(value);

function describe(value: StateValue): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Float64Array) return `an array of ${value.length} float64`;
  if (value instanceof Float32Array) return `an array of ${value.length} float32`;
  if (value instanceof Int32Array) return `an array of ${value.length} int32`;
  return Array.isArray(value) ? `a list of ${value.length} parts` : 'a part';
}

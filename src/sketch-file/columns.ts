/**
 * A state as JSON and columns: arrays of numbers are columns, each named by its dotted path in the state, such as
 * `lewis.filters.0.factor`; where one was, the JSON has its type, such as `["float64"]`. No list of parts looks like that.
 */

import type { State, StateValue } from '../sketch/state.js';
import { isList, isObject, type JsonObject, type JsonValue } from './json.js';

/** An array of numbers in a state. */
export type Numbers = Float64Array | Float32Array | Int32Array;

/** The type of an array's numbers, as Arrow calls it. */
export type Dtype = 'float64' | 'float32' | 'int32';

/** An array and where it is in the state. */
export interface Column {
  readonly name: string;
  readonly values: Numbers;
}

/** A state taken apart. */
export interface StateParts {
  readonly json: JsonObject;
  /** In the state's own order; the arrays are the state's, not copies. */
  readonly columns: readonly Column[];
}

/** The type of an array. */
export function dtypeOf(values: Numbers): Dtype {
  if (values instanceof Float64Array) return 'float64';
  return values instanceof Float32Array ? 'float32' : 'int32';
}

/** Takes a state apart. The names in it must not have dots. */
export function takeApart(state: State): StateParts {
  const columns: Column[] = [];
  const partJson = (part: State, prefix: string): JsonObject =>
    Object.fromEntries(
      Object.entries(part).map(([name, value]) => {
        if (name.includes('.')) throw new Error(`a state with a dot in the name ${prefix}${name}`);
        return [name, valueJson(value, prefix + name)];
      }),
    );
  const valueJson = (value: StateValue, path: string): JsonValue | undefined => {
    if (typeof value !== 'object') return value;
    if (ArrayBuffer.isView(value)) {
      columns.push({ name: path, values: value });
      return [dtypeOf(value)];
    }
    if (isPart(value)) return partJson(value, `${path}.`);
    return value.map((part, i) => partJson(part, `${path}.${i}.`));
  };
  return { json: partJson(state, ''), columns };
}

const isPart = (value: State | readonly State[]): value is State => !Array.isArray(value);

/**
 * Puts a state together again.
 * @throws RangeError where the JSON is none of a state, or does not agree with the columns
 */
export function putTogether({ json, columns }: StateParts): State {
  const left = new Map(columns.map(({ name, values }) => [name, values]));
  if (left.size < columns.length) throw new RangeError('two columns of one name');
  const partFrom = (part: JsonObject, prefix: string): State =>
    Object.fromEntries(Object.entries(part).map(([name, value]) => [name, valueFrom(value, prefix + name)]));
  const valueFrom = (value: JsonValue | undefined, path: string): StateValue => {
    if (isObject(value)) return partFrom(value, `${path}.`);
    if (!isList(value)) return value;
    if (value.length === 1 && typeof value[0] === 'string') return take(path, value[0]);
    if (value.every(isObject)) return value.map((part, i) => partFrom(part, `${path}.${i}.`));
    throw new RangeError(`${path} is a list of other things than parts`);
  };
  const take = (path: string, dtype: string): Numbers => {
    const values = left.get(path);
    if (!values || dtypeOf(values) !== dtype) throw new RangeError(`no column ${path} of ${dtype}`);
    left.delete(path);
    return values;
  };
  const state = partFrom(json, '');
  for (const name of left.keys()) throw new RangeError(`column ${name} has no place in the state`);
  return state;
}

/** The fields of objects as a table's columns, told from the first lines. */

import type { TableColumn } from '../columns/table-column.js';
import { meaningOfText } from '../columns/written-numbers.js';
import { numberFromText } from '../csv/number.js';
import { timeFromText, timeUnitOf } from '../csv/times.js';
import { fieldOf, isObject, isText, numberFrom, scanJson } from './json.js';

/** A line that holds an object. */
export interface ObjectLine {
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What a value is. */
type Shape = 'number' | 'integer' | 'boolean' | 'text' | 'object' | 'nothing' | `list of ${string}`;

/** A field of the objects. */
export interface Field extends TableColumn {
  readonly name: string;
  /** The first list that it holds: every row must have as many numbers. */
  readonly firstList: readonly unknown[] | undefined;
}

/** The fields of some objects, in the order in which they come. */
export function fieldsOf(lines: readonly ObjectLine[]): Field[] {
  const names = new Set(lines.flatMap(({ text }) => scanJson(text).keys));
  return [...names].map((name) => fieldFrom(name, lines));
}

/** Fields of an object that are looked for one by one; of more, all of the text is scanned. */
const MOST_LOOKED_FOR = 64;

/** Whether a field may stand twice in the object of a line. It is quick, as every line is asked; what may is scanned. */
export function mayRepeatField(text: string, value: ObjectLine['value']): boolean {
  const names = Object.keys(value);
  let colons = 0;
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) colons++;
  // Some write blanks before the colon.
  if (colons === names.length && !/"[ \t\r]+:/.test(text)) return false;
  // Objects within it have fields, too; a name may be written with escapes.
  if (colons <= names.length || names.length > MOST_LOOKED_FOR || text.includes('\\')) return true;
  return names.some((name) => text.indexOf(`"${name}"`) !== text.lastIndexOf(`"${name}"`));
}

/** A field that stands twice in one object, of which JSON's readers see the last alone; undefined where none does. */
export function fieldTwice(text: string): string | undefined {
  const { keys } = scanJson(text);
  return keys.find((key, i) => keys.indexOf(key) < i);
}

function fieldFrom(name: string, lines: readonly ObjectLine[]): Field {
  const values = lines.map(({ value }) => fieldOf(value, name));
  const shapes = new Set(values.map(shapeOf));
  shapes.delete('nothing');
  const firstList = values.find((value) => Array.isArray(value)) as readonly unknown[] | undefined;
  const fraction = fractionOf(name);
  const written = lines.some(({ text }) => fraction.test(text));
  return { name, firstList, ...kindOf(shapes, written, values) };
}

/** Numbers of a field that are written with a point or an exponent: `1.0` is no id. */
function fractionOf(name: string): RegExp {
  const key = JSON.stringify(name).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(String.raw`${key}\s*:\s*(?:\[[^\]]*?)?-?\d+[.eE]`);
}

function kindOf(
  shapes: ReadonlySet<Shape>,
  written: boolean,
  values: readonly unknown[],
): Pick<Field, 'kind' | 'type' | 'meant' | 'unit'> {
  const only = (...allowed: readonly Shape[]): boolean =>
    shapes.size > 0 && [...shapes].every((shape) => allowed.includes(shape));
  if (shapes.size === 0) return { kind: 'unsure', type: 'Null', meant: 'no value in the first rows' };
  if (only('boolean')) return { kind: 'boolean', type: 'Boolean' };
  if (only('integer', 'boolean') && !written) return { kind: 'integer', type: 'Integer' };
  if (only('number', 'integer', 'boolean')) return { kind: 'floating', type: 'Number' };
  if (only('list of integer', 'list of boolean', 'list of nothing') && !written) {
    return { kind: 'list-integer', type: 'List<Integer>' };
  }
  if (only('list of number', 'list of integer', 'list of boolean', 'list of nothing')) {
    return { kind: 'list-floating', type: 'List<Number>' };
  }
  if (only('text')) {
    const texts = values.filter(isText);
    const meant = meaningOfText(texts);
    const unit = timeUnitOf(texts);
    const areTimes = unit !== undefined && texts.every((text) => timeFromText(text, unit) !== undefined);
    if (areTimes) return { kind: 'time', type: 'Text', unit, ...(meant ? { meant } : {}) };
    return { kind: 'other', type: 'Text', ...(meant ? { meant } : {}) };
  }
  const type = shapes.size > 1 ? 'Mixed' : [...shapes][0]!.startsWith('list') ? 'List' : 'Object';
  const meant = values.some(holdsNumbers) ? [...shapes].join(', ') : undefined;
  return { kind: 'other', type, ...(meant ? { meant } : {}) };
}

function shapeOf(value: unknown): Shape {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'boolean') return 'boolean';
  const number = numberFrom(value);
  if (number !== undefined) return Number.isInteger(number) ? 'integer' : 'number';
  if (Array.isArray(value)) {
    const shapes = new Set(value.map(shapeOf));
    shapes.delete('nothing');
    for (const shape of ['text', 'object'] as const) if (shapes.has(shape)) return `list of ${shape}`;
    if ([...shapes].some((shape) => shape.startsWith('list'))) return 'list of lists';
    return `list of ${shapes.has('number') ? 'number' : shapes.has('integer') ? 'integer' : shapes.has('boolean') ? 'boolean' : 'nothing'}`;
  }
  return isObject(value) ? 'object' : 'text';
}

/** Whether there are numbers in a value at any depth; numbers that are written as text count. */
function holdsNumbers(value: unknown): boolean {
  if (numberFrom(value) !== undefined) return true;
  if (isText(value)) return numberFromText(value) !== undefined;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsNumbers);
}

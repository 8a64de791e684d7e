/** Dates and times as numbers, where somebody asks for them: days since 1970-01-01, seconds since then or since midnight. */

import type { SchemaElement } from 'hyparquet';
import { ELEMENTS, elementsIn } from '../elements.js';
import { bytesOf, type NumberType } from './numbers.js';

/** Parts of a second, by the units of logical types and by the converted types of older files. */
const PER_SECOND: { readonly [unit: string]: number } = {
  MILLIS: 1e3,
  MICROS: 1e6,
  NANOS: 1e9,
  TIME_MILLIS: 1e3,
  TIME_MICROS: 1e6,
  TIMESTAMP_MILLIS: 1e3,
  TIMESTAMP_MICROS: 1e6,
};

/** The numbers of a leaf of dates or times; undefined where it holds something else. */
export function timeTypeOf(element: SchemaElement): NumberType | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (type !== 'INT32' && type !== 'INT64') return undefined;
  if (converted === 'DATE' || logical?.type === 'DATE') return timeType('Date', type, 1);
  const unit = logical?.type === 'TIME' || logical?.type === 'TIMESTAMP' ? logical.unit : converted;
  const perSecond = unit === undefined ? undefined : PER_SECOND[unit];
  if (perSecond === undefined) return undefined;
  const isTime = logical?.type === 'TIME' || converted?.startsWith('TIME_');
  return timeType(isTime ? 'Time' : 'Timestamp', type, perSecond);
}

/** @param divisor - how many of what is stored make one of what is read */
function timeType(name: string, physical: 'INT32' | 'INT64', divisor: number): NumberType {
  const stored = ELEMENTS[physical === 'INT32' ? 'int32' : 'int64'];
  return {
    kind: 'time',
    name,
    dtype: 'float64',
    convert(raw) {
      const numbers = new Float64Array(raw.length);
      elementsIn(stored, bytesOf(raw))(0, raw.length, numbers, 0, 1);
      return numbers.map((value) => value / divisor);
    },
  };
}

/** Dates and times as numbers, where somebody asks for them: days since 1970-01-01, seconds since then or since midnight. */

import type { DecodedArray, SchemaElement } from 'hyparquet';
import { ELEMENTS, elementsIn } from '../elements.js';
import { durationOf } from './durations.js';
import { bytesOf, type NumberType, numberTypeOf } from './numbers.js';

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

/** The day 1970-01-01 in the days of 96-bit timestamps, and nanoseconds of a day. */
const EPOCH_DAY = 2_440_588n;
const DAY_NANOS = 86_400_000_000_000n;

/** The numbers of a leaf of dates, times or durations; undefined where it holds something else. */
export function timeTypeOf(element: SchemaElement): NumberType | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  const duration = durationOf(element);
  if (duration !== undefined) return timeType('Duration', 'INT64', duration);
  if (type === 'INT96') return { kind: 'time', name: 'Timestamp', dtype: 'float64', convert: secondsOfDays };
  if (type !== 'INT32' && type !== 'INT64') return undefined;
  if (converted === 'DATE' || logical?.type === 'DATE') return timeType('Date', type, 1);
  const unit = logical?.type === 'TIME' || logical?.type === 'TIMESTAMP' ? logical.unit : converted;
  const perSecond = unit === undefined ? undefined : PER_SECOND[unit];
  if (perSecond === undefined) return undefined;
  const isTime = logical?.type === 'TIME' || converted?.startsWith('TIME_');
  return timeType(isTime ? 'Time' : 'Timestamp', type, perSecond);
}

/** Timestamps of 96 bits, as Spark and Impala wrote them: nanoseconds of a day in the lower 64, the Julian day in the upper 32. */
const secondsOfDays = (raw: DecodedArray): Float64Array =>
  Float64Array.from(raw as ArrayLike<bigint>, (value) => {
    const nanos = ((value >> 64n) - EPOCH_DAY) * DAY_NANOS + BigInt.asIntN(64, value);
    return Number(nanos) / 1e9;
  });

/** The numbers of a leaf, dates and times included; undefined where it holds something else. */
export const numbersOf = (element: SchemaElement): NumberType | undefined =>
  numberTypeOf(element) ?? timeTypeOf(element);

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

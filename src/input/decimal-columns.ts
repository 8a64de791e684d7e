/** Decimals of chosen rows, digit by digit: those of up to 15 digits can be told from their float64, others are read as text. */

import type { RowId } from '../rows/row-ids.js';
import type { PartedColumn } from './columns-of-parts.js';

/** What a column of decimals looks like, in all parts that have it. */
export interface DecimalShape {
  /** Digits, and how many of them are after the point. */
  readonly precision: number;
  readonly scale: number;
  /** Whether each is its float64, rounded to the scale. */
  readonly fromNumbers: boolean;
  /** Whether they can be read as text. */
  readonly asText: boolean;
}

/** Decimals of the rows. */
export interface DecimalColumn {
  readonly name: string;
  readonly type: 'decimal';
  readonly precision: number;
  readonly scale: number;
  /** With as many digits after the point; the empty text where one is missing. */
  readonly cells: readonly RowId[];
}

/** Decimals as the formats spell them, also within dictionaries and runs. */
const DECIMAL = /^(Dictionary<|RunEndEncoded<.*, )?Decimal\d*\((\d+), (-?\d+)\)>?$/;

/** A decimal of this number of digits is the only one that its float64 is nearest to. */
const MOST_DIGITS_IN_NUMBER = 15;

/** Digits of the largest decimal that is written. */
const MOST_DIGITS = 76;

/** The shape of a column that holds decimals in all its parts, and none that is too long; else undefined. */
export function decimalShape({ parts }: Pick<PartedColumn, 'parts'>): DecimalShape | undefined {
  const found = parts.flatMap((part) => (part ? [DECIMAL.exec(part.type)] : []));
  if (!found.every((match) => match !== null)) return undefined;
  const shapes = found.map(([, , precision, scale]) => ({ precision: Number(precision), scale: Number(scale) }));
  const scale = Math.max(0, ...shapes.map((shape) => shape.scale));
  const precision = scale + Math.max(...shapes.map((shape) => shape.precision - shape.scale));
  if (precision > MOST_DIGITS) return undefined;
  const fromNumbers = precision <= MOST_DIGITS_IN_NUMBER;
  return { precision, scale, fromNumbers, asText: found.every(([, within]) => within === undefined) };
}

/** Decimals of few digits, from their float64; NaN where one is missing. */
export const decimalsOfNumbers = (
  name: string,
  { precision, scale }: DecimalShape,
  values: Float64Array,
): DecimalColumn => ({
  name,
  type: 'decimal',
  precision,
  scale,
  cells: Array.from(values, (value) => (Number.isNaN(value) ? '' : value.toFixed(scale).replace(/^-(?=[0.]+$)/, ''))),
});

/** Decimals as text, which may have fewer digits after the point. */
export const decimalsOfText = (
  name: string,
  { precision, scale }: DecimalShape,
  texts: readonly RowId[],
): DecimalColumn => ({ name, type: 'decimal', precision, scale, cells: texts.map((text) => padded(`${text}`, scale)) });

function padded(text: string, scale: number): string {
  if (text === '' || scale === 0) return text;
  const [whole, fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(scale, '0')}`;
}

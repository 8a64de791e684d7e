/** Text that may be meant as numbers though it is not read as such, and why. */

import { isMissing, numberFromText } from './number.js';

const NUMBER = String.raw`[+-]?(?:\d[\d_]*(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?`;

const CURRENCY = String.raw`(?:\p{Sc}|EUR|USD|GBP|CHF|JPY|CNY|INR|CAD|AUD)`;

/** Several numbers in a field, in brackets or not. */
const isList = (field: string): boolean => {
  const items = field.split(/[[\](){},;|\s]+/).filter((item) => item !== '');
  return items.length > 1 && items.every((item) => numberFromText(item) !== undefined);
};

/** Ways to write numbers, the more particular first. */
const WAYS: readonly (readonly [what: string, pattern: { test(field: string): boolean }])[] = [
  ['hexadecimal numbers', /^[+-]?0[xX][\da-fA-F]+(?:\.[\da-fA-F]*)?(?:[pP][+-]?\d+)?$/],
  [
    'dates or times',
    /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?$|^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp][Mm])?$/,
  ],
  ['percentages', new RegExp(String.raw`^${NUMBER}\s*[%‰]$|^%\s*${NUMBER}$`)],
  ['numbers in quotes', new RegExp(String.raw`^['"\`]\s*${NUMBER}\s*['"\`]$`)],
  ['numbers with decimal commas', /^[+-]?\d*,(?:\d{1,2}|\d{4,})(?:[eE][+-]?\d+)?$/],
  ['numbers with thousands separators', /^[+-]?\d{1,3}(?:[.,'’_ \u00a0\u202f\u2009]\d{3})+(?:[.,]\d+)?$/],
  ['numbers with decimal points', /^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$/],
  ['numbers with a minus sign that is none of ASCII', new RegExp(String.raw`^[−–—]\s*${NUMBER}$`)],
  ['amounts with a currency', new RegExp(String.raw`^[+-]?\s*${CURRENCY}\s*${NUMBER}$|^${NUMBER}\s*${CURRENCY}$`, 'u')],
  ['negative amounts in parentheses', new RegExp(String.raw`^\(\s*${NUMBER}\s*\)$`)],
  ['fractions', /^[+-]?\d+\s*\/\s*\d+$/],
  [
    'complex numbers',
    new RegExp(String.raw`^\(?${NUMBER}\s*[+-]\s*${NUMBER}\s*[ij]\)?$|^\(\s*${NUMBER}\s*,\s*${NUMBER}\s*\)$`),
  ],
  ['index:value pairs', new RegExp(String.raw`^\w+:${NUMBER}$`)],
  ['lists of numbers', { test: isList }],
  ['numbers behind a sign', new RegExp(String.raw`^[<>=~≈±≤≥]+\s*${NUMBER}$`)],
  [
    'numbers with exponents of another kind',
    /^[+-]?\d+(?:\.\d*)?(?:[dDqQ][+-]?\d+|\s*[*x×]\s*10\s*\^?\s*[+-]?\d+|[+-]\d{3})$/,
  ],
  ['numbers with a unit', new RegExp(String.raw`^${NUMBER}\s*(?:[\p{L}°µ%][\p{L}°µ%²³/^*.]{0,11}\d?)$`, 'u')],
];

/** Pairs of words for yes and no. */
const PAIRS = [
  ['yes', 'no'],
  ['y', 'n'],
  ['t', 'f'],
  ['on', 'off'],
];

/** Fields longer than this are text: no pattern need go through them. */
const LONGEST = 1024;

/** Share of a column's fields that must be written in one way. */
const SHARE = 0.5;

/** Share of numbers among texts from which on they are worth a word. */
const NUMBERS_SHARE = 0.2;

/**
 * Why a column of text may be meant as numbers; undefined where nothing suggests it.
 * @param fields - of the first rows
 */
export function meaningOf(fields: readonly string[]): string | undefined {
  const filled = fields.map((field) => field.trim()).filter((field) => !isMissing(field));
  if (filled.length === 0) return undefined;
  for (const [what, pattern] of WAYS) {
    const such = filled.filter((field) => field.length <= LONGEST && pattern.test(field));
    if (such.length >= SHARE * filled.length) return what;
  }
  const words = new Set(filled.map((field) => field.slice(0, LONGEST).toLowerCase()));
  if (words.size === 2 && PAIRS.some((pair) => pair.every((word) => words.has(word)))) return 'yes and no';
  const numbers = filled.filter((field) => numberFromText(field) !== undefined).length;
  return numbers >= NUMBERS_SHARE * filled.length ? 'text and numbers' : undefined;
}

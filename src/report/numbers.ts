/** Numbers as people read them: on axes, in tables and in sentences. */

import { count as whole } from '../text.js';

export { count as whole } from '../text.js';

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A number for a tick of an axis: short, and exact where ticks are round to `digits` digits. */
export function tickLabel(value: number, digits = 6): string {
  const trim = (part: number): string => String(Number(part.toPrecision(digits)));
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e9 || size < 1e-3) return powerLabel(value, digits);
  if (size >= 1e6) return `${trim(value / 1e6)}M`;
  if (size >= 1e5) return `${trim(value / 1e3)}k`;
  if (size >= 1e3 && Number.isInteger(value)) return whole(value);
  return trim(value);
}

/** A number with all its digits: no two have the same label. */
export function exactLabel(value: number): string {
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return Math.abs(Number(exponent)) < 9 ? String(value) : powerOf(mantissa, Number(exponent));
}

/** A number for a table or a sentence: whole, or to `digits` digits. */
export function readable(value: number, digits = 4): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return whole(value);
  if (size < 1e-4 || size >= 1e9) return value.toExponential(digits - 1).replace('e+', 'e');
  const rounded = Number(value.toPrecision(digits));
  return Number.isInteger(rounded) ? whole(rounded) : String(rounded);
}

/** A share as per cent. */
export const percent = (share: number): string => (Number.isNaN(share) ? '–' : `${readable(100 * share, 3)} %`);

/** Such as 10⁻⁵ or 2·10⁻⁵. */
function powerLabel(value: number, digits: number): string {
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  return powerOf(String(Number(mantissa)), Number(exponent));
}

function powerOf(mantissa: string, power: number): string {
  const raised = [...String(Math.abs(power))].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');
  return `${mantissa === '1' ? '' : `${mantissa}·`}10${power < 0 ? '⁻' : ''}${raised}`;
}

/** Dates and times of ISO 8601 as numbers, where somebody asks for a column of them. */

const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*(?:(Z)|([+-])(\d{2}):?(\d{2}))?)?$/;

/** What a column of dates is read as: days since 1970-01-01, or seconds since its beginning in UTC. */
export type TimeUnit = 'days' | 'seconds';

const DAY_SECONDS = 86_400;

/** What the fields of a column are read as: seconds where one has a time of day; undefined where none is a date. */
export function timeUnitOf(fields: readonly string[]): TimeUnit | undefined {
  const dates = fields.filter((field) => timeFromText(field, 'seconds') !== undefined);
  if (dates.length === 0) return undefined;
  return dates.some((field) => field.includes(':')) ? 'seconds' : 'days';
}

/** The number that a date stands for; undefined where the text is none, or has a time of day where days are read. */
export function timeFromText(text: string, unit: TimeUnit): number | undefined {
  const parts = PATTERN.exec(text.trim());
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second, , sign, offsetHour, offsetMinute] = parts;
  if (unit === 'days' && hour !== undefined) return undefined;
  const [m, d] = [Number(month) - 1, Number(day)];
  const midnight = Date.UTC(Number(year), m, d);
  const date = new Date(midnight);
  if (date.getUTCMonth() !== m || date.getUTCDate() !== d) return undefined;
  if (unit === 'days') return midnight / 1000 / DAY_SECONDS;
  const of = (value: string | undefined): number => Number(value ?? 0);
  if (of(hour) > 23 || of(minute) > 59 || of(second) >= 61) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (3600 * of(offsetHour) + 60 * of(offsetMinute));
  return midnight / 1000 + 3600 * of(hour) + 60 * of(minute) + of(second) - offset;
}

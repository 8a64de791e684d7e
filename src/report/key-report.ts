/** The part of a report of a head that is of its keys alone. */

import type { HeadReport } from './model.js';

const FIELDS = [
  'n',
  'd',
  'rank',
  'eps',
  'universal',
  'delta',
  'route',
  'counted',
  'range',
  'positions',
  'ranks',
  'sizes',
  'spectrum',
  'spectrumProblem',
] as const satisfies readonly (keyof HeadReport)[];

/** What is told of keys. */
export type KeyReport = Pick<HeadReport, (typeof FIELDS)[number]>;

const isOfKeys = (field: string): boolean => (FIELDS as readonly string[]).includes(field);

/** What a report of a head tells of its keys. */
export const keysOf = (head: HeadReport): KeyReport =>
  Object.fromEntries(Object.entries(head).filter(([field]) => isOfKeys(field))) as unknown as KeyReport;

/** And the rest of it. */
export const withoutKeys = (head: HeadReport): Omit<HeadReport, keyof KeyReport> =>
  Object.fromEntries(Object.entries(head).filter(([field]) => !isOfKeys(field))) as unknown as Omit<
    HeadReport,
    keyof KeyReport
  >;

/** What the numbers of a column count, in words: days, seconds, or nothing but themselves. */

/** The unit of numbers that are no dates or times. */
export const PLAIN = 'plain numbers';

/** The unit of a column in which no value told. */
export const UNKNOWN = 'unknown';

/** Whether two columns may be one: what no value tells may be anything. */
export const areSameUnits = (one: string, two: string): boolean => one === two || one === UNKNOWN || two === UNKNOWN;

/** The unit of a column of which two parts tell what they know. */
export const eitherUnit = (one: string, two: string): string => (one === UNKNOWN ? two : one);

/** Names in the order people number them: K-2 before K-10. */

const collator = new Intl.Collator('en', { numeric: true });

/** Compares two names; 0 only where they are the same. */
export const naturalOrder = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

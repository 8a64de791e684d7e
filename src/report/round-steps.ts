/** Round numbers at equal steps, for ticks and bins: each is the double nearest to its decimals, at any magnitude. */

/** A step of `factor` (1, 2 or 5) times ten to the `power`. */
export interface RoundStep {
  readonly factor: number;
  readonly power: number;
}

/** Below `SMALL`, numbers are multiplied by ten to the `LIFT` first: the smallest doubles are too coarse for a division. */
const SMALL = 1e-200;
const LIFT = 200;

/**
 * The smallest round step that takes `span` in at most `count` steps.
 * @param span - > 0
 */
export function roundStep(span: number, count: number): RoundStep {
  const lift = span < SMALL ? LIFT : 0;
  const least = Math.max((span * 10 ** lift) / count, Number.MIN_VALUE * 10 ** lift);
  const power = Math.floor(Math.log10(least));
  const reaches = (factor: number): boolean => Number(`${factor}e${power}`) >= least * (1 - 1e-12);
  const factor = [1, 2, 5].find(reaches);
  return factor === undefined ? { factor: 1, power: power + 1 - lift } : { factor, power: power - lift };
}

/** The number that lies `steps` steps from 0. */
export const multipleOf = ({ factor, power }: RoundStep, steps: number): number => Number(`${steps * factor}e${power}`);

/** How many steps it is from 0 to a value, not rounded to whole ones. */
export const inSteps = (value: number, { factor, power }: RoundStep): number =>
  power < -LIFT ? (value * 10 ** LIFT) / (factor * 10 ** (power + LIFT)) : value / (factor * 10 ** power);

/** The numbers from `first` to `last` steps. */
export const multiplesOf = (step: RoundStep, first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => multipleOf(step, first + i));

/**
 * The scoring functions f of attention scores A(q, j) = f(<q, k_j>) / sum_l f(<q, k_l>): one registry.
 *
 * A function with growth exponents (a, b), c^a f(x) <= f(c x) <= c^b f(x) for all c >= 1, has a small universal set that one
 * pass over K finds: its sensitivities are at most those of |x|^b to the power a / b. The others are for exact mode only.
 * To add a function of your own: {@link registerFunction}.
 */

import { usageError } from './errors.js';

/** Exponents 0 < a <= b of growth: c^a f(x) <= f(c x) <= c^b f(x) for c >= 1. It follows that f(0) = 0 and f > 0 elsewhere. */
export interface Growth {
  readonly a: number;
  readonly b: number;
}

/** A scoring function, its parameter filled in. */
export interface ScoringFunction {
  /** As `--f` spells it, in its shortest form: `power:4`, `huber:1`, `softmax`. Equal functions have equal names. */
  readonly name: string;
  /** f(x) for any finite x; finite or Infinity, >= 0, with a relative error of a few units of rounding. Unused where `exponential`. */
  readonly evaluate: (x: number) => number;
  /** Growth exponents, for even functions that have them; undefined: exact mode only. */
  readonly growth: Growth | undefined;
  /** f(c x) = f(c) f(x) for c > 0: worked out relative to the largest |x| of a query, so that nothing overflows. */
  readonly homogeneous: boolean;
  /** f(x) = e^x: worked out relative to the largest x of a query, so that nothing overflows. */
  readonly exponential: boolean;
  /** What <q, k> is multiplied with where `--scale` does not say. */
  readonly defaultScale: (d: number) => number;
}

/** A function of the registry. */
export interface FunctionFamily {
  /** The name before the colon. */
  readonly name: string;
  /** The parameter after the colon, > 0, if there is one: its letter and the value it has if left out. */
  readonly parameter: { readonly letter: string; readonly standard: number | undefined } | undefined;
  /** The formula, as help and documentation show it. */
  readonly formula: string;
  /** Where it comes from. */
  readonly source: string;
  /** Growth exponents for a parameter, or undefined: exact mode only. */
  readonly growth?: (parameter: number) => Growth;
  /** f(x) >= 0. */
  readonly evaluate: (x: number, parameter: number) => number;
  /** Whether f(c x) = f(c) f(x) for c > 0. */
  readonly homogeneous?: boolean;
  /** Whether f(x) = e^x. */
  readonly exponential?: boolean;
  /** What <q, k> is multiplied with where nothing else is said; default 1. */
  readonly defaultScale?: (d: number) => number;
}

/** Below this log1p(r) cancels against r. */
const SERIES_LIMIT = 0.03;

/** r - log(1 + r), r >= 0. */
function lessLog1p(r: number): number {
  if (r > SERIES_LIMIT) return r - Math.log1p(r);
  // sum_k (-1)^k r^k / k from k = 2, until terms are below rounding.
  let sum = 0;
  for (let k = 14; k >= 2; k--) sum = (k % 2 === 0 ? 1 / k : -1 / k) + sum * r;
  return sum * r * r;
}

/** x^p, x >= 0; the commonest powers at the speed of a product. */
function powerOf(x: number, p: number): number {
  if (p === 2) return x * x;
  if (p === 1) return x;
  if (p === 4) return x * x * (x * x);
  if (p === 3) return x * x * x;
  return x ** p;
}

/** sqrt(1 + r^2) - 1 without cancellation or overflow. */
const hyperbola = (r: number): number => (r / (Math.hypot(1, r) + 1)) * r;

/** log cosh x without cancellation or overflow. */
function logCosh(x: number): number {
  const size = Math.abs(x);
  if (size > 1) return size + Math.log1p(Math.exp(-2 * size)) - Math.LN2;
  return Math.log1p(2 * Math.sinh(size / 2) ** 2);
}

const LINEAR_TO_SQUARE = (): Growth => ({ a: 1, b: 2 });

const families = new Map<string, FunctionFamily>();

/**
 * Adds a function, which `--f` of a program that does so and the library's options then know by its name.
 *
 * @param family - its growth exponents are taken at their word: every certificate rests on them
 * @throws RangeError where the name is taken or not of letters, digits and dashes
 */
export function registerFunction(family: FunctionFamily): void {
  if (!/^[a-z][a-z0-9-]*$/.test(family.name)) throw new RangeError(`'${family.name}' cannot name a function`);
  if (families.has(family.name)) throw new RangeError(`there is a function ${family.name} already`);
  families.set(family.name, family);
}

const BUILT_IN: readonly FunctionFamily[] = [
  {
    name: 'power',
    parameter: { letter: 'p', standard: undefined },
    formula: '|x|^p',
    source: 'LevAttention, arXiv:2410.05462; l_p sensitivities',
    growth: (p) => ({ a: p, b: p }),
    evaluate: (x, p) => powerOf(Math.abs(x), p),
    homogeneous: true,
  },
  {
    name: 'huber',
    parameter: { letter: 'd', standard: 1 },
    formula: 'x^2 / 2 for |x| <= d, else d (|x| - d / 2)',
    source: 'Huber, Robust estimation of a location parameter, 1964',
    growth: LINEAR_TO_SQUARE,
    evaluate: (x, delta) => (Math.abs(x) <= delta ? (x * x) / 2 : delta * (Math.abs(x) - delta / 2)),
  },
  {
    name: 'pseudo-huber',
    parameter: { letter: 'd', standard: 1 },
    formula: 'sqrt(1 + (x / d)^2) - 1',
    source: 'Charbonnier et al., Deterministic edge-preserving regularization, 1997',
    growth: LINEAR_TO_SQUARE,
    evaluate: (x, delta) => hyperbola(x / delta),
  },
  {
    name: 'l1-l2',
    parameter: undefined,
    formula: 'sqrt(1 + x^2 / 2) - 1',
    source: 'Zhang, Parameter estimation techniques, 1997',
    growth: LINEAR_TO_SQUARE,
    evaluate: (x) => hyperbola(x * Math.SQRT1_2),
  },
  {
    name: 'fair',
    parameter: { letter: 'c', standard: 1 },
    formula: '|x| / c - log(1 + |x| / c)',
    source: 'Fair, On the robust estimation of econometric models, 1974',
    growth: LINEAR_TO_SQUARE,
    evaluate: (x, c) => lessLog1p(Math.abs(x) / c),
  },
  {
    name: 'logcosh',
    parameter: undefined,
    formula: 'log cosh x',
    source: 'Green, Bayesian reconstructions from emission tomography data, 1990',
    growth: LINEAR_TO_SQUARE,
    evaluate: logCosh,
  },
  {
    name: 'softmax',
    parameter: undefined,
    formula: 'e^x, scale 1 / sqrt(d)',
    source: 'Vaswani et al., Attention is all you need, 2017',
    evaluate: Math.exp,
    exponential: true,
    defaultScale: (d) => 1 / Math.sqrt(d),
  },
  {
    name: 'exp',
    parameter: undefined,
    formula: 'e^x',
    source: 'softmax without its scale',
    evaluate: Math.exp,
    exponential: true,
  },
  {
    name: 'relu',
    parameter: { letter: 'p', standard: 1 },
    formula: 'max(0, x)^p',
    source: 'Wortsman et al., Replacing softmax with ReLU in vision transformers, 2023',
    evaluate: (x, p) => powerOf(Math.max(0, x), p),
    homogeneous: true,
  },
  {
    name: 'sigmoid',
    parameter: undefined,
    formula: '1 / (1 + e^-x)',
    source: 'Ramapuram et al., Theory, analysis, and best practices for sigmoid self-attention, 2024',
    evaluate: (x) => 1 / (1 + Math.exp(-x)),
  },
  {
    name: 'geman-mcclure',
    parameter: { letter: 'c', standard: 1 },
    formula: 'x^2 / (c^2 + x^2)',
    source: 'Geman and McClure, Statistical methods for tomographic image reconstruction, 1987',
    evaluate: (x, c) => (x / Math.hypot(c, x)) ** 2,
  },
  {
    name: 'tukey',
    parameter: { letter: 'c', standard: 4.685 },
    formula: 'c^2 / 6 (1 - (1 - (x / c)^2)^3) for |x| <= c, else c^2 / 6',
    source: 'Beaton and Tukey, The fitting of power series, 1974',
    evaluate: (x, c) => {
      const v = Math.abs(x) >= c ? 1 : (x / c) ** 2;
      // 1 - (1 - v)^3 without cancellation.
      return ((c * c) / 6) * v * (3 - v * (3 - v));
    },
  },
];
for (const family of BUILT_IN) registerFunction(family);

/** Whether a function is known to every thread, and not only to the one that registered it. */
export const isBuiltIn = ({ name }: ScoringFunction): boolean =>
  BUILT_IN.some((family) => family.name === name.split(':')[0]);

/** Every function there is, in the order of registration. */
export const knownFunctions = (): FunctionFamily[] => [...families.values()];

/** How a family is spelled: `huber:d`. */
export const spellingOf = ({ name, parameter }: FunctionFamily): string =>
  parameter ? `${name}:${parameter.letter}` : name;

/**
 * The function that a text names: `power:4`, `huber` (its parameter left out), `softmax`.
 * @throws LevattnError (usage) where there is none of that name, or its parameter is missing or not a number > 0
 */
export function parseFunction(text: string): ScoringFunction {
  const [name, given, ...rest] = text.split(':');
  const family = families.get(name);
  if (!family || rest.length > 0) {
    throw usageError(`unknown function '${text}'; known: ${knownFunctions().map(spellingOf).join(', ')}`);
  }
  const { parameter, homogeneous = false, exponential = false, defaultScale = () => 1 } = family;
  if (!parameter && given !== undefined) throw usageError(`function ${name} has no parameter, so say --f ${name}`);
  const value = given === undefined ? parameter?.standard : Number(given.trim() === '' ? Number.NaN : given);
  if (parameter && !(value !== undefined && value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw usageError(`function ${name} needs a number greater than 0, ${spellingOf(family)}, not '${text}'`);
  }
  const at = value ?? Number.NaN;
  return {
    name: parameter ? `${name}:${at}` : name,
    evaluate: (x) => family.evaluate(x, at),
    growth: family.growth?.(at),
    homogeneous,
    exponential,
    defaultScale,
  };
}

/** f(x) = x^2, for which everything is exact. */
export const SQUARE = parseFunction('power:2');

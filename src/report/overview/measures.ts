/** What heads are compared by: a number for each head, by a choice of function, selection and number of keys where it takes them. */

import type { HeadFunctionCoverage, HeadReport } from '../model.js';
import { readable, whole } from '../numbers.js';

/** What is told of a head in comparison. */
export type ComparedHead = Pick<
  HeadReport,
  | 'label'
  | 'place'
  | 'n'
  | 'd'
  | 'rank'
  | 'eps'
  | 'universal'
  | 'counted'
  | 'ranks'
  | 'spectrum'
  | 'queries'
  | 'coverage'
>;

/** What is chosen. */
export interface Choice {
  readonly measure: string;
  readonly f: string;
  readonly selection: string;
  readonly k: number;
}

/** What there is to choose from: the same for all heads. */
export interface Choices {
  readonly measures: readonly Measure[];
  readonly functions: readonly string[];
  readonly selections: readonly string[];
  /** Ascending. */
  readonly sizes: readonly number[];
}

/** The parts of a choice that a measure depends on. */
type Part = 'f' | 'selection' | 'k';

/** A number for each head. */
export interface Measure {
  /** Letters, digits and dashes. */
  readonly id: string;
  readonly name: string;
  /** The same for the head of a column. */
  shortFor(choice: Choice): string;
  readonly parts: readonly Part[];
  /** Its unit in a title: empty or in brackets. */
  readonly unit: string;
  /** NaN where there is none. */
  numberOf(head: ComparedHead, choice: Choice): number;
  spell(value: number): string;
}

/** What keys are chosen by where nothing else is said. */
const USUAL_SELECTION = 'leverage';
export const BEST = 'best afterwards';

/** The default: one key in this many. */
const USUAL_PART = 8;

const ofFunction = ({ coverage }: ComparedHead, { f }: Choice): HeadFunctionCoverage | undefined =>
  coverage?.functions.find((own) => own.f === f);

const needed = (head: ComparedHead, choice: Choice, selection: string): number =>
  ofFunction(head, choice)?.needed?.find((row) => row.selection === selection)?.k || Number.NaN;

/** What all keys of a head have is known where fewer keys than k are all. */
function atSize(head: ComparedHead, choice: Choice, of: 'mass' | 'errorMedian' | 'errorMean'): number {
  const rows = ofFunction(head, choice)?.coverage ?? [];
  const k = Math.min(choice.k, head.counted);
  return rows.find((row) => row.selection === choice.selection && row.k === k)?.[of] ?? Number.NaN;
}

const percents = (share: number): string => readable(100 * share, 3);

const KEYS_NEEDED_BEST: Measure = {
  id: 'k90-best',
  name: 'k for 90 % of attention, best fixed set',
  shortFor: () => 'k for 90 %, best',
  parts: ['f'],
  unit: 'keys',
  numberOf: (head, choice) => needed(head, choice, BEST),
  spell: whole,
};

const KEYS_NEEDED: Measure = {
  id: 'k90',
  name: 'k for 90 % of attention, by selection',
  shortFor: ({ selection }) => `k for 90 %, ${selection}`,
  parts: ['f', 'selection'],
  unit: 'keys',
  numberOf: (head, choice) => needed(head, choice, choice.selection),
  spell: whole,
};

const KEPT: Measure = {
  id: 'kept',
  name: 'share of attention kept at k',
  shortFor: ({ k }) => `% kept at k = ${whole(k)}`,
  parts: ['f', 'selection', 'k'],
  unit: '%',
  numberOf: (head, choice) => atSize(head, choice, 'mass'),
  spell: percents,
};

const ERROR_MEDIAN: Measure = {
  id: 'error-median',
  name: 'output error at k, median',
  shortFor: ({ k }) => `error at k = ${whole(k)}, median %`,
  parts: ['f', 'selection', 'k'],
  unit: '%',
  numberOf: (head, choice) => atSize(head, choice, 'errorMedian'),
  spell: percents,
};

const ERROR_MEAN: Measure = {
  ...ERROR_MEDIAN,
  id: 'error-mean',
  name: 'output error at k, mean',
  shortFor: ({ k }) => `error at k = ${whole(k)}, mean %`,
  numberOf: (head, choice) => atSize(head, choice, 'errorMean'),
};

const UNEVENNESS: Measure = {
  id: 'unevenness',
  name: 'largest leverage over average',
  shortFor: () => 'largest / average leverage',
  parts: [],
  unit: 'times',
  numberOf: ({ rank, ranks, counted }) => (rank === 0 ? Number.NaN : (ranks[0].score * counted) / rank),
  spell: (value) => readable(value, 3),
};

const UNIVERSAL: Measure = {
  id: 'universal',
  name: '|U|',
  shortFor: () => '|U|',
  parts: [],
  unit: 'keys',
  numberOf: ({ universal }) => universal,
  spell: whole,
};

const MEASURES = [KEYS_NEEDED_BEST, KEYS_NEEDED, KEPT, ERROR_MEDIAN, ERROR_MEAN, UNEVENNESS, UNIVERSAL];

/** A number as a map or a table shows it. */
export const spellValue = (measure: Measure, value: number): string =>
  Number.isNaN(value) ? '–' : measure.spell(value);

/** What heads can be compared by: what at least one of them has. */
export function choicesOf(heads: readonly ComparedHead[]): Choices {
  const own = heads.flatMap(({ coverage }) => coverage?.functions ?? []);
  const functions = distinct(own.map(({ f }) => f));
  const rows = own.flatMap(({ coverage }) => coverage);
  const selections = distinct(rows.map(({ selection }) => selection));
  const round = distinct(rows.map(({ k }) => k)).filter(isRound);
  const sizes = round.sort((a, b) => a - b);
  const has = (measure: Measure): boolean =>
    functions.some((f) =>
      selections.some((selection) =>
        heads.some(
          (head) => !Number.isNaN(measure.numberOf(head, { measure: measure.id, f, selection, k: head.counted })),
        ),
      ),
    );
  const measures = MEASURES.filter((measure) => measure.parts.length === 0 || has(measure));
  return { measures, functions, selections, sizes };
}

/** The choice that is made where nothing else is said. */
export function usualChoice(
  { measures, functions, selections, sizes }: Choices,
  heads: readonly ComparedHead[],
): Choice {
  const fewest = Math.min(...heads.map(({ counted }) => counted));
  return {
    measure: measures[0].id,
    f: functions[0] ?? '',
    selection: selections.includes(USUAL_SELECTION) ? USUAL_SELECTION : (selections[0] ?? ''),
    k: sizes.findLast((k) => Number.isInteger(Math.log2(k)) && k <= fewest / USUAL_PART) ?? sizes[0] ?? 1,
  };
}

/** A measure with what it depends on: `share of attention kept at k = 128, leverage, softmax (%)`. */
export function titleOf(measure: Measure, choice: Choice, { functions }: Pick<Choices, 'functions'>): string {
  const { name, parts, unit } = measure;
  const told = [
    parts.includes('k') ? name.replace('at k', `at k = ${whole(choice.k)}`) : name,
    ...(parts.includes('selection') ? [choice.selection] : []),
    ...(parts.includes('f') && functions.length > 1 ? [choice.f] : []),
  ];
  return `${told.join(', ').replace('by selection, ', 'by ')} (${unit})`;
}

/** Powers of two and half as much again: numbers of keys that heads have in common, whatever their |U|. */
const isRound = (k: number): boolean => Number.isInteger(Math.log2(k)) || Number.isInteger(Math.log2(k / 1.5));

const distinct = <T>(list: readonly T[]): T[] => [...new Set(list)];

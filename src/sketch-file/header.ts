/** What a sketch file says of its sketch, beside its state: the header, as JSON. */

import { dataError } from '../errors.js';
import { parseFunction, type ScoringFunction } from '../functions.js';
import {
  areMeans,
  areUnits,
  type ColumnNames,
  differenceOfMeans,
  differenceOfNames,
  differenceOfUnits,
} from '../rows/column-names.js';
import { CERTIFICATES, type CertificateChoice } from '../sketch/bounds/certificate-choice.js';
import type { FactorChoice } from '../sketch/factor/routed.js';
import type { State } from '../sketch/state.js';
import { StateReader } from '../sketch/state-reader.js';
import { shownColumn } from '../text.js';
import type { JsonObject, JsonValue } from './json.js';
import type { RowCoverage } from './row-coverage.js';

/** What sketches must have in common to be one. */
export interface SketchSetup {
  /** The function that keys are kept for, by its name. */
  readonly f: string;
  /** Columns of K. */
  readonly d: number;
  /** The least eps that the sketch has kept every row for. */
  readonly eps: number;
  readonly certificate: CertificateChoice;
  readonly factor: FactorChoice;
  /** One row in this many is summed; 1: all. */
  readonly sampleRate: number;
  /** Of the priority sample; undefined where there is none. */
  readonly sample: { readonly size: number; readonly seed: number; readonly ridge: number } | undefined;
  /** Rows taken in at a time. */
  readonly blockRows: number;
  readonly nonFinite: 'error' | 'skip';
  /** Of a checkpoint: what limits the keys that are kept. */
  readonly top?: number | undefined;
  readonly budget?: number | undefined;
  /** What the columns of K are called, where they have names. */
  readonly columns?: ColumnNames | undefined;
  /** The column that rows are named by. */
  readonly idColumn?: string | undefined;
}

/** What a file says of its sketch. */
export interface SketchHeader extends SketchSetup {
  /** `checkpoint`: of a pass that was not over. */
  readonly kind: 'sketch' | 'checkpoint';
  /** Growth exponents (a, b) of f: the sketch is of the family |x|^b. */
  readonly family: { readonly a: number; readonly b: number };
  /** Rows taken in. */
  readonly n: number;
  readonly dtype: 'float32' | 'float64';
  readonly coverage: RowCoverage;
  /** Rows left out because they hold NaN or infinities. */
  readonly skipped: number;
  /** Candidates kept. */
  readonly candidates: number;
  /** Bound on the relative error of any leverage score. */
  readonly delta: number;
  /** Tells one input from another: the first rows, as hexadecimal digits of a SHA-256. */
  readonly fingerprint: string;
}

/** A header as JSON. */
export const headerToJson = (header: SketchHeader): JsonObject => ({ ...header }) as unknown as JsonObject;

/**
 * The header in JSON that comes from elsewhere.
 * @param name - of the file, for messages
 * @throws LevattnError where something is missing or of the wrong kind, or f is not known here
 */
export function headerFromJson(json: JsonObject, name: string): SketchHeader {
  const reader = new StateReader(json as unknown as State, name, 'header');
  const oneOf = <T extends string>(field: string, choices: readonly T[]): T => {
    const value = reader.text(field);
    if (!(choices as readonly string[]).includes(value)) {
      throw reader.wrong(field, `is ${JSON.stringify(value)}, where one of ${choices.join(', ')} is expected`);
    }
    return value as T;
  };
  const family = reader.part('family');
  const sample = reader.optionalPart('sample');
  const header: SketchHeader = {
    kind: oneOf('kind', ['sketch', 'checkpoint']),
    f: reader.text('f'),
    family: { a: family.number('a'), b: family.number('b') },
    d: reader.whole('d'),
    n: reader.whole('n'),
    eps: reader.number('eps'),
    certificate: oneOf('certificate', CERTIFICATES),
    factor: oneOf('factor', ['auto', 'gram', 'stable']),
    sampleRate: reader.whole('sampleRate'),
    sample: sample && { size: sample.whole('size'), seed: sample.whole('seed'), ridge: sample.number('ridge') },
    blockRows: reader.whole('blockRows'),
    nonFinite: oneOf('nonFinite', ['error', 'skip']),
    top: reader.has('top') ? reader.whole('top') : undefined,
    budget: reader.has('budget') ? reader.whole('budget') : undefined,
    columns: columnsFromJson(json.columns, reader),
    idColumn: reader.has('idColumn') ? reader.text('idColumn') : undefined,
    dtype: oneOf('dtype', ['float32', 'float64']),
    coverage: coverageFromJson(json.coverage, reader),
    skipped: reader.whole('skipped'),
    candidates: reader.whole('candidates'),
    delta: reader.number('delta'),
    fingerprint: reader.text('fingerprint'),
  };
  if (header.d < 1) throw reader.wrong('d', 'is 0');
  functionOf(header, name);
  return header;
}

/** The function that a sketch was made for. */
export function functionOf({ f, family }: Pick<SketchHeader, 'f' | 'family'>, name: string): ScoringFunction {
  let found: ScoringFunction | undefined;
  try {
    found = parseFunction(f);
  } catch {
    // Told below.
  }
  if (found?.growth?.a !== family.a || found.growth.b !== family.b) {
    throw dataError(
      `${name}: is a sketch for f = ${f} of the family |x|^${family.b}, which this program does not know; register it, or make the sketch again`,
    );
  }
  return found;
}

function columnsFromJson(json: JsonValue | undefined, reader: StateReader): ColumnNames | undefined {
  if (json === undefined || json === null) return undefined;
  const { names, chosen, means, units } = json as JsonObject;
  const areNames = Array.isArray(names) && names.length === reader.whole('d');
  if (areNames && names.every((name) => typeof name === 'string') && typeof chosen === 'boolean') {
    if (!areMeans(means, names.length))
      throw reader.wrong('columns', 'has means that are not a number for each column');
    if (!areUnits(units, names.length)) throw reader.wrong('columns', 'has units that are not a text for each column');
    return { names: names as string[], chosen, ...(means && { means }), ...(units !== undefined && { units }) };
  }
  throw reader.wrong('columns', 'is not a name for each column');
}

function coverageFromJson(json: JsonValue | undefined, reader: StateReader): RowCoverage {
  const { kind, of, ranges, shards } = (json ?? {}) as JsonObject;
  const pairs = (list: JsonValue | undefined): [number, number][] | undefined => {
    if (!Array.isArray(list)) return undefined;
    const isPair = (pair: unknown): pair is [number, number] =>
      Array.isArray(pair) && pair.length === 2 && pair.every((value) => Number.isSafeInteger(value) && value >= 0);
    return list.every(isPair) ? (list as [number, number][]) : undefined;
  };
  const listed = pairs(kind === 'rows' ? ranges : shards);
  if (kind === 'rows' && listed?.every(([start, end], i) => start < end && (i === 0 || start > listed[i - 1][1]))) {
    return { kind, ranges: listed };
  }
  const ascending = listed?.every(([shard], i) => shard >= 1 && (i === 0 || shard > listed[i - 1][0]));
  if (
    kind === 'shards' &&
    Number.isSafeInteger(of) &&
    ascending &&
    listed!.every(([shard]) => shard <= (of as number))
  ) {
    return { kind, of: of as number, shards: listed! };
  }
  throw reader.wrong('coverage', 'is not ranges of rows or shards of a job');
}

/** What of both sketches differs and must not, as `what: one's, the other's`; undefined where they can be one. */
export function differenceOf(one: SketchSetup, two: SketchSetup): string | undefined {
  const both: readonly (readonly [string, unknown, unknown])[] = [
    ['columns', one.d, two.d],
    ['f', one.f, two.f],
    ['certificate', one.certificate, two.certificate],
    ['factor', one.factor, two.factor],
    ['sample rate', one.sampleRate, two.sampleRate],
    ['sample size', one.sample?.size, two.sample?.size],
    ['seed', one.sample?.seed, two.sample?.seed],
    ['ridge', one.sample?.ridge, two.sample?.ridge],
    ['block rows', one.blockRows, two.blockRows],
    ['top', one.top, two.top],
    ['budget', one.budget, two.budget],
    ['id column', one.idColumn, two.idColumn],
  ];
  const names = differenceOfNames(one.columns, two.columns) ?? differenceOfMeans(one.columns, two.columns);
  if (names !== undefined) return names;
  const units = differenceOfUnits(one.columns, two.columns);
  if (units) return `column ${shownColumn(units.name)} holds ${units.units.join(' and ')}`;
  const different = both.find(([, mine, theirs]) => mine !== theirs);
  if (!different) return undefined;
  const spell = (value: unknown): string => (value === undefined ? 'none' : String(value));
  return `${different[0]} ${spell(different[1])} and ${spell(different[2])}`;
}

/** Reads the document of a universal set; every field is checked. */

import { dataError, LevattnError } from '../errors.js';
import { type Growth, parseFunction } from '../functions.js';
import { areMeans, areUnits, type ColumnNames } from '../rows/column-names.js';
import { MAX_COLUMNS } from '../rows/limits.js';
import type { MaskedRows } from '../rows/masked-rows.js';
import type { LewisSums, PrioritySample } from '../sketch/bounds/certificate.js';
import type { Best } from '../sketch/candidates/retention.js';
import type { Sampling } from '../sketch/sample/subsample.js';
import { damagedSet } from './damaged-set.js';
import { FORMAT, PACKED_VERSION, type UniversalSetHeader, VERSION } from './document.js';
import { decodeNumbers, unpackUpper } from './stored-numbers.js';

/**
 * Reads a document; every field is checked.
 * @param name - names the input in messages
 * @throws LevattnError where it is of another kind or version, or damaged
 */
export const decodeDocument = (text: string, name: string): UniversalSetHeader =>
  decodeFields(parseObject(text, name), name);

/** The same of a document that has been parsed. */
export function decodeFields(fields: Fields, name: string): UniversalSetHeader {
  if (fields.format !== FORMAT) {
    throw dataError(
      `${name}: holds ${show(fields.format)}, not a universal set; give one that levattn select-keys made`,
    );
  }
  if (fields.version !== VERSION && fields.version !== PACKED_VERSION) {
    throw dataError(
      `${name}: made by format version ${show(fields.version)}, this program reads ${VERSION} and ${PACKED_VERSION}: make U again or update levattn`,
    );
  }
  const check = <T>(key: string, accepts: (value: unknown) => value is T): T => {
    const value = fields[key];
    if (!accepts(value)) throw damagedSet(name, `${key} is ${show(value)}`);
    return value;
  };
  const n = check('n', isCount(Number.MAX_SAFE_INTEGER));
  const d = check('d', isCount(MAX_COLUMNS, 1));
  return {
    n,
    d,
    rank: check('rank', isCount(Math.min(n, d))),
    eps: check('eps', isShare),
    route: check('route', isOneOf('gram', 'stable')),
    delta: check('delta', isBound),
    resolution: check('resolution', isBound),
    rootError: check('rootError', isBound),
    skipped: check('skipped', isCount(n)),
    unresolved: check('unresolved', isCount(n)),
    missing: fields.missing === undefined ? undefined : check('missing', isString),
    masks: decodeMasks(fields.masks, n, name),
    columns: decodeColumns(fields.columns, d, name),
    idColumn: fields.idColumn === undefined ? undefined : check('idColumn', isString),
    dtype: check('dtype', isOneOf('float32', 'float64')),
    exponents: Int32Array.from(check('exponents', isExponents(d))),
    root:
      fields.version === PACKED_VERSION
        ? unpackUpper(decodeNumbers(check('rootUpper', isString), (d * (d + 1)) / 2, 'rootUpper', name), d)
        : decodeNumbers(check('root', isString), d * d, 'root', name),
    ...decodeFunction(fields, name),
    floor: check('floor', isShare),
    dropped: check('dropped', (value): value is number => isBound(value) && value <= 1),
    best: decodeBest(fields.best, name),
    lewis: decodeLewis(fields.lewis, d, name),
    sample: decodeSample(fields.sample, n, d, name),
    sampling: decodeSampling(fields.sampling, n, d, name),
  };
}

/** A JSON object. */
export function parseObject(text: string, name: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damagedSet(name, 'its metadata is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw damagedSet(name, 'its metadata is no JSON object');
  return value as Record<string, unknown>;
}

function decodeSampling(value: unknown, n: number, d: number, name: string): Sampling | undefined {
  if (value === undefined) return undefined;
  const { rate, rows, gram, squares } = fieldsOf(value, 'sampling', name);
  if (!isCount(Number.MAX_SAFE_INTEGER, 2)(rate)) throw damagedSet(name, `the sampling rate is ${show(rate)}`);
  if (!isCount(n)(rows)) throw damagedSet(name, `the sampled rows are ${show(rows)}`);
  if (!isString(gram) || !isString(squares)) throw damagedSet(name, 'sampling lacks its sums');
  return {
    rate,
    rows,
    gram: decodeNumbers(gram, d * d, 'sampling.gram', name),
    squares: decodeNumbers(squares, d, 'sampling.squares', name),
  };
}

/** What a JSON object holds. */
export type Fields = Readonly<Record<string, unknown>>;

/** The function by its name, which this program must know with the growth that U was made for. */
function decodeFunction({ f, growth }: Fields, name: string): { f: string; growth: Growth } {
  if (!isString(f)) throw damagedSet(name, `f is ${show(f)}`);
  let known: Growth | undefined;
  try {
    known = parseFunction(f).growth;
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    throw dataError(`${name}: made for f = ${show(f)}, which this program does not know; make U again for another`);
  }
  const [a, b] = Array.isArray(growth) ? growth : [];
  if (!known || known.a !== a || known.b !== b) throw damagedSet(name, `growth is ${show(growth)} for f = ${f}`);
  return { f, growth: known };
}

function decodeMasks(value: unknown, n: number, name: string): readonly MaskedRows[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw damagedSet(name, `masks is ${show(value)}`);
  let next = 0;
  return value.map((record) => {
    const { start, rows, masked, sha256 } = fieldsOf(record, 'a mask', name);
    const right =
      isCount(n, next)(start) &&
      isCount(n - start)(rows) &&
      isCount(rows)(masked) &&
      isString(sha256) &&
      /^[0-9a-f]{64}$/.test(sha256);
    if (!right) throw damagedSet(name, `a mask is ${show(record)}`);
    next = start + rows;
    return { start, rows, masked, sha256 };
  });
}

function decodeColumns(value: unknown, d: number, name: string): ColumnNames | undefined {
  if (value === undefined) return undefined;
  const { names, chosen, means, units } = fieldsOf(value, 'columns', name);
  const areNames = Array.isArray(names) && names.length === d && names.every(isString);
  if (!areNames || typeof chosen !== 'boolean' || !areMeans(means, d) || !areUnits(units, d)) {
    throw damagedSet(name, `columns is ${show(value)}`);
  }
  return { names, chosen, ...(means && { means }), ...(units && { units }) };
}

function decodeBest(value: unknown, name: string): Best | undefined {
  if (value === undefined) return undefined;
  const { top, exact } = fieldsOf(value, 'best', name);
  const count = top === undefined || isCount(Number.MAX_SAFE_INTEGER, 1)(top) ? top : null;
  if (count === null || typeof exact !== 'boolean') throw damagedSet(name, `best is ${show(value)}`);
  return { top: count, exact };
}

function decodeLewis(value: unknown, d: number, name: string): LewisSums | undefined {
  if (value === undefined) return undefined;
  const { p, root, sum, resolution } = fieldsOf(value, 'lewis', name);
  if (!isBound(p) || p === 0 || !isBound(sum) || !isBound(resolution) || !isString(root)) {
    throw damagedSet(name, `lewis is ${show(value)}`);
  }
  return { p, sum, resolution, root: decodeNumbers(root, d * d, 'lewis.root', name) };
}

function decodeSample(value: unknown, n: number, d: number, name: string): PrioritySample | undefined {
  if (value === undefined) return undefined;
  const { seed, size, threshold, index, weight, keys } = fieldsOf(value, 'sample', name);
  const count = isCount(Number.MAX_SAFE_INTEGER);
  if (!count(seed) || !count(size) || !isBound(threshold) || !isString(index) || !isString(weight) || !isString(keys)) {
    throw damagedSet(name, `sample is ${show(value)}`);
  }
  const items = Math.floor((index.length * 3) / 4 / 8);
  const sample = {
    seed,
    size,
    threshold,
    index: decodeNumbers(index, items, 'sample.index', name),
    weight: decodeNumbers(weight, items, 'sample.weight', name),
    keys: decodeNumbers(keys, items * d, 'sample.keys', name),
  };
  const row = isCount(n - 1);
  const rising = sample.index.every((at, i) => row(at) && (i === 0 || at > sample.index[i - 1]));
  if (items > size || !rising || !sample.weight.every((w) => w > 0)) {
    throw damagedSet(name, 'sample holds rows that are none');
  }
  return sample;
}

/** A value that must be an object. */
export function fieldsOf(value: unknown, what: string, name: string): Fields {
  if (typeof value !== 'object' || value === null) throw damagedSet(name, `${what} is ${show(value)}`);
  return value as Fields;
}

/** The longest value that a message repeats. */
const SHOWN = 60;

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

const isString = (value: unknown): value is string => typeof value === 'string';

const isBound = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** Of scores; where keys of score 1 were dropped, just above 1. */
const isShare = (value: unknown): value is number => isBound(value) && value > 0 && value <= 1 + 2 ** -52;

/** Whether a value is a whole number from `least` to `most`. */
export const isCount =
  (most: number, least = 0) =>
  (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

const isOneOf =
  <T extends string>(...known: readonly T[]) =>
  (value: unknown): value is T =>
    known.includes(value as T);

const isExponents =
  (d: number) =>
  (value: unknown): value is number[] =>
    Array.isArray(value) && value.length === d && value.every((e) => Number.isInteger(e) && e === (e | 0));

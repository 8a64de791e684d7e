/**
 * The JSON document in which a universal set travels with its keys, as metadata of the Arrow schema: everything but the
 * columns. Numbers read back to the same bits; the matrix is base64 of little-endian float64.
 */

import { dataError, type LevattnError, usageError } from '../../errors.js';
import { MAX_COLUMNS } from '../../matrix/limits.js';
import type { UniversalSet } from '../../sketch/universal-set.js';

/** The key of the document in the schema's metadata. */
export const DOCUMENT_KEY = 'levattn';

const FORMAT = 'levattn.universal-set';
const VERSION = 1;
/** f(x) = x^2. */
const FUNCTION = 'power:2';

/** The most columns: base64 of their matrix, 32 d^2 / 3 bytes, stays within the 64 MiB of metadata that the reader takes. */
const MAX_ROOT_COLUMNS = 2500;

/** A universal set without its columns. */
export type UniversalSetHeader = Omit<UniversalSet, 'index' | 'score' | 'keys'>;

/** Whether a document is one of a universal set, even if the rest of it is damaged. */
export const isDocument = (text: string): boolean => /"format"\s*:\s*"levattn\.universal-set"/.test(text);

/**
 * The document of a universal set.
 * @throws LevattnError where the matrix is too large for it
 */
export function encodeDocument(set: UniversalSet): string {
  const { n, d, rank, eps, route, delta, resolution, skipped, unresolved, dtype, exponents, root } = set;
  if (d > MAX_ROOT_COLUMNS) {
    throw usageError(
      `a universal set of ${d} columns does not fit into Arrow metadata, at most ${MAX_ROOT_COLUMNS} do; write it as npy or CSV, without its keys`,
    );
  }
  return JSON.stringify({
    format: FORMAT,
    version: VERSION,
    n,
    d,
    rank,
    eps,
    f: FUNCTION,
    route,
    delta,
    resolution,
    skipped,
    unresolved,
    dtype,
    exponents: [...exponents],
    root: Buffer.from(root.buffer, root.byteOffset, root.byteLength).toString('base64'),
  });
}

/** The error for a universal set that contradicts itself. */
export const damagedSet = (name: string, reason: string, cause?: unknown): LevattnError =>
  dataError(`${name}: damaged universal set: ${reason}; make it again with levattn select-keys`, cause);

/**
 * Reads a document; every field is checked.
 * @param name - names the input in messages
 * @throws LevattnError where it is of another kind or version, or damaged
 */
export function decodeDocument(text: string, name: string): UniversalSetHeader {
  const fields = parseObject(text, name);
  if (fields.format !== FORMAT) {
    throw dataError(
      `${name}: holds ${show(fields.format)}, not a universal set; give one that levattn select-keys made`,
    );
  }
  if (fields.version !== VERSION) {
    throw dataError(
      `${name}: made by format version ${show(fields.version)}, this program reads ${VERSION}: make U again or update levattn`,
    );
  }
  if (fields.f !== FUNCTION) {
    throw dataError(`${name}: made for f = ${show(fields.f)}, this program knows ${FUNCTION}; make U again for it`);
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
    eps: check('eps', (value): value is number => isBound(value) && value > 0 && value <= 1),
    route: check('route', isOneOf('gram', 'stable')),
    delta: check('delta', isBound),
    resolution: check('resolution', isBound),
    skipped: check('skipped', isCount(n)),
    unresolved: check('unresolved', isCount(n)),
    dtype: check('dtype', isOneOf('float32', 'float64')),
    exponents: Int32Array.from(check('exponents', isExponents(d))),
    root: decodeRoot(check('root', isString), d, name),
  };
}

function parseObject(text: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damagedSet(name, 'its metadata is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw damagedSet(name, 'its metadata is no JSON object');
  return value as Record<string, unknown>;
}

function decodeRoot(base64: string, d: number, name: string): Float64Array {
  const bytes = Buffer.from(base64, 'base64');
  // Characters outside the alphabet are passed over in silence when decoding; encoding again shows them.
  if (bytes.length !== 8 * d * d || bytes.toString('base64') !== base64) {
    throw damagedSet(name, `root is not ${d} x ${d} numbers in base64`);
  }
  const root = new Float64Array(d * d);
  new Uint8Array(root.buffer).set(bytes);
  if (!root.every(Number.isFinite)) throw damagedSet(name, 'root holds NaN or an infinity');
  return root;
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

const isCount =
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

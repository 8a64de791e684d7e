/**
 * Reads the fixtures: matrices, and answers computed by NumPy and exact arithmetic (fixtures/README.md).
 *
 * The .npy reading here is the test suite's own and shares nothing with src, so that a fault in one cannot hide in the
 * other. It knows what fixtures hold: version 1 headers, C order, little-endian float16/32/64 and int32, two dimensions.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FIXTURES = new URL('../../fixtures/', import.meta.url);
const SHARED_DATA = new URL('../../../shared/data/', import.meta.url);

/** A whole matrix in memory, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly d: number;
  /** rows * d entries; float16 and float32 are widened exactly. */
  readonly values: Float64Array;
}

/** [query, key, score], sorted by query, then by key. */
export type Entry = readonly [query: number, key: number, score: number];

/** What to expect at one eps. No score or entry lies within the margins (relative to eps) of eps. */
export interface Expectation {
  readonly eps: number;
  /** min over rows of |tau - eps| / eps */
  readonly margin: number;
  /** min over queries and keys of |A - eps| / eps */
  readonly entryMargin: number;
  /** rows with tau >= eps, ascending */
  readonly U: readonly number[];
  /** every A(q, j) = <q, k_j>^2 / sum_l <q, k_l>^2 that is >= eps */
  readonly entries: readonly Entry[];
}

/** fixtures/cases/NAME/expected.json; fixtures/README.md says more. */
export interface Expected {
  readonly name: string;
  readonly about: string;
  readonly dtype: 'float16' | 'float32' | 'float64';
  readonly n: number;
  readonly d: number;
  readonly queries: number;
  readonly rank: number;
  readonly rankKind: 'exact' | 'numerical rank';
  /** 2-norm condition number of the column-scaled K, over its non-zero singular values */
  readonly kappa: number;
  /** relative accuracy to expect of a float64 method that is based on QR */
  readonly tolerance: number;
  readonly sum_tau: number;
  /** queries that no key sees, but for rounding: they have no entries */
  readonly nullQueries: readonly number[];
  readonly eps: readonly number[];
  /** the leverage score of every row */
  readonly tau: readonly number[];
  readonly results: readonly Expectation[];
  /** planted: the planted rows */
  readonly planted?: readonly number[];
  /** duplicates, n-less-than-d-copies: which distinct row each row is a copy of */
  readonly rowSource?: readonly number[];
  /** sorted-down: the case whose rows these are in reverse order */
  readonly reverseOf?: string;
}

/** One case of fixtures/cases. */
export interface Case {
  readonly K: Matrix;
  readonly Q: Matrix;
  readonly expected: Expected;
  /** absolute paths of K.npy and Q.npy, for tests that start the program */
  readonly paths: { readonly K: string; readonly Q: string };
}

/** A list that may be too long to store: `all` of it, or its `first` and `last` rows. */
export interface StoredList<Row> {
  readonly count: number;
  /** sum of the scores */
  readonly sum: number;
  /** of the lines `index` or `query,key`, each ended by a newline */
  readonly sha256: string;
  readonly all?: readonly Row[];
  readonly first?: readonly Row[];
  readonly last?: readonly Row[];
}

/** fixtures/real/NAME.json: NumPy's answers for a real head, written with 12 digits. */
export interface RealExpected
  extends Pick<Expected, 'name' | 'n' | 'd' | 'queries' | 'rank' | 'kappa' | 'tolerance' | 'sum_tau' | 'eps'> {
  readonly results: readonly (Pick<Expectation, 'eps' | 'margin' | 'entryMargin'> & {
    readonly U: StoredList<readonly [index: number, score: number]>;
    readonly entries: StoredList<Entry>;
  })[];
}

const widenHalf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

const ELEMENTS: Record<string, { size: number; read: (view: DataView, at: number) => number }> = {
  '<f2': { size: 2, read: (view, at) => widenHalf(view.getUint16(at, true)) },
  '<f4': { size: 4, read: (view, at) => view.getFloat32(at, true) },
  '<f8': { size: 8, read: (view, at) => view.getFloat64(at, true) },
  '<i4': { size: 4, read: (view, at) => view.getInt32(at, true) },
};

/** The matrix in a .npy file; one dimension counts as one column. Throws on anything fixtures do not hold. */
export const loadMatrix = (path: string): Matrix => {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 8) !== '\x93NUMPY\x01\x00') throw new Error(`${path}: not a version 1 .npy file`);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const found = /'descr': '(...)', 'fortran_order': False, 'shape': \((\d+),(?: (\d+))?\)/.exec(header);
  const element = ELEMENTS[found?.[1] ?? ''];
  if (!found || !element) throw new Error(`${path}: unexpected header ${header}`);
  const rows = Number(found[2]);
  const d = Number(found[3] ?? 1);
  if (bytes.length !== start + rows * d * element.size) throw new Error(`${path}: unexpected length ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  return { rows, d, values: Float64Array.from({ length: rows * d }, (_, i) => element.read(view, i * element.size)) };
};

/** Absolute path of a file in fixtures/. */
export const fixturePath = (path: string): string => fileURLToPath(new URL(path, FIXTURES));

/** Names of all cases, sorted. */
export const listCases = (): string[] => readdirSync(new URL('cases/', FIXTURES)).sort();

/** One case by name. */
export const loadCase = (name: string): Case => {
  const paths = { K: fixturePath(`cases/${name}/K.npy`), Q: fixturePath(`cases/${name}/Q.npy`) };
  const expected = JSON.parse(readFileSync(fixturePath(`cases/${name}/expected.json`), 'utf8')) as Expected;
  return { K: loadMatrix(paths.K), Q: loadMatrix(paths.Q), expected, paths };
};

/** Names of the real heads, sorted. Their matrices are shared data: real-attention/NAME_k.npy and NAME_q.npy. */
export const listReal = (): string[] =>
  readdirSync(new URL('real/', FIXTURES))
    .map((file) => file.replace(/\.json$/, ''))
    .sort();

/** The answers for one real head; those of use-l0h0-long belong to fixtures/demo. */
export const loadReal = (name: string): RealExpected =>
  JSON.parse(readFileSync(fixturePath(`real/${name}.json`), 'utf8')) as RealExpected;

/**
 * Absolute path of a file or folder of the shared data, which lies beside the repository on some machines only;
 * undefined where it is absent.
 */
export const sharedData = (path: string): string | undefined => {
  const found = fileURLToPath(new URL(path, SHARED_DATA));
  return existsSync(found) ? found : undefined;
};

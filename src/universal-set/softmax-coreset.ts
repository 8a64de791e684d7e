/**
 * Coresets for softmax as a table, and back: columns `index`, `weight`, `key` and, where V was there, `value`, after those of heads; what
 * holds for each head stands in the schema's metadata. Reading checks every value.
 */

import type { Table } from 'apache-arrow';
import { dataError } from '../errors.js';
import { rowsOfHead, withHeads } from '../output/head-columns.js';
import type { Cells, TableBatch, TableSchema } from '../output/table.js';
import { DOCUMENT_KEY } from '../output/table.js';
import type { HeadChoice, QueryHead } from '../rows/heads/head-index.js';
import type { HeadShape } from '../rows/heads/layout.js';
import { type Placed, type PlacedThings, placedFor, placedOnly } from '../rows/heads/placed.js';
import type { Dtype } from '../rows/row-block.js';
import { collect, columnOf, numbersIn } from './table.js';

const FORMAT = 'levattn.softmax-coreset';
const VERSION = 1;

/** Values of a coreset. */
export interface CoresetValues {
  /** Columns of V. */
  readonly width: number;
  /** count x width: what each key adds to the sum of values. */
  readonly rows: Float64Array;
  /** The least and the largest of each column of V, which no output leaves. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Weighted keys of one head that stand for all of them. */
export interface SoftmaxCoreset {
  /** Keys of K that count, and its columns. */
  readonly n: number;
  readonly d: number;
  /** Multiplies every <q, k>. */
  readonly scale: number;
  /** How many at the beginning stand for themselves, with weight 1. */
  readonly exact: number;
  /** Queries that these were chosen by; where they are from, null where there are none. */
  readonly observed: number;
  readonly observedFrom: string | null;
  /** Of the draws of pivots. */
  readonly seed: number;
  /** Blocks of keys that pivots were chosen in; undefined: all keys at once. */
  readonly blocks?: number | undefined;
  /** Rows of K, count. */
  readonly index: Float64Array;
  /** Count; may be negative. */
  readonly weight: Float64Array;
  /** count x d. */
  readonly keys: Float64Array;
  readonly dtype: Dtype;
  readonly values: CoresetValues | undefined;
}

/** The coreset of one head. */
export interface HeadCoreset extends Placed {
  readonly coreset: SoftmaxCoreset;
}

/** Coresets of heads. */
export interface HeadCoresets {
  readonly shape: Pick<HeadShape, 'axes' | 'batch' | 'heads'>;
  readonly coresets: readonly HeadCoreset[];
}

/** What stands in the metadata of a head. */
type Facts = Omit<SoftmaxCoreset, 'index' | 'weight' | 'keys' | 'dtype' | 'values'> & {
  readonly place: HeadCoreset['place'];
  readonly of?: HeadCoreset['of'];
  readonly rows: number;
  readonly width: number | null;
  readonly low: readonly number[];
  readonly high: readonly number[];
};

/**
 * What the table looks like.
 * @throws LevattnError where heads differ in columns
 */
export function coresetsSchema({ shape, coresets }: HeadCoresets, name: string): TableSchema {
  const [{ coreset: first }] = coresets;
  const other = coresets.find(({ coreset: { d, values } }) => d !== first.d || values?.width !== first.values?.width);
  if (other) {
    throw dataError(
      `${name}: heads of ${first.d} and ${other.coreset.d} columns, which one table does not hold; choose a --layer`,
    );
  }
  const document = {
    format: FORMAT,
    version: VERSION,
    axes: shape.axes,
    batch: shape.batch,
    heads: shape.heads,
    d: first.d,
    dtype: first.dtype,
    coresets: coresets.map(({ place, of, coreset }): Facts => {
      const { index, weight: _, keys: __, dtype: ___, values, ...facts } = coreset;
      const { width = null, low = [], high = [] } = values ?? {};
      return { place, of, ...facts, rows: index.length, width, low: [...low], high: [...high] };
    }),
  };
  return withHeads(shape, {
    columns: [
      { name: 'index', type: 'uint64' },
      { name: 'weight', type: 'float64' },
      { name: 'key', type: 'list', of: first.dtype, size: first.d },
      ...(first.values ? [{ name: 'value', type: 'list', of: 'float64', size: first.values.width } as const] : []),
    ],
    metadata: new Map([[DOCUMENT_KEY, JSON.stringify(document)]]),
  });
}

/** The rows of the table, head by head. */
export const coresetsBatches = ({ shape, coresets }: HeadCoresets): TableBatch<Cells>[] =>
  coresets.map(({ place, coreset: { index, weight, keys, values } }) =>
    rowsOfHead(shape, place, {
      rows: index.length,
      columns: [index, weight, keys, ...(values ? [values.rows] : [])],
    }),
  );

/** Whether a schema's metadata say that the table holds coresets for softmax. */
export const holdsCoresets = (metadata: ReadonlyMap<string, string>): boolean =>
  /"format"\s*:\s*"levattn\.softmax-coreset"/.test(metadata.get(DOCUMENT_KEY) ?? '');

/**
 * The coresets in an Arrow table.
 * @param name - names the input in messages
 * @throws LevattnError where the table is damaged, or of another version
 */
export function coresetsFromTable(table: Table, name: string): HeadCoresets {
  const document = documentOf(table, name);
  const { axes, batch, heads, d, dtype, coresets } = document;
  const items = dtype === 'float32' ? 'Float32' : 'Float64';
  const index = numbersIn(table, 'index', name);
  const weight = collect(columnOf(table, 'weight', 'Float64', name), 1, ({ values }) => values, name);
  const keys = listIn(table, 'key', d, items, name);
  const width = coresets[0]!.width;
  const values = width === null ? undefined : listIn(table, 'value', width, 'Float64', name);
  let from = 0;
  const found = coresets.map(({ place, of, rows, low, high, width: own, ...facts }): HeadCoreset => {
    const to = from + rows;
    const coreset: SoftmaxCoreset = {
      ...facts,
      index: index.subarray(from, to),
      weight: weight.subarray(from, to),
      keys: keys.subarray(from * d, to * d),
      dtype,
      values: values && {
        width: own!,
        rows: values.subarray(from * own!, to * own!),
        low: Float64Array.from(low),
        high: Float64Array.from(high),
      },
    };
    from = to;
    checkRows(coreset, name);
    return { place, of, coreset };
  });
  if (from !== index.length) throw damaged(name, `${index.length} rows where its metadata tell of ${from}`);
  return { shape: { axes, batch, heads }, coresets: found };
}

/** The coreset that queries at a target need, or the only one. */
export function coresetFor(
  { shape, coresets }: HeadCoresets,
  target: QueryHead | undefined,
  choice: HeadChoice,
  name: string,
): SoftmaxCoreset {
  const things: PlacedThings<HeadCoreset> = { shape, items: coresets, noun: 'coreset', nouns: 'coresets' };
  return (target ? placedFor(things, target, name) : placedOnly(things, choice, name)).coreset;
}

interface Document extends Pick<HeadShape, 'axes' | 'batch' | 'heads'> {
  readonly d: number;
  readonly dtype: Dtype;
  readonly coresets: readonly Facts[];
}

function documentOf(table: Table, name: string): Document {
  let found: Partial<Document> & { readonly version?: unknown };
  try {
    found = JSON.parse(table.schema.metadata.get(DOCUMENT_KEY)!);
  } catch {
    throw damaged(name, 'metadata that are no JSON');
  }
  if (found.version !== VERSION) {
    throw dataError(`${name}: a coreset of version ${found.version}, which this program does not know; update it`);
  }
  const { axes, batch, heads, d, dtype, coresets } = found;
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  const whole =
    Array.isArray(axes) &&
    Array.isArray(coresets) &&
    coresets.length > 0 &&
    [batch, heads, d].every((value) => isCount(value) && value !== 0) &&
    (dtype === 'float32' || dtype === 'float64') &&
    coresets.every(
      (one: Facts) =>
        isCount(one.rows) &&
        isCount(one.n) &&
        isCount(one.exact) &&
        one.d === d &&
        one.scale > 0 &&
        one.width === coresets[0].width &&
        (one.width === null || (isCount(one.width) && one.width > 0)) &&
        typeof one.place === 'object' &&
        [one.low, one.high].every((bound) => Array.isArray(bound) && bound.length === (one.width ?? 0)),
    );
  if (!whole) throw damaged(name, 'metadata that are not those of one');
  return found as Document;
}

const listIn = (table: Table, column: string, size: number, items: string, name: string): Float64Array =>
  collect(
    columnOf(table, column, `FixedSizeList[${size}]<${items}>`, name),
    size,
    (data) => data.children[0]?.values,
    name,
  );

function checkRows({ n, index, weight, keys, values }: SoftmaxCoreset, name: string): void {
  const bad = index.find((row) => !(row >= 0 && Number.isSafeInteger(row)));
  if (bad !== undefined || index.length > n) throw damaged(name, `${index.length} rows of ${n}, or row ${bad}`);
  for (const [what, numbers] of Object.entries({ weight, key: keys, value: values?.rows ?? weight })) {
    const at = numbers.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw damaged(name, `a ${what} of ${numbers[at]}`);
  }
}

const damaged = (name: string, what: string): Error =>
  dataError(`${name}: a damaged coreset, with ${what}; make it again with levattn coreset --for softmax`);

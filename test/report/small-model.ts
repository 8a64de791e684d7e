/** A small model for tests of pages: layers of grouped queries, the last layer with padding, and output errors that a formula gives. */

import { measureHead } from '../../src/report/measure-head.js';
import type { HeadReport } from '../../src/report/model.js';
import { blocksOf, type Rows } from '../entries/exact/brute-force.js';
import { hold, makeRows } from './heads.js';
import { rowsThat } from './plain-loops.js';

export const LAYERS = 3;
export const HEADS = 4;
const KEY_HEADS = 2;
export const EPS = 0.08;
const ROWS = 160;
const PADDED_LAYER = 2;
/** Padding on both sides of the tokens. */
const isToken = (row: number): boolean => row >= 30 && row < 130;

/** One head, with the usable rows. */
export interface ModelHead {
  readonly layer: number;
  readonly head: number;
  readonly K: Rows;
  readonly Q: Rows;
  readonly report: HeadReport;
}

/** An output error for tests, which differs between heads. */
export const errorOf = (layer: number, head: number, k: number): number => (40 * layer + 10 * head + 211 / k) / 100;

/** All heads. */
export async function makeModel(): Promise<ModelHead[]> {
  const heads: ModelHead[] = [];
  for (let layer = 0; layer < LAYERS; layer++) {
    for (let head = 0; head < HEADS; head++) heads.push(await makeHead(layer, head, heads.at(-1)?.report));
  }
  return heads;
}

async function makeHead(layer: number, head: number, before: HeadReport | undefined): Promise<ModelHead> {
  const keyHead = Math.floor((head * KEY_HEADS) / HEADS);
  const all = makeRows(ROWS, 6, 10 * layer + keyHead, 3 + layer);
  const queries = makeRows(ROWS, 6, 100 + 10 * layer + head, 2 + head);
  const padded = layer === PADDED_LAYER;
  const counts = (row: number): boolean => !padded || isToken(row);
  const mask = Uint8Array.from({ length: ROWS }, (_, row) => (counts(row) ? 1 : 0));
  // Padding comes as zeros.
  const keys = { ...all, values: all.values.map((value, at) => (counts(Math.floor(at / 6)) ? value : 0)) };
  const [K, Q] = [rowsThat(all, counts, ROWS), rowsThat(queries, counts, ROWS)];
  const index = Float64Array.from({ length: ROWS }, (_, row) => row).filter(counts);
  const keyPlace = { layer, head: keyHead };
  const report = await measureHead(
    {
      label: `${layer},${head}`,
      place: { layer, head },
      keyPlace,
      sameKeys: before?.keyPlace?.layer === layer && before.keyPlace.head === keyHead ? before : undefined,
      keys: () => blocksOf(keys),
      mask: padded ? mask : undefined,
      queries: { ...hold(Q), n: ROWS, index, padding: ROWS - Q.rows },
    },
    { eps: EPS, heads: LAYERS * HEADS },
  );
  return { layer, head, K, Q, report: withErrors(report, layer, head) };
}

function withErrors(report: HeadReport, layer: number, head: number): HeadReport {
  const coverage = report.coverage!;
  const functions = coverage.functions.map((own) => ({
    ...own,
    coverage: own.coverage.map((row) => ({
      ...row,
      errorMedian: errorOf(layer, head, row.k),
      errorMean: 1.5 * errorOf(layer, head, row.k),
    })),
  }));
  return { ...report, coverage: { ...coverage, functions } };
}

/**
 * Heavy entries of keys with padding, by every way there is, held to brute force over the keys that count: the fault was that U and
 * sketches did not know their mask, so that padding was summed when entries were certified.
 */

import { describe, expect, test } from 'vitest';
import { causalEntries } from '../../src/entries/causal/causal-entries.js';
import { certifiedEntries } from '../../src/entries/certified/certify.js';
import type { EntryBatch } from '../../src/entries/entry-batch.js';
import { exactHeavyEntries } from '../../src/entries/exact/exact-heavy-entries.js';
import { heavyEntries } from '../../src/entries/past-set/heavy-entries.js';
import { parseFunction } from '../../src/functions.js';
import { maskedIn, maskedRows } from '../../src/rows/masked-rows.js';
import type { MatrixReader } from '../../src/rows/row-block.js';
import { rowBlocks, StackedRows } from '../../src/rows/stacked-rows.js';
import type { RunOptions } from '../../src/sketch/run-sketch.js';
import { selectKeys } from '../../src/sketch/select-keys.js';
import type { UniversalSet } from '../../src/sketch/universal-set.js';
import { mergeSketchFiles, selectFromSketch, sketchKeys } from '../../src/sketch-file/api.js';
import { temporaryFolder } from '../support/files.js';
import { KEYS, MASK, MASKED, open, QUERIES } from '../support/masked.js';
import { collect, expectEntries, type Question, scoresOf } from './exact/brute-force.js';

const folder = temporaryFolder();

const QUESTIONS = [
  ['power:2', 0.03],
  ['power:4', 0.05],
  ['power:1', 0.01],
  ['huber:1', 0.015],
] as const;

async function* several(...readers: Promise<MatrixReader>[]): AsyncGenerator<MatrixReader> {
  for (const reader of readers) yield await reader;
}

const stacked = (from = 0, to = KEYS.rows): StackedRows => new StackedRows(several(open(KEYS, MASK, from, to)));

/** Rows of the first part of two, and the rows that all parts weigh others by. */
const FIRST = 90;
const PILOT = KEYS.values.slice(0, 64 * KEYS.d);

/** U by every way that leads to one. */
const WAYS: Readonly<Record<string, (options: RunOptions) => Promise<UniversalSet>>> = {
  'select-keys': (options) => selectKeys(stacked(), options),
  'select-keys of blocks': async (options) => selectKeys(rowBlocks(await open(KEYS, MASK)), options),
  'a .lev': async (options) => {
    const path = folder.at('one.lev');
    await sketchKeys(path, stacked(), { start: 0 }, options);
    return selectFromSketch(path);
  },
  'a .lev of two parts': async (options) => {
    const paths = [folder.at('first.lev'), folder.at('second.lev')] as const;
    const sampled = { ...options, sample: { pilot: PILOT } };
    await sketchKeys(paths[1], stacked(FIRST), { start: FIRST }, sampled);
    await sketchKeys(paths[0], stacked(0, FIRST), { start: 0 }, sampled);
    await mergeSketchFiles(folder.at('both.lev'), [...paths].reverse());
    return selectFromSketch(folder.at('both.lev'));
  },
  'a .lev of two shards': async (options) => {
    const paths = [folder.at('shard-1.lev'), folder.at('shard-2.lev')] as const;
    await sketchKeys(paths[0], stacked(0, FIRST), { shard: 1, of: 2 }, options);
    await sketchKeys(paths[1], stacked(FIRST), { shard: 2, of: 2 }, options);
    await mergeSketchFiles(folder.at('shards.lev'), [...paths].reverse());
    return selectFromSketch(folder.at('shards.lev'));
  },
};

const ask = (name: string, eps: number, sees = (_i: number, _j: number): boolean => true): Question => ({
  K: KEYS,
  Q: QUERIES,
  f: parseFunction(name),
  eps,
  sees: (i, j) => MASK[i] !== 0 && MASK[j] !== 0 && sees(i, j),
});

const queries = async (): Promise<ReturnType<typeof rowBlocks>> => rowBlocks(await open(QUERIES, MASK));

/** Entries with bounds: every heavy one is there, every score lies within, and nothing is of padding. */
async function expectBounded(batches: AsyncIterable<EntryBatch>, question: Question): Promise<void> {
  const found = new Map<string, readonly [number, number]>();
  for await (const { count, query, key, bounds } of batches) {
    for (let i = 0; i < count; i++) found.set(`${query[i]} ${key[i]}`, [bounds!.lower[i], bounds!.upper[i]]);
  }
  const wrong: string[] = [];
  let heavy = 0;
  for (let i = 0; i < QUERIES.rows; i++) {
    for (const [j, score] of scoresOf(question, i).entries()) {
      const bounds = found.get(`${i} ${j}`);
      found.delete(`${i} ${j}`);
      if (score >= question.eps) heavy++;
      if (!bounds && score >= question.eps * (1 + 1e-9)) wrong.push(`query ${i}, key ${j}: missing`);
      if (!bounds) continue;
      const [lower, upper] = [bounds[0] * (1 - 1e-9), bounds[1] * (1 + 1e-9)];
      if (MASK[i] === 0 || MASK[j] === 0) wrong.push(`query ${i}, key ${j}: padding`);
      else if (!(lower <= score && score <= upper && upper >= question.eps)) wrong.push(`query ${i}, key ${j}: bounds`);
    }
  }
  expect(wrong).toEqual([]);
  expect(found.size).toBe(0);
  expect(heavy).toBeGreaterThan(100);
}

describe.each(QUESTIONS)('%s', (name, eps) => {
  const options = { f: parseFunction(name), eps };

  // Shards number the rows of the parts, by which a sample would be drawn: they are for x^2 alone.
  const ways = Object.keys(WAYS).filter((way) => name === 'power:2' || !way.includes('shards'));

  test.each(ways)('from %s, not certified', async (way) => {
    const batches = heavyEntries(await WAYS[way]!(options), await queries());
    if (name === 'power:2') expectEntries(await collect(batches), ask(name, eps), 1e-9);
    else await expectBounded(batches, ask(name, eps));
  });

  test.each(name === 'power:2' ? [] : ways)('from %s, certified', async (way) => {
    const keys = async () => rowBlocks(await open(KEYS, MASK));
    const found: [number, number, number][] = [];
    for await (const { count, query, key, score, bounds } of certifiedEntries(
      await WAYS[way]!(options),
      await queries(),
      { keys },
    )) {
      for (let i = 0; i < count; i++) {
        // Queries without a doubt keep the bounds of their entries.
        const sure = bounds!.lower[i] === bounds!.upper[i];
        found.push([query[i]!, key[i]!, sure ? score[i]! : scoresOf(ask(name, eps), query[i]!)[key[i]!]!]);
      }
    }
    expectEntries(found, ask(name, eps), 1e-9);
  });

  test('causal', async () => {
    const batches = causalEntries(rowBlocks(await open(KEYS, MASK)), await queries(), { ...options, blockRows: 64 });
    const question = ask(name, eps, (i, j) => j <= i);
    if (name === 'power:2') expectEntries(await collect(batches), question, 1e-9);
    else await expectBounded(batches, question);
  });

  test.each([false, true])('exact, causal: %s', async (causal) => {
    const keys = async () => new StackedRows(several(open(KEYS, undefined)));
    const batches = exactHeavyEntries({ ...options, keys, queries: await queries(), mask: MASK, causal });
    expectEntries(
      await collect(batches),
      ask(name, eps, (i, j) => !causal || j <= i),
      1e-9,
    );
  });
});

test('softmax: a query of padding has no entries, though a query of zeros would attend to all keys alike', async () => {
  const keys = async () => new StackedRows(several(open(KEYS, undefined)));
  const f = parseFunction('softmax');
  const batches = exactHeavyEntries({ f, eps: 0.004, keys, queries: await queries(), mask: MASK });
  expectEntries(await collect(batches), ask('softmax', 0.004), 1e-5);
});

describe('what U remembers of its mask', () => {
  test.each(Object.keys(WAYS))('by way of %s', async (way) => {
    const { masks, n } = await WAYS[way]!({ eps: 0.05 });
    const parts = way.includes('two') ? [MASK.slice(0, FIRST), MASK.slice(FIRST)] : [MASK];
    expect(masks).toEqual(parts.map((part, i) => maskedRows(part, i * FIRST)));
    expect([maskedIn(masks), n]).toEqual([MASKED, KEYS.rows]);
  });

  test('nothing, where there is none', async () => {
    const set = await selectKeys(new StackedRows(several(open(KEYS, undefined, 0, 200))), { eps: 0.05 });
    expect(set.masks).toBeUndefined();
  });
});

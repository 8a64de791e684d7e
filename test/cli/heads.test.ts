/** Arrays of heads, held to what NumPy finds head by head (fixtures/heads). */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { openMatrix } from '../../src/formats/open.js';
import { temporaryFolder } from '../support/files.js';
import { ANSWERS, headFile, KEY_FILES } from '../support/heads.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, type Outcome, shell } from '../support/program.js';
import { expectRows, fromArrow, fromCsv } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const { eps, shape } = ANSWERS;
const EPS = ['--eps', String(eps)];
const K = headFile('K-bhnd.npy');
const Q = headFile('Q-bhnd.npy');
const V = headFile('V-bhnd.npy');
const MASK = headFile('mask.npy');
const TOLERANCE = 1e-9;

const succeed = async (args: readonly string[], stdin?: Uint8Array): Promise<Outcome> => {
  const outcome = await run(args, stdin && { stdin });
  expect(outcome.stderr).toBe('');
  expect(outcome.code).toBe(0);
  return outcome;
};

const csv = async (args: readonly string[], stdin?: Uint8Array) =>
  fromCsv((await succeed([...args, '--format', 'csv'], stdin)).stdout);

const flags = (options: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** Rows of one example, without its number. */
const firstExample = (rows: readonly (readonly number[])[]): number[][] =>
  rows.filter(([batch]) => batch === 0).map((row) => row.slice(1));

const U = folder.at('U.arrow');

describe('select-keys', () => {
  test.each(KEY_FILES)('$file', async ({ file, options, batch }) => {
    const found = await csv(['select-keys', ...EPS, headFile(file), ...flags(options)]);
    expect(found.columns).toEqual([...(batch === 2 ? ['batch'] : []), 'head', 'index', 'score']);
    expectRows(found, batch === 2 ? ANSWERS.sets : firstExample(ANSWERS.sets), TOLERANCE);
  });

  test.each(KEY_FILES.filter(({ file }) => file !== 'K.npz'))('$file from a pipe', async ({ file, options, batch }) => {
    const found = await csv(['select-keys', ...EPS, ...flags(options)], readFileSync(headFile(file)));
    expectRows(found, batch === 2 ? ANSWERS.sets : firstExample(ANSWERS.sets), TOLERANCE);
  });

  test('an index for NumPy: K[tuple(U.T)]', async () => {
    await succeed(['select-keys', ...EPS, K, '-o', folder.at('U.npy')]);
    const bytes = readFileSync(folder.at('U.npy'));
    const start = 10 + bytes.readUInt16LE(8);
    expect(bytes.toString('latin1', 10, start)).toContain(`'shape': (${ANSWERS.sets.length}, 3)`);
    const numbers = Array.from({ length: 3 * ANSWERS.sets.length }, (_, i) =>
      Number(bytes.readBigInt64LE(start + 8 * i)),
    );
    expect(numbers).toEqual(ANSWERS.sets.flatMap((row) => row.slice(0, 3)));
  });

  test('some heads, some examples', async () => {
    const one = await csv(['select-keys', ...EPS, K, '--head', '1', '--batch', '0:1']);
    expect(one.columns).toEqual(['batch', 'head', 'index', 'score']);
    expectRows(
      one,
      ANSWERS.sets.filter(([batch, head]) => batch === 0 && head === 1),
      TOLERANCE,
    );
  });

  test('padding belongs to no set', async () => {
    for (const file of ['K-bhnd.npy', 'K-bnhd.npy']) {
      const layout = file === 'K-bnhd.npy' ? ['--layout', 'bnhd'] : [];
      const found = await csv(['select-keys', ...EPS, headFile(file), ...layout, '--mask', MASK]);
      expectRows(found, ANSWERS.maskedSets, TOLERANCE);
    }
  });

  test('other functions have a set for each head, too', async () => {
    const found = await csv(['select-keys', ...EPS, '--f', 'power:4', '--passes', '2', K]);
    expect(new Set(found.rows.map(([batch, head]) => `${batch} ${head}`)).size).toBe(4);
  });

  test('a sketch of one head knows which it is of', async () => {
    const lev = folder.at('K.lev');
    await succeed(['sketch', ...EPS, K, '--batch', '1', '--head', '0', '-o', lev]);
    const found = await csv(['select-keys', lev]);
    expectRows(
      found,
      ANSWERS.sets.filter(([batch, head]) => batch === 1 && head === 0),
      TOLERANCE,
    );
  });
});

describe('heavy', () => {
  test('from K, from U, and both on standard input', async () => {
    await succeed(['select-keys', ...EPS, K, '-o', U]);
    const fromK = await csv(['heavy', ...EPS, '--keys', K, Q]);
    expect(fromK.columns).toEqual(['batch', 'head', 'query', 'key', 'score']);
    expectRows(fromK, ANSWERS.entries, TOLERANCE);
    expectRows(await csv(['heavy', '--keys', U, Q]), ANSWERS.entries, TOLERANCE);
    const piped = await shell(
      `cat ${U} ${Q} | levattn heavy --format csv; cat ${K} ${Q} | levattn heavy ${EPS.join(' ')} --format csv`,
    );
    const text = piped.stdout.toString();
    expect(text.split('batch,head,query,key,score\n').slice(1)).toHaveLength(2);
    for (const part of text.split('batch,head,query,key,score\n').slice(1)) {
      expectRows(fromCsv(`batch,head,query,key,score\n${part}`), ANSWERS.entries, TOLERANCE);
    }
  });

  test('any order of axes', async () => {
    const bnhd = ['--layout', 'bnhd'];
    const found = await csv(['heavy', ...EPS, ...bnhd, '--keys', headFile('K-bnhd.npy'), headFile('Q-bnhd.npy')]);
    expectRows(found, ANSWERS.entries, TOLERANCE);
    const piped = await run(['heavy', ...EPS, ...bnhd, '--keys', headFile('K-bnhd.npy')], {
      stdin: readFileSync(headFile('Q-bnhd.npy')),
    });
    expect([piped.code, errorLine(piped)]).toEqual([65, expect.stringMatching(/heads lie side by side.*as a file/)]);
    const one = await csv(
      ['heavy', ...EPS, ...bnhd, '--keys', headFile('K-bnhd.npy'), '--head', '3', '--batch', '1'],
      readFileSync(headFile('Q-bnhd.npy')),
    );
    expectRows(
      one,
      ANSWERS.entries.filter(([batch, head]) => batch === 1 && head === 3),
      TOLERANCE,
    );
  });

  test('one example: no column of the batch', async () => {
    const found = await csv(['heavy', ...EPS, '--keys', headFile('K-hnd.npy'), headFile('Q-hnd.npy')]);
    expect(found.columns).toEqual(['head', 'query', 'key', 'score']);
    expectRows(found, firstExample(ANSWERS.entries), TOLERANCE);
  });

  test('softmax, exactly', async () => {
    const found = await csv(['heavy', ...EPS, '--f', 'softmax', '--keys', K, Q]);
    expectRows(found, ANSWERS.softmax, 1e-5);
    const masked = await csv(['heavy', ...EPS, '--f', 'softmax', '--mask', MASK, '--keys', K, Q]);
    expectRows(masked, ANSWERS.maskedSoftmax, 1e-5);
  });

  test('padding receives nothing and counts for nothing', async () => {
    expectRows(await csv(['heavy', ...EPS, '--mask', MASK, '--keys', K, Q]), ANSWERS.maskedEntries, TOLERANCE);
    const late = await run(['heavy', '--keys', U, '--mask', MASK, Q]);
    expect([late.code, errorLine(late)]).toEqual([64, expect.stringMatching(/made without --mask/)]);
  });

  test('what each key receives, by head', async () => {
    const stats = folder.at('stats.csv');
    await succeed(['heavy', ...EPS, '--keys', U, Q, '--stats', stats, '-o', folder.at('e.arrow')]);
    const { columns, rows } = fromCsv(readFileSync(stats));
    expect(columns).toEqual(['batch', 'head', 'key', 'max_score', 'heavy']);
    expect(rows.reduce((sum, row) => sum + row[4]!, 0)).toBe(ANSWERS.entries.length);
    expectRows(fromArrow(readFileSync(folder.at('e.arrow'))), ANSWERS.entries, TOLERANCE);
  });

  test('heads that do not fit together', { tags: ['slow'] }, async () => {
    const fails = async (args: readonly string[]): Promise<string> => {
      const outcome = await run([...args, '--format', 'csv']);
      expect(outcome.code).toBe(65);
      return errorLine(outcome);
    };
    expect(await fails(['heavy', '--keys', Q, K])).toMatch(/4 heads for 2 heads of queries/);
    await succeed(['select-keys', ...EPS, K, '-o', U]);
    expect(await fails(['heavy', '--keys', U, headFile('Q-hnd.npy')])).toMatch(/2 examples where the queries have 1/);
    await succeed(['select-keys', ...EPS, K, '--head', '0', '-o', folder.at('U0.arrow')]);
    expect(await fails(['heavy', '--keys', folder.at('U0.arrow'), Q])).toMatch(/no universal set of batch 0, head 1/);
    expect(await fails(['heavy', '--keys', K, headFile('K-columns.npy')])).toMatch(/universal sets of 4 heads/);
  });
});

describe('scores, attend, coverage, verify, convert, inspect', () => {
  test('scores as an array of all heads', async () => {
    const out = folder.at('scores.npy');
    await succeed(['scores', headFile('K-bnhd.npy'), '--layout', 'bnhd', '-o', out]);
    const bytes = readFileSync(out);
    const start = 10 + bytes.readUInt16LE(8);
    expect(bytes.toString('latin1', 10, start)).toContain(`'shape': (2, 2, ${shape.n})`);
    for (const [i, expected] of ANSWERS.scores.flat().entries()) {
      expect(Math.abs(bytes.readDoubleLE(start + 8 * i) - expected)).toBeLessThan(1e-12);
    }
    const table = await csv(['scores', K, '--head', '1', '--sketch', U]);
    expect(table.columns).toEqual(['batch', 'head', 'row', 'score']);
    expect(table.rows).toHaveLength(2 * shape.n);
  });

  test('attend writes the outputs of all heads', async () => {
    const out = folder.at('O.npy');
    await succeed(['attend', Q, '--keys', U, '--values', V, '-o', out]);
    const { queryHeads, queries, width } = shape;
    const header = readFileSync(out).toString('latin1', 0, 128);
    expect(header).toContain(`'shape': (2, ${queryHeads}, ${queries}, ${width})`);
    for (const [i, expected] of ANSWERS.outputs.entries()) {
      const target = { batch: Math.floor(i / queryHeads), head: i % queryHeads, of: { batch: 2, heads: queryHeads } };
      const reader = await openMatrix(await openBytes(out), { target });
      const values = new Float32Array(queries * width);
      expect(await reader.read(values, queries)).toBe(queries);
      await reader.close();
      for (const [at, value] of expected.entries()) expect(Math.abs(values[at]! - value)).toBeLessThan(1e-6);
    }
    const compared = await succeed(['attend', Q, '--keys', U, '--values', V, '--compare', K, '--json']);
    const { heads } = JSON.parse(compared.stdout.toString()) as { heads: Record<string, number>[] };
    expect(heads.map(({ batch, head, queries: count }) => [batch, head, count])).toEqual(
      Array.from({ length: 8 }, (_, i) => [Math.floor(i / 4), i % 4, queries]),
    );
  });

  test('coverage counts the entries of each head', async () => {
    const text = await succeed(['coverage', Q, '--keys', K, ...EPS, '--f', 'power:2', '--k', '4', '--json']);
    const { heads } = JSON.parse(text.stdout.toString()) as {
      heads: { batch: number; head: number; functions: { entries: number }[] }[];
    };
    for (const { batch, head, functions } of heads) {
      const expected = ANSWERS.entries.filter(([b, h]) => b === batch && h === head).length;
      expect(functions[0]!.entries).toBe(expected);
    }
    expect(heads).toHaveLength(8);
    const table = await run(['coverage', Q, '--keys', K, '--k', '4', '-o', folder.at('c.csv'), '--mask', MASK]);
    expect([table.code, table.stderr]).toEqual([0, '']);
    expect(readFileSync(folder.at('c.csv'), 'utf8')).toMatch(/^batch,head,f,n,queries,eps,universal,selection,k,/);
  });

  test('verify finds nothing wrong, and a missing entry', async () => {
    const entries = folder.at('entries.csv');
    await succeed(['heavy', '--keys', U, Q, '-o', entries]);
    const args = ['verify', Q, '--keys', K, '--set', U, '--entries', entries, '--json'];
    const { heads } = JSON.parse((await succeed(args)).stdout.toString()) as { heads: { ok: boolean }[] };
    expect(heads.map(({ ok }) => ok)).toEqual(Array<boolean>(8).fill(true));
    const [header, first, ...rest] = readFileSync(entries, 'utf8').split('\n');
    const [batch, head, query, key] = first!.split(',');
    folder.write('entries.csv', [header, ...rest].join('\n'));
    const outcome = await run(args.slice(0, -1));
    expect(outcome.code).toBe(2);
    expect(errorLine(outcome)).toContain(`batch ${batch}, head ${head}: the entries lack query ${query}, key ${key}`);
  });

  test('convert: bfloat16 heads as a float32 array', async () => {
    const out = folder.at('K.npy');
    await succeed(['convert', headFile('K.safetensors'), '-o', out]);
    expect(readFileSync(out).equals(readFileSync(K))).toBe(true);
    await succeed(['convert', headFile('K-bnhd.npy'), '--layout', 'bnhd', '-o', folder.at('K2.npy')]);
    expect(readFileSync(folder.at('K2.npy')).equals(readFileSync(K))).toBe(true);
    expect(errorLine(await run(['convert', K, '-o', folder.at('K.ndjson')]))).toMatch(/NDJSON holds rows alone/);
  });

  test('inspect says how many there are', async () => {
    const described = JSON.parse((await succeed(['inspect', headFile('K.safetensors'), '--json'])).stdout.toString());
    expect(described.matrix).toMatchObject({ n: 60, d: 4, heads: { axes: ['batch', 'head'], batch: 2, heads: 2 } });
    const sets = JSON.parse((await succeed(['inspect', U, '--json'])).stdout.toString()).universalSets;
    expect(sets.map(({ batch, head, size }: Record<string, number>) => [batch, head, size])).toEqual(
      [0, 1].flatMap((batch) =>
        [0, 1].map((head) => [batch, head, ANSWERS.sets.filter(([b, h]) => b === batch && h === head).length]),
      ),
    );
    expect((await succeed(['inspect', K])).stdout.toString()).toContain(
      'batch of 2 x 2 heads, each 60 rows x 4 columns',
    );
  });
});

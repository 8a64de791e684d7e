/** Ids of keys through the program: what U and entries call a key is what the file calls that row. */

import { readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { fixturePath, loadMatrix, sharedData } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine, shell } from '../support/program.js';
import { fromCsv } from './answers.js';

const run = runnerInTurn();

const ROWS = 600;
const EPS = '0.05';
/** Few entries of a head are larger. */
const HEAVY = '0.02';
const folder = temporaryFolder();
const matrix = rowsOf(loadMatrix(fixturePath('demo/K.npy')), 0, ROWS);
const K = folder.write('K.npy', npyFrom(matrix));
const Q = folder.write('Q.npy', npyFrom(rowsOf(loadMatrix(fixturePath('demo/Q.npy')), 0, 300)));

/** What the tests call row `i`: text that has to be quoted, of one byte or more a character, and no order in it. */
const nameOf = (i: number): string => `${(i * 7919) % ROWS}, "é" #${i}`;
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const rowText = (i: number): string => matrix.values.subarray(i * matrix.d, (i + 1) * matrix.d).join(',');
const header = `name,${Array.from({ length: matrix.d }, (_, j) => `k${j}`).join(',')}\n`;
const csvRows = (from: number, to: number, name: (i: number) => string): string =>
  Array.from({ length: to - from }, (_, i) => `${name(from + i)},${rowText(from + i)}\n`).join('');
const PLAIN = folder.write('plain.csv', header + csvRows(0, ROWS, (i) => `row-${i}`));
const QUOTED = folder.write('quoted.csv', header + csvRows(0, ROWS, (i) => quoted(nameOf(i))));

const ok = async (...args: string[]) => {
  const outcome = await run(args);
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
  return outcome.stdout;
};

/** The columns of an Arrow table, by the apache-arrow library. */
const columnsOf = (bytes: Uint8Array): Record<string, unknown[]> => {
  const table = tableFromIPC(bytes);
  return Object.fromEntries(table.schema.names.map((name) => [name, [...table.getChild(String(name))!]]));
};

const typesOf = (bytes: Uint8Array): string[] =>
  tableFromIPC(bytes).schema.fields.map(({ name, type }) => `${name} ${type}`);

describe.concurrent('U', () => {
  test('from CSV: the same keys as without, each with its name', async () => {
    const [named, bare] = await Promise.all([
      ok('select-keys', '--eps', EPS, '--id-column', 'name', QUOTED),
      ok('select-keys', '--eps', EPS, K),
    ]);
    expect(typesOf(named)).toEqual([
      'index Uint64',
      'id Utf8',
      'score Float64',
      `key FixedSizeList[${matrix.d}]<Float64>`,
    ]);
    const U = columnsOf(named);
    expect(U.index).toEqual(columnsOf(bare).index);
    expect(U.index!.length).toBeGreaterThan(10);
    expect(U.id).toEqual(U.index!.map((row) => nameOf(Number(row))));
  });

  test.each([
    ['--top 40', '1'],
    ['--top 40', '3'],
    ['--top 40 --passes 2', '3'],
    ['--f power:3', '1'],
    ['--f power:3 --passes 2', '3'],
    ['--sample 4', '3'],
  ])('where candidates come and go: %s, threads: %s', async (options, threads) => {
    const input = ['--threads', threads, '--id-column', 'name', PLAIN];
    const U = columnsOf(await ok('select-keys', ...options.split(' '), '--eps', '1e-4', ...input));
    expect(U.index!.length).toBeGreaterThanOrEqual(40);
    expect(U.id).toEqual(U.index!.map((row) => `row-${row}`));
  });

  test('several files: ids follow', async () => {
    const first = folder.write('first.csv', header + csvRows(0, 77, (i) => `a${i}`));
    const second = folder.write('second.csv', header + csvRows(77, ROWS, (i) => quoted(`b${i}`)));
    const U = columnsOf(await ok('select-keys', '--eps', EPS, '--id-column', 'name', first, second));
    expect(U.id).toEqual(U.index!.map((row) => `${Number(row) < 77 ? 'a' : 'b'}${row}`));
    expect(U.id!.some((id) => String(id).startsWith('b'))).toBe(true);
  });

  test('Parquet of DuckDB, whose ids are 1, 2, …, to every format', async () => {
    const input = ['select-keys', '--eps', EPS, '--id-column', 'id', fixturePath('interop/duckdb-array.parquet')];
    const bytes = await ok(...input);
    expect(typesOf(bytes).slice(0, 2)).toEqual(['index Uint64', 'id Int64']);
    const { index, id } = columnsOf(bytes);
    expect(id).toEqual(index!.map((row) => (row as bigint) + 1n));
    const { columns, rows } = fromCsv(await ok(...input, '--format', 'csv'));
    expect(columns).toEqual(['index', 'id', 'score']);
    expect(rows.map(([, name]) => name)).toEqual(rows.map(([row]) => row! + 1));
    const lines = (await ok(...input, '--format', 'ndjson')).toString().split('\n').slice(0, -1);
    for (const line of lines) expect(line).toMatch(/^\{"index":\d+,"id":\d+,"score":/);
    const [npy, bare] = await Promise.all([
      ok(...input, '--format', 'npy'),
      ok('select-keys', '--eps', EPS, K, '--format', 'npy'),
    ]);
    expect(npy).toEqual(bare);
  });
});

describe.concurrent('entries', () => {
  const bare = ok('heavy', '--eps', HEAVY, '--keys', K, Q, '--format', 'csv').then(fromCsv);

  /** Holds entries with ids to those without. */
  const expectEntries = async (bytes: Uint8Array, name: (key: number) => unknown): Promise<void> => {
    const entries = columnsOf(bytes);
    expect(Object.keys(entries)).toEqual(['query', 'key', 'key_id', 'score']);
    const { rows } = await bare;
    expect(rows.length).toBeGreaterThan(100);
    expect(entries.query!.map(Number)).toEqual(rows.map(([query]) => query));
    expect(entries.key!.map(Number)).toEqual(rows.map(([, key]) => key));
    expect(entries.key_id).toEqual(rows.map(([, key]) => name(key!)));
  };

  test('from K', async () => {
    await expectEntries(await ok('heavy', '--eps', HEAVY, '--id-column', 'name', '--keys', QUOTED, Q), nameOf);
  });

  test('in exact mode', async () => {
    const options = ['--exact', '--memory', '8MiB', '--eps', HEAVY, '--id-column', 'name'];
    await expectEntries(await ok('heavy', ...options, '--keys', QUOTED, Q), nameOf);
  });

  test('from U, without the option, as a file and on standard input before Q', async () => {
    const U = folder.at('U.arrow');
    await ok('select-keys', '--eps', HEAVY, '--id-column', 'id', fixturePath('interop/duckdb-array.parquet'), '-o', U);
    const idOf = (key: number): bigint => BigInt(key + 1);
    await expectEntries(await ok('heavy', '--keys', U, Q), idOf);
    const piped = await shell(`cat ${U} ${Q} | levattn heavy`);
    expect({ code: piped.code, stderr: piped.stderr }).toEqual({ code: 0, stderr: '' });
    await expectEntries(piped.stdout, idOf);
    const { columns, rows } = fromCsv(await ok('heavy', '--keys', U, Q, '--format', 'csv'));
    expect(columns).toEqual(['query', 'key', 'key_id', 'score']);
    expect(rows.every(([, key, id]) => id === key! + 1)).toBe(true);
  });

  test.each<[string, string[]]>([
    ['causal', []],
    ['causal, in exact mode', ['--exact']],
  ])('%s', async (_, mode) => {
    const options = ['heavy', '--causal', ...mode, '--eps', '0.1'];
    const [named, without] = await Promise.all([
      ok(...options, '--id-column', 'name', '--keys', PLAIN, Q).then(columnsOf),
      ok(...options, '--keys', K, Q).then(columnsOf),
    ]);
    expect(without.key!.length).toBeGreaterThan(100);
    expect(named.key).toEqual(without.key);
    expect(named.key_id).toEqual(without.key!.map((key) => `row-${key}`));
  });

  test('within bounds, and certified: K is read again without its ids', async () => {
    const options = ['heavy', '--f', 'power:4', '--eps', '0.05', '--id-column', 'name', '--keys', PLAIN, Q];
    for (const more of [[], ['--certify', PLAIN]]) {
      const entries = columnsOf(await ok(...options, ...more));
      expect(Object.keys(entries)).toEqual(['query', 'key', 'key_id', 'score', 'lower', 'upper', 'stderr']);
      expect(entries.key!.length).toBeGreaterThan(0);
      expect(entries.key_id).toEqual(entries.key!.map((key) => `row-${key}`));
    }
  });
});

describe.concurrent('sketches', () => {
  const parts = [
    [0, 200],
    [200, 201],
    [201, ROWS],
  ] as const;
  const shards = Promise.all(
    parts.map(async ([from, to], i) => {
      const rows = folder.write(`part-${i}.csv`, header + csvRows(from, to, (row) => `row-${row}`));
      const shard = folder.at(`s${i}.lev`);
      const place = ['--shard', `${i + 1}/${parts.length}`, '--id-column', 'name'];
      await ok('sketch', '--eps', HEAVY, ...place, rows, '-o', shard);
      return { rows, shard };
    }),
  );

  test('merged in any order: U and entries name their keys', async () => {
    const paths = (await shards).map(({ shard }) => shard);
    const all = folder.at('all.lev');
    await ok('merge', '-o', all, paths[2]!, paths[0]!, paths[1]!);
    const U = columnsOf(await ok('select-keys', '--eps', EPS, all));
    expect(U.index!.length).toBeGreaterThan(10);
    expect(U.id).toEqual(U.index!.map((row) => `row-${row}`));
    const entries = columnsOf(await ok('heavy', '--keys', all, Q));
    expect(entries.key!.length).toBeGreaterThan(100);
    expect(entries.key_id).toEqual(entries.key!.map((key) => `row-${key}`));
  });

  test('gone on with', async () => {
    const [first, second, third] = (await shards).map(({ rows }) => rows);
    const [early, whole] = [folder.at('early.lev'), folder.at('whole.lev')];
    await ok('sketch', '--eps', HEAVY, '--id-column', 'name', first!, '-o', early);
    await ok('sketch', '--append', early, '--id-column', 'name', second!, third!, '-o', whole);
    const U = columnsOf(await ok('select-keys', '--eps', EPS, whole));
    expect(U.id).toEqual(U.index!.map((row) => `row-${row}`));
    // The sketch knows the column.
    await ok('sketch', '--append', early, second!, third!, '-o', folder.at('again.lev'));
    const again = columnsOf(await ok('select-keys', '--eps', EPS, folder.at('again.lev')));
    expect([...again.id!]).toEqual([...U.id!]);
    const nameless = folder.write('nameless.csv', 'k0,k1\n0.5,1.5\n');
    const without = await run(['sketch', '--append', early, nameless, '-o', folder.at('x.lev')]);
    expect(without.code).toBe(65);
    expect(errorLine(without)).toMatch(/nameless\.csv: no column name/);
  });

  test('without ids, where they are asked for or others have them', async () => {
    const bare = folder.at('bare.lev');
    await ok(
      'sketch',
      '--eps',
      HEAVY,
      '--shard',
      '2/3',
      folder.write(
        'bare.csv',
        csvRows(200, 201, () => 'x'),
      ),
      '-o',
      bare,
    );
    const [first] = await shards;
    const merged = await run(['merge', '-o', folder.at('mixed.lev'), first!.shard, bare]);
    expect(merged.code).toBe(65);
    expect(errorLine(merged)).toMatch(/ids of type utf8 in one sketch and of type none in another/);
    const selected = await run(['select-keys', '--allow-partial', '--id-column', 'name', bare]);
    expect(selected.code).toBe(64);
    expect(errorLine(selected)).toMatch(/bare\.lev: was made without ids/);
  });
});

describe.concurrent('errors', { tags: ['slow'] }, () => {
  test.each<[string, string[], number, RegExp]>([
    [
      'a format without names',
      ['select-keys', '--id-column', 'id', K],
      64,
      /K\.npy: is npy, which has no named columns/,
    ],
    [
      'no such column',
      ['select-keys', '--id-column', 'id', PLAIN],
      65,
      /plain\.csv: no column "?id"?; there are name: text, k0/,
    ],
    ['a column of real numbers', ['select-keys', '--id-column', 'k3', PLAIN], 65, /column "k3" holds real numbers/],
  ])('%s', async (_, args, code, message) => {
    const outcome = await run(args);
    expect(outcome.code).toBe(code);
    expect(outcome.stdout).toHaveLength(0);
    expect(errorLine(outcome)).toMatch(message);
  });

  test('a U without ids', async () => {
    const U = folder.at('bare.arrow');
    await ok('select-keys', '--eps', EPS, K, '-o', U);
    const outcome = await run(['heavy', '--id-column', 'id', '--keys', U, Q]);
    expect(outcome.code).toBe(64);
    expect(errorLine(outcome)).toMatch(/bare\.arrow: was made without ids; make it again with --id-column/);
  });

  test('a missing id, with its place', async () => {
    const path = folder.write('hole.csv', header + csvRows(0, 50, (i) => (i === 30 ? ' ' : `r${i}`)));
    const outcome = await run(['select-keys', '--id-column', 'name', path]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/hole\.csv: line 32, column "name", is empty where an id is expected/);
  });

  test('files whose ids differ in type', async () => {
    const parquet = fixturePath('interop/duckdb-array.parquet');
    const path = folder.write('other.csv', csvRows(0, 50, (i) => `r${i}`).replace(/^/, `id${header.slice(4)}`));
    const outcome = await run(['select-keys', '--id-column', 'id', parquet, path]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/other\.csv: its ids are text where .*duckdb-array\.parquet has int64/);
  });

  test('a U as CSV with ids holds no keys', async () => {
    const U = folder.at('named.csv');
    await ok('select-keys', '--id-column', 'name', PLAIN, '-o', U);
    expect(readFileSync(U, 'utf8')).toMatch(/^index,id,score\n/);
    const outcome = await run(['heavy', '--keys', U, Q]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/a universal set as CSV holds no keys/);
  });
});

const shared = sharedData('interop');
test.skipIf(!shared)(`views of Polars, from a pipe${shared ? '' : ' (shared data is absent)'}`, async () => {
  const path = sharedData('interop/polars-fixedsizelist-zstd.arrow')!;
  const { code, stdout } = await shell(`cat ${path} | levattn select-keys --eps ${EPS} --id-column id`);
  expect(code).toBe(0);
  const { index, id } = columnsOf(stdout);
  expect(id).toEqual(index!.map((row) => `token-${row}`));
});

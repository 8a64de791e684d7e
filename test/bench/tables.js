/**
 * Tables in CSV and Parquet: `select-keys` against DuckDB and Polars, which read the same columns as doubles and sum them. Whole processes,
 * two threads each, files in the page cache.
 *
 * DuckDB and Polars are looked for in a folder beside the generated files, or in that of LEVATTN_BENCH_MODULES.
 */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, DATA, LEVATTN, pairedRatio, run, script, table } from './support.js';

const MODULES = process.env.LEVATTN_BENCH_MODULES ?? join(DATA, 'readers');

const NORMAL = 'sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())';

/** What is in the tables: doubles of all digits, and what a table of trips may hold. */
const TABLES = {
  gaussian: {
    rows: 1_000_000,
    select: Array.from({ length: 20 }, (_, i) => `${NORMAL} AS x${i}`),
    columns: Array.from({ length: 20 }, (_, i) => `x${i}`),
  },
  trips: {
    rows: 4_000_000,
    select: [
      `'t' || i AS trip`,
      `TIMESTAMP '2024-01-01' + to_seconds(i) AS at`,
      `round(exp(0.8 + 0.6 * ${NORMAL}), 2) AS distance`,
      `round(10 + 3 * ${NORMAL}, 1) AS minutes`,
      '1 + i % 4 AS passengers',
      `round(-73.9 + 0.05 * ${NORMAL}, 6) AS lon`,
      `round(40.7 + 0.05 * ${NORMAL}, 6) AS lat`,
      `round(12 + 3 * ${NORMAL}, 2) AS fare`,
      `round(2 + 0.5 * ${NORMAL}, 2) AS tip`,
      'i % 500 = 77 AS airport',
    ],
    columns: ['distance', 'minutes', 'passengers', 'lon', 'lat', 'fare', 'tip'],
  },
};

const FORMATS = {
  CSV: ['csv', '(HEADER)'],
  'Parquet, zstd': ['zstd.parquet', '(FORMAT parquet, COMPRESSION zstd)'],
  'Parquet, snappy': ['snappy.parquet', '(FORMAT parquet, COMPRESSION snappy)'],
};

/** A program that writes a table by DuckDB in all formats: MODULES SELECT FROM (FILE OPTIONS)… */
const WRITE = `
const [modules, select, ...files] = process.argv.slice(1);
const { DuckDBInstance } = require('node:module').createRequire(modules + '/node_modules/')('@duckdb/node-api');
(async () => {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
  await connection.run('SELECT setseed(0.5)');
  await connection.run('CREATE TABLE t AS ' + select);
  for (let i = 0; i < files.length; i += 2) await connection.run("COPY t TO '" + files[i] + "' " + files[i + 1]);
})();
`;

async function tableFiles(name, { rows, select }) {
  const files = Object.fromEntries(
    Object.entries(FORMATS).map(([format, [ending, options]]) => [
      format,
      { path: join(DATA, `table-${name}-${rows}.${ending}`), options },
    ]),
  );
  const all = Object.values(files);
  if (!all.every(({ path }) => existsSync(path))) {
    const query = `SELECT ${select.join(', ')} FROM range(${rows}) r(i)`;
    await run(process.execPath, ['-e', WRITE, MODULES, query, ...all.flatMap(({ path, options }) => [path, options])]);
  }
  return files;
}

/** Prints the comparison. */
export async function benchTables({ rounds = 5 } = {}) {
  if (!existsSync(join(MODULES, 'node_modules/@duckdb/node-api'))) {
    console.log(
      '## Tables: left out, as DuckDB and Polars are not there; ' +
        `npm install --prefix ${MODULES} @duckdb/node-api nodejs-polars, or say where they are with LEVATTN_BENCH_MODULES\n`,
    );
    return;
  }
  const isThere = { polars: existsSync(join(MODULES, 'node_modules/nodejs-polars')) };
  const rows = [];
  for (const [name, shape] of Object.entries(TABLES)) {
    const files = await tableFiles(name, shape);
    for (const [format, { path }] of Object.entries(files)) {
      const columns = shape.columns.join(',');
      const other = (reader) => () =>
        run('env', [
          'POLARS_MAX_THREADS=2',
          ...[process.execPath, script('read-tables.js'), MODULES, reader, path, columns],
        ]);
      const contestants = {
        levattn: () =>
          run(process.execPath, [
            ...[LEVATTN, 'select-keys', '--threads', '2', '--format', 'csv', '--columns', columns, path],
          ]),
        duckdb: other('duckdb'),
        gram: other('gram'),
        ...(isThere.polars && { polars: other('polars') }),
      };
      const results = await alternate(contestants, rounds);
      const seconds = (one) => (results[one] ? results[one].seconds.toFixed(2) : '');
      const times = (one) => (results[one] ? pairedRatio(results[one], results.levattn).toFixed(2) : '');
      rows.push([
        `${name}, ${shape.rows.toLocaleString('en-US')} x ${shape.columns.length}`,
        format,
        (statSync(path).size / 1e6).toFixed(0),
        ...['levattn', 'duckdb', 'gram', 'polars'].map(seconds),
        ...['duckdb', 'gram', 'polars'].map(times),
      ]);
    }
  }
  console.log(`## Tables: seconds of whole processes, two threads, medians of ${rounds} rounds\n`);
  table(
    [
      ...[
        'table',
        'format',
        'MB',
        'levattn select-keys',
        'DuckDB, sums',
        'DuckDB, all sums of products',
        'Polars, sums',
      ],
      ...['DuckDB / levattn', 'DuckDB products / levattn', 'Polars / levattn'],
    ],
    rows,
  );
}

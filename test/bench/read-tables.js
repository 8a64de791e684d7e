/**
 * Columns of a table as doubles by another reader, and their sums: read-tables.js MODULES duckdb|gram|polars FILE COLUMNS
 * `gram` has DuckDB work out all sums of products, too. Two threads each.
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, reader, file, list] = process.argv.slice(2);
const load = createRequire(join(modules, 'node_modules/'));
const names = list.split(',');
const isCsv = file.endsWith('.csv');

async function byDuckDb(sums) {
  const { DuckDBInstance } = load('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const columns = names.map((name) => `CAST("${name}" AS DOUBLE) AS "${name}"`).join(', ');
  const from = `(SELECT ${columns} FROM ${isCsv ? 'read_csv' : 'read_parquet'}('${file}'))`;
  const answer = await connection.runAndReadAll(`SELECT count(*), ${sums.join(', ')} FROM ${from}`);
  return answer.getRows()[0].map(Number);
}

async function byPolars() {
  const polars = load('nodejs-polars');
  const frame = isCsv ? polars.scanCSV(file) : polars.scanParquet(file);
  const sums = names.map((name) => polars.col(name).cast(polars.Float64).sum());
  const answer = await frame.select(polars.col(names[0]).count().alias('rows'), ...sums).collect();
  return answer.row(0);
}

const READERS = {
  duckdb: () => byDuckDb(names.map((name) => `sum("${name}")`)),
  gram: () => byDuckDb(names.flatMap((name, i) => names.slice(i).map((other) => `sum("${name}" * "${other}")`))),
  polars: byPolars,
};

console.log((await READERS[reader]()).join(' '));

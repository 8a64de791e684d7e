/** `levattn scores` on the built program. */

import { readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { csvFrom, npyFrom, temporaryFolder } from '../support/files.js';
import { loadCase } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';
import { makeMatrix } from '../support/random-matrices.js';
import { fromArrow, fromCsv, fromNdjson } from './answers.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const { K, expected, paths } = loadCase('planted');

/** A one-dimensional float64 npy array, little-endian. */
function realsFrom(bytes: Buffer): number[] {
  const start = 10 + bytes.readUInt16LE(8);
  const shape = /^{'descr': '<f8', 'fortran_order': False, 'shape': \((\d+),\), } *\n$/.exec(
    bytes.toString('latin1', 10, start),
  );
  if (!shape || bytes.length !== start + 8 * Number(shape[1])) throw new Error('not what NumPy would write');
  return Array.from({ length: Number(shape[1]) }, (_, i) => bytes.readDoubleLE(start + 8 * i));
}

function expectTau(scores: readonly number[]): void {
  expect(scores.length).toBe(expected.n);
  for (const [i, score] of scores.entries()) expect(Math.abs(score - expected.tau[i]!)).toBeLessThan(1e-7);
}

describe('scores', () => {
  test('are the leverage scores of all rows, in every format', async () => {
    const npy = folder.at('scores.npy');
    expect(await run(['scores', paths.K, '-o', npy])).toMatchObject({ code: 0, stderr: '' });
    const scores = realsFrom(readFileSync(npy));
    expectTau(scores);
    const csv = await run(['scores', paths.K, '--format', 'csv']);
    expect(fromCsv(csv.stdout)).toEqual({ columns: ['row', 'score'], rows: scores.map((score, i) => [i, score]) });
    const ndjson = await run(['scores', paths.K, '--format', 'ndjson']);
    expect(fromNdjson(ndjson.stdout)).toEqual(fromCsv(csv.stdout));
    const arrow = await run(['scores', paths.K]);
    expect(fromArrow(arrow.stdout)).toEqual(fromCsv(csv.stdout));
    const about = JSON.parse(tableFromIPC(arrow.stdout).schema.metadata.get('levattn')!);
    expect(about).toMatchObject({
      format: 'levattn.scores',
      n: expected.n,
      d: expected.d,
      rank: expected.rank,
      error: 0,
    });
  });

  test('of files that are one matrix, with their ids', async () => {
    const half = Math.floor(K.rows / 2);
    const name = (row: number): string => `row ${row}`;
    const lines = csvFrom(K).trimEnd().split('\n');
    const header = ['id', ...Array.from({ length: K.d }, (_, j) => `k${j}`)].join(',');
    const part = (from: number, to: number): string =>
      folder.write(
        `part-${from}.csv`,
        `${[header, ...lines.slice(from, to).map((line, i) => `${name(from + i)},${line}`)].join('\n')}\n`,
      );
    const args = [part(0, half), part(half, K.rows), '--id-column', 'id', '--format', 'csv'];
    const rows = (await run(['scores', ...args])).stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    expect(rows[0]).toEqual(['row', 'id', 'score']);
    expect(rows.slice(1).map(([row, id]) => [row, id])).toEqual(lines.map((_, i) => [String(i), name(i)]));
    expectTau(rows.slice(1).map(([, , score]) => Number(score)));
  });

  test('Lewis weights sum to the rank, and --verbose says how good they are', async () => {
    const path = folder.at('weights.npy');
    const told = await run(['scores', '--f', 'power:1', '--accuracy', '1e-6', '--log-json', paths.K, '-o', path]);
    expect(told.code).toBe(0);
    expect(told.log.find(({ msg }) => msg === 'scores')?.error).toBeLessThanOrEqual(1e-6);
    const total = realsFrom(readFileSync(path)).reduce((sum, weight) => sum + weight, 0);
    expect(Math.abs(total / expected.rank - 1)).toBeLessThan(2e-6);
  });

  test('by a sketch or U of K, once through a pipe', async () => {
    for (const [command, name] of [
      ['sketch', 'K.lev'],
      ['select-keys', 'U.arrow'],
    ]) {
      const made = folder.at(name!);
      expect((await run([command!, paths.K, '-o', made])).code).toBe(0);
      const found = await run(['scores', '--sketch', made, '--format', 'csv'], { stdin: readFileSync(paths.K) });
      expect(found.stderr).toBe('');
      expectTau(fromCsv(found.stdout).rows.map(([, score]) => score!));
    }
    const other = folder.write('other.npy', npyFrom({ rows: 9, d: K.d, values: K.values.slice(0, 9 * K.d) }));
    const refused = await run(['scores', '--sketch', folder.at('K.lev'), other, '-o', folder.at('never.npy')]);
    expect([refused.code, errorLine(refused)]).toEqual([
      65,
      `K has 9 rows, and ${folder.at('K.lev')} is of ${K.rows}; give the K that it was made of`,
    ]);
  });

  test('rows with NaN: an error with its place, or score 0', async () => {
    const { n, d, values } = makeMatrix('gaussian', 60, 3, 1);
    values[7 * d] = Number.NaN;
    const path = folder.write('nan.npy', npyFrom({ rows: n, d, values }, 'float64'));
    expect(errorLine(await run(['scores', path]))).toMatch(/nan\.npy: row 7, column 0: NaN; fix the data/);
    const skipped = await run(['scores', path, '--nan', 'skip', '--format', 'csv']);
    expect(skipped.stderr).toBe('levattn: warning: 1 row with NaN, infinities or missing values left out: score 0\n');
    expect(fromCsv(skipped.stdout).rows[7]).toEqual([7, 0]);
  });

  test('what can be read once only is refused: 65', async () => {
    const piped = await run(['scores', '--no-spool', '--format', 'csv'], { stdin: readFileSync(paths.K) });
    expect([piped.code, errorLine(piped)]).toEqual([
      65,
      'stdin: can be read once only, and scores take more passes over K; leave --no-spool out, or give it as a file by its name',
    ]);
  });

  test('a pipe stands in a temporary file meanwhile, which is said', async () => {
    const piped = await run(['scores', '--format', 'csv'], { stdin: readFileSync(paths.K) });
    expect(piped.stdout).toEqual((await run(['scores', paths.K, '--format', 'csv'])).stdout);
    expect(piped.stderr).toMatch(
      /^levattn: warning: stdin: scores take more passes over K, so its [\d]+ bytes are copied to a temporary/,
    );
  });

  test('--top: the rows of the largest scores, by score or by row', async () => {
    const { rows } = fromCsv((await run(['scores', paths.K, '--format', 'csv'])).stdout);
    const best = [...rows].sort(([i, a], [j, b]) => b! - a! || i! - j!).slice(0, 25);
    const top = async (...words: string[]): Promise<readonly (readonly number[])[]> =>
      fromCsv((await run(['scores', paths.K, '--top', '25', '--format', 'csv', ...words])).stdout).rows;
    expect(await top()).toEqual(best);
    expect(await top('--sort', 'row')).toEqual([...best].sort(([i], [j]) => i! - j!));
    const alone = await run(['scores', paths.K, '--sort', 'row', '--format', 'csv']);
    expect([alone.code, errorLine(alone)]).toEqual([64, expect.stringMatching(/--sort is of --top/)]);
    const npy = await run(['scores', paths.K, '--top', '5', '-o', folder.at('top.npy')]);
    expect([npy.code, errorLine(npy)]).toEqual([64, expect.stringMatching(/npy holds no rows beside their scores/)]);
  });

  test('a copy of K in memory changes nothing', async () => {
    const words = ['scores', paths.K, '--f', 'power:1', '--format', 'csv'];
    const { stdout } = await run(words);
    expect((await run([...words, '--memory', '1KB'])).stdout).toEqual(stdout);
  });

  test('functions that have no scores are refused: 64', async () => {
    const huber = await run(['scores', '--f', 'huber', paths.K, '--format', 'csv']);
    expect([huber.code, errorLine(huber)]).toEqual([
      64,
      'f = huber:1: rows have scores for x^2 and power:p with p up to 32 only',
    ]);
  });
});

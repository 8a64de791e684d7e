/** levattn heavy as a process: its entries against NumPy's, and what it says where it cannot give them. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { npyFrom, rowsOf, temporaryFolder } from '../support/files.js';
import { fixturePath, listReal, loadCase, loadMatrix, loadReal, sharedData } from '../support/fixtures.js';
import { errorLine, peakRss, run, shell, start } from '../support/program.js';
import { expectList, expectRows, fromArrow, fromCsv, fromNdjson } from './answers.js';

const K = fixturePath('demo/K.npy');
const Q = fixturePath('demo/Q.npy');
const demo = loadReal('use-l0h0-long');
const at = (eps: number) => demo.results.find((result) => result.eps === eps)!;
const folder = temporaryFolder();
/** The demo's U at eps 0.02. */
const U = folder.at('U.arrow');

beforeAll(async () => {
  for (const name of ['U.arrow', 'U.arrows', 'U.csv', 'U.ndjson', 'U.npy']) {
    const { code } = await run(['select-keys', '--eps', '0.02', K, '-o', folder.at(name)]);
    expect(code).toBe(0);
  }
});

describe.concurrent('a real head (fixtures/demo), against NumPy', () => {
  test.each(demo.results)('entries at eps $eps from K and Q', async ({ eps, entries }) => {
    const { code, stdout, stderr } = await run(['heavy', '--eps', String(eps), '--keys', K, Q, '--format', 'csv']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const found = fromCsv(stdout);
    expect(found.columns).toEqual(['query', 'key', 'score']);
    expectList(found, entries, demo.tolerance);
  });

  test.each(['U.arrow', 'U.arrows'])('from %s, at the eps it was made for', async (name) => {
    const { stdout } = await run(['heavy', '--keys', folder.at(name), Q, '--format', 'csv']);
    expectList(fromCsv(stdout), at(0.02).entries, demo.tolerance);
  });

  test('from U at a larger eps', async () => {
    const { stdout } = await run(['heavy', '--keys', U, '--eps', '0.03', Q, '--format', 'csv']);
    const entries = at(0.02).entries.all!.filter(([, , score]) => score >= 0.03);
    expect(entries.length).toBeGreaterThan(0);
    expectRows(fromCsv(stdout), entries, demo.tolerance);
  });

  test('raw K without --eps is taken at 0.05', async () => {
    const { stdout } = await run(['heavy', '--keys', K, Q, '--format', 'csv']);
    expectList(fromCsv(stdout), at(0.05).entries, demo.tolerance);
  });
});

const sharedHeads = sharedData('real-attention');
describe.skipIf(!sharedHeads)(
  `every real head, against NumPy${sharedHeads ? '' : ' (shared data is absent)'}`,
  { concurrent: true },
  () => {
    const heads = listReal().map(loadReal);
    test.each(heads.flatMap((head) => head.results.map((result) => ({ ...head, ...result }))))(
      '$name at eps $eps',
      async ({ name, eps, entries, tolerance }) => {
        const [keys, queries] = ['k', 'q'].map((part) => sharedData(`real-attention/${name}_${part}.npy`)!);
        const { code, stdout } = await run([
          'heavy',
          '--eps',
          String(eps),
          '--keys',
          keys!,
          queries!,
          '--format',
          'csv',
        ]);
        expect(code).toBe(0);
        expectList(fromCsv(stdout), entries, tolerance);
      },
    );
  },
);

describe.concurrent('small cases, against exact arithmetic', () => {
  test.each(['float16', 'kappa1e8', 'late-direction', 'zero-rows', 'planted', 'all-zero', 'n1'])('%s', async (name) => {
    const { paths, expected } = loadCase(name);
    const { eps, entries } = expected.results[0]!;
    const { code, stdout, stderr } = await run([
      'heavy',
      '--eps',
      String(eps),
      '--keys',
      paths.K,
      paths.Q,
      '--format',
      'csv',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectRows(fromCsv(stdout), entries, expected.tolerance);
  });

  test('--factor gram says which queries it cannot resolve, and what can', async () => {
    const { paths } = loadCase('kappa1e12');
    const { code, stderr } = await run(['heavy', '--factor', 'gram', '--keys', paths.K, paths.Q, '--format', 'csv']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^levattn: warning: K is ill-conditioned for the gram route/);
    expect(stderr).toMatch(/\nlevattn: warning: \d+ queries \(first: row \d+\) .*--factor stable\n$/);
  });
});

describe.concurrent('output formats', () => {
  test('all hold the same entries', async () => {
    const names = ['e.csv', 'e.ndjson', 'e.arrow', 'e.arrows'];
    const outcomes = await Promise.all(names.map((name) => run(['heavy', '--keys', U, Q, '-o', folder.at(name)])));
    expect(outcomes.map(({ code, stdout, stderr }) => [code, stdout.length, stderr])).toEqual(
      names.map(() => [0, 0, '']),
    );
    const [csv, ndjson, arrow, arrows] = names.map((name) => readFileSync(folder.at(name)));
    const table = fromCsv(csv!);
    expectList(table, at(0.02).entries, demo.tolerance);
    expect(fromNdjson(ndjson!)).toEqual(table);
    expect(fromArrow(arrow!)).toEqual(table);
    expect(fromArrow(arrows!)).toEqual(table);
    const { stdout } = await run(['heavy', '--keys', U, Q]);
    expect(stdout).toEqual(arrows);
  });
});

describe.concurrent('entries flow while queries still come in', () => {
  test.each(['csv', 'ndjson', 'arrow'])('%s', async (format) => {
    const bytes = readFileSync(Q);
    const read = { csv: fromCsv, ndjson: fromNdjson, arrow: fromArrow }[format]!;
    const program = start(['heavy', '--keys', U, '--format', format], { stdin: 'open' });
    const first = new Promise<number>((resolve) => {
      let seen = Buffer.alloc(0);
      program.child.stdout!.on('data', (chunk: Buffer) => {
        seen = Buffer.concat([seen, chunk]);
        if (read(seen).rows.length > 0) resolve(seen.length);
      });
    });
    // The first 60 queries, which have a few entries.
    const part = bytes.length - (demo.queries - 60) * demo.d * 4;
    program.child.stdin!.write(bytes.subarray(0, part));
    expect(await first).toBeGreaterThan(0);
    expect(program.child.exitCode).toBeNull();
    program.child.stdin!.end(bytes.subarray(part));
    const { code, stdout } = await program.outcome;
    expect(code).toBe(0);
    expectList(read(stdout), at(0.02).entries, demo.tolerance);
  });
});

describe.concurrent('what heavy has to say', () => {
  test.each([
    ['CSV', 'U.csv', /a universal set as CSV holds no keys; write it as Arrow \(select-keys -o U\.arrow\), or give K/],
    ['NDJSON', 'U.ndjson', /a universal set as NDJSON holds no keys; write it as Arrow/],
    ['npy', 'U.npy', /a universal set with its keys is an Arrow file/],
  ])('a U as %s is no U: 65 and what to do', async (_, name, message) => {
    const outcome = await run(['heavy', '--keys', folder.at(name), Q]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(message);
    expect(outcome.stdout.length).toBe(0);
  });

  test('an eps below that of U: 65 and how to make U again', async () => {
    const outcome = await run(['heavy', '--keys', U, '--eps', '0.01', Q]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toContain('make it again with select-keys --eps 0.01');
    expect(outcome.stdout.length).toBe(0);
  });

  test('queries of another width: 65', async () => {
    const outcome = await run(['heavy', '--keys', U, loadCase('gaussian').paths.Q]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/queries have 16 columns where the keys have 64/);
    expect(outcome.stdout.length).toBe(0);
  });

  test('Q without rows: 0, a header alone, a warning', async () => {
    const path = folder.write('no-queries.npy', npyFrom(rowsOf(loadMatrix(Q), 0, 0)));
    const { code, stdout, stderr } = await run(['heavy', '--keys', U, path, '--format', 'csv']);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'query,key,score\n' });
    expect(stderr).toBe('levattn: warning: Q has no rows, so there are no entries\n');
  });

  test('K without rows: 65', async () => {
    const path = fixturePath('npy/no-rows.npy');
    const outcome = await run(['heavy', '--keys', path, Q]);
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toBe(`${path}: K has no rows; there is nothing to select from`);
  });

  test('stdin that ends after the keys: 65', async () => {
    const outcome = await run(['heavy'], { stdin: { file: U } });
    expect(outcome.code).toBe(65);
    expect(errorLine(outcome)).toMatch(/ends after the keys, where Q must follow/);
  });

  test('bytes after the matrix in a file are warned of', async () => {
    const path = folder.write('twice.npy', Buffer.concat([readFileSync(K), Buffer.from('more')]));
    const { code, stderr } = await run(['heavy', '--keys', path, Q, '--format', 'csv']);
    expect(code).toBe(0);
    expect(stderr).toBe(`levattn: warning: ${path}: 4 bytes follow the matrix and were not read\n`);
  });

  test('memory does not grow with the entries of a block: a million queries of one column, a thousand entries each', async () => {
    const ones = (rows: number) => npyFrom({ rows, d: 1, values: new Float64Array(rows).fill(1) });
    const keys = folder.write('ones.npy', ones(1000));
    const queries = folder.write('million.npy', ones(1e6));
    const { stderr } = await shell(
      `levattn heavy --log-json --eps 0.0009 --keys "${keys}" "${queries}" --format csv | head -c 30000000 > /dev/null`,
    );
    const log = stderr
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(peakRss({ log, stderr } as never)).toBeLessThan(250e6);
  });
});
